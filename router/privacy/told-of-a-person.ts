/**
 * Whether the text before a clinical word says that a person has it: "my mother has", "Anna Schmidt was diagnosed
 * with", "meine Tochter hat". The link decides, not nearness: "Tom has a paper on HIV" tells nothing of Tom.
 */

/** Nouns after a clinical word that make it the name of a thing: a column, a study, a model. */
export const thing =
  /^[\s-]+(?:columns?|tables?|fields?|data(?:base|set)?s?|research|stud(?:y|ies)|registr(?:y|ies)|screening|detect(?:or|ion)|predict(?:or|ion)|classif(?:ier|ication)|models?|awareness|statistics|rates?|prevalence|epidemic|apps?|api|class|module|of the (?:key|button|pedal|switch)|pages?|papers?|articles?|books?|centers?|foundation|spalten?|tabellen?|forschung|studien?)(?![\p{L}\d_])/iu;

const kin =
  'mother|father|mum|mom|dad|son|daughter|wife|husband|brother|sister|child|baby|grand(?:mother|father|ma|pa|son|daughter)|aunt|uncle|cousin|niece|nephew|partner|girlfriend|boyfriend|friend|boss|colleague|neighbou?r|employee|client|patient' +
  '|mutter|vater|mama|papa|sohn|tochter|frau|mann|bruder|schwester|kind|oma|opa|tante|onkel|freund(?:in)?|chef(?:in)?|kolleg(?:e|in)|nachbar(?:in)?|patientin' +
  '|mère|père|fille|fils|femme|mari|frère|sœur|madre|padre|hij[ao]|espos[ao]|marido|herman[ao]|figli[ao]|moglie|marito|fratello|sorella';
const person = `(?:i|he|she|ich|er|sie|je|il|elle|yo|él|ella|io|lui|lei|(?:my|his|her|our|your|the|this|mein|sein|ihr|unser|der|die|mon|ma|mi|su|mio|mia)(?:e|er|em|en)? (?:\\p{L}+ )?(?:${kin})(?: \\p{L}+)?)`;
/** Verbs without a subject, and subject and verb in one. */
const subjectless = "i['’]ve|i['’]m on|j['’]ai|tengo|tiene|padezco|sufro de|ho|estoy|sono|je suis";
const adverb = '(?:(?:also|now|just|recently|still|has|have|had|was|been|auch|jetzt|seit \\p{L}+) ){0,2}';
const verb =
  "(?:has|have|had|got|is|am|was|are|suffers? from|suffering from|lives? with|diagnosed with|treated for|died of|takes?|took|taking|gets|needs|is on|am on|hat|habe|hatte|ist|bin|war|leidet an|leide an|nimmt|nehme|bekommt|a|est|prend|souffre d[e’']|tiene|está|sufre de|toma|ha|è|prende|soffre di)";
/** What may stand between the verb and the word; a preposition would make it the subject of something else. */
const between =
  "(?:(?!(?:about|on|for|in|to|that|with|not|no|against|über|zu|für|sur|sobre|su|kein|keine)[\\s,])[\\p{L}\\d][\\p{L}\\d'’-]*,? (?:with (?=$))?){0,4}(?:(?:diagnosed|tested|treated) (?:with|for|positive for) )?(?:\\p{L}+ ){0,2}";

const saysSo = new RegExp(
  `(?<![\\p{L}\\d_])(?:${person},? ${adverb}${verb}|${subjectless}) ${between}$`,
  'iu',
);
const owned = new RegExp(
  `(?<![\\p{L}\\d_])(?:my|his|her|meine?[mnr]?|seine?[mnr]?|ihre[mnr]?|mon|ma|mi|(?:${kin}|\\p{L}+)['’]s) (?:own )?(?:(?:diagnosis|diagnose|diagnóstico|diagnostic) (?:is|was|ist|war|lautet|es|est) )?$`,
  'iu',
);
/** Written with capitals, so case counts here; a single name needs the verb right before the word. */
const fullName = new RegExp(
  `(?<![\\p{L}\\d_])\\p{Lu}\\p{Ll}+ \\p{Lu}[\\p{L}'’-]+,? ${adverb}${verb} ${between}$`,
  'u',
);
const oneName =
  /(?<![\p{L}\d_])(\p{Lu}\p{Ll}+) (?:has|had|hat|takes|nimmt|is|ist|tiene|ha|was diagnosed with|suffers from|leidet an) (?:an? )?(?:\p{L}+ )?$/u;
const noName = new Set(
  'The This That It Who What Which There Everyone Everybody Someone Somebody Nobody Research Nothing Here When Where How Why One Das Dies Es Wer Was Wie Warum Man Jeder Niemand El La Le Il Table Column Patients Treatment Nature Science Today Half'.split(
    ' ',
  ),
);
const namedPatient =
  /(?<![\p{L}\d_])[Pp]atient(?:in)?(?::? (?:[Nn]ame:? )?\p{Lu}\p{Ll}+ \p{Lu}\p{Ll}+|: \p{Lu}\p{Ll}+)/u;

export function isToldOfAPerson(before: string, after: string): boolean {
  if (thing.test(after)) return false;
  // Text is wrapped anywhere; a sentence ends the link.
  const flat = before.replace(/\s+/g, ' ');
  const sentence = flat.slice(Math.max(...['. ', '! ', '? ', '; '].map((end) => flat.lastIndexOf(end))) + 1);
  if (namedPatient.test(flat) || owned.test(sentence) || saysSo.test(sentence) || fullName.test(sentence))
    return true;
  const name = oneName.exec(sentence)?.[1];
  return name !== undefined && !noName.has(name);
}
