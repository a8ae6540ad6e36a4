/**
 * Tasks that can be told from how their instruction is worded: those done in one step ("Which line sets the
 * port?") and ordinary work of a known form ("Write a function that …"). Only the instruction is looked at, a few
 * hundred characters: the log, the table or the letter that it speaks of does not make it harder.
 */
import { demandsOf } from './demands.ts';
import type { TextFacts } from './read-text.ts';
import { lookUp } from './words.ts';

export interface Task {
  kind: 'simple' | 'ordinary';
  /** What was recognised, for `explain`. */
  evidence: string;
  /** The instruction alone, where material follows that is not to be judged. */
  instruction?: string;
  /** An explanation: of a hard matter too, it is ordinary work for a given reader. */
  explains?: boolean;
}

/** What is read as the instruction at most, in characters; a longer paragraph is no instruction. */
const longestInstruction = 600;

/** The clause that was matched, how much of the text belongs to the instruction, and what stood before it. */
interface Clause {
  text: string;
  words: number;
  preamble: string;
  /** It ends in a colon: what follows is material. */
  introduces: boolean;
  /** It ends in a question mark. */
  asks: boolean;
  end: number;
}

const polite =
  /^(?:(?:please|kindly|bitte|can you|could you|would you|i want you to|i need you to|help me(?: with this)?|hi|hello|hey|hallo|anyway|now|just|quick question|so|ok|okay|por favor|per favore|s['’]il (?:te|vous) plaît|könnten sie(?: mir)?|können sie(?: mir)?|kannst du(?: mir)?|könntest du(?: mir)?|peux-tu|pouvez-vous|puedes|trotzdem|kurz|sagen)[,:!]? +)+/;

/** Words with which a short instruction asks for more than one step. */
const furtherWork =
  /\b(?:each|every|feedback|rewrite|argue|merge|check|verif|explain|then|handl|idiomatic|without|such as|function|class(?=\W|$)|code|script|async|schema|satisf|recommend|validat|why|how (?:can|do|does|should|would|to)|steps|a plan|plan (?:how|for)|prove|proof|show|contradict|hypothes|caus(?:e|al)|should|best|wrong|fix it|flaw|race|safe|secur|evidence|paper|trade|refactor|design|migrat|optimi|analy|unit test|workflow|aspects|possib|probability|describe|trend|without|compar|difference|if true|rigor|guarantee|consisten|attack|weakness|sensible|mongodb|aggregation|pandas|regression|algorithm|per \p{L}+|highest|growth|valid )|なぜ|为什么|pourquoi|warum|perché|por qué|dlaczego|unterschied|différence|diferencia|differenza|función|funzione|fonction|funktion|analis|analys|hypoth/u;

const simpleVerb =
  /^(?:sentiment|rename|sort|order|remove|put|change|replace|label|tag|name|list|capitali[sz]e|lowercase|uppercase|extract|count|spell|correct|fix the (?:spelling|typo|grammar)|convert|round|copy|pick|choose|give|tell me (?:what|which|who|when|where|if|the|an?|how many)|say|pretty-print|minify|indent|trim|join|bump|set|mark|express|reverse|delete|format|reformat|add|classify|categori[sz]e|repeat|translate|print|find the|write (?:this|it|the following|the number)|fill|shorten|abbreviate|define|nenne|zähle|sortiere|ordne|korrigiere|extrahiere|gib|wandle|rechne|formatiere|benenne|übersetze?|entferne|ersetze|nomme|liste|trie|classe|corrige[rz]?|extrai[st]|extrayez|donne[rz]?|convertis|compte|mets|remplace|traduis(?:ez)?|supprime|nombra|lista|ordena|clasifica|extrae|convierte|cuenta|dame|di|traduce|traduzca|elimina|cambia|nomeie|suggest a name|propose un nom|ordene|classifique|corrija|extraia|converta|diga|traduza|remova|elenca|ordina|classifica|correggi|estrai|converti|dimmi|traduci|dammi|wymień|posortuj|popraw|podaj|zamień|policz|sklasyfikuj|wypisz|przetłumacz|usuń|переведи|назови|перечисли|исправь|посчитай)(?=[ ,:.]|$)/;
const longestSimpleVerb = 15;

const question =
  /^(?:in )?(?:what|what's|which|who|whose|when|where|does|do|did|is|are|was|were|has|have|how (?:many|much|old|long|far|big)|at what|welche[rsnm]?|wer|wann|wo|wie viele?|wie heißt|ist|was|quel(?:le)?s?|qui|quand|où|combien|est-ce|cuál(?:es)?|quién|cuándo|dónde|cuánt[oa]s?|qué|qual|quais|quem|quando|onde|quant[oiae]s?|dove|chi|ile|kto|kiedy|gdzie|jaki|jaka|jakie|który|która|czy|кто|что|где|когда|сколько|какой|какая)(?=[ ,]|$)/;
const longestQuestion = 14;
/** A preamble before the question that says nothing about it: greetings, thanks, excuses, small talk. */
const smallTalk =
  /\b(?:hello|hi|hey|hope|thank|sorry|guten tag|hallo|danke|bonjour|merci|hola|gracias|buongiorno|ciao|grazie|olá|obrigad|dzień dobry|anyway|by the way|exhausted|busy|question)\b/;

const asksHowMany = /^how (?:many|much|long|old|far)/;
const pointsAtText = /\b(?:this|these|the following|below|here|above|list|text|log|file|table)\b/;

const quantity =
  /\d|\b(?:two|three|four|five|six|seven|eight|nine|ten|twenty|half|twice|each|dozen|times|more than|fewer|per)\b/;

const littleAnswer =
  /\b(?:yes or no|true or false|one[- ]word|single word|in one (?:line|word|sentence)|one sentence|nothing else|(?:only|just) the \p{L}+$|copy only|one-line|one-liner|in (?:two|three|four|five|\d) words|ja oder nein|in einem (?:satz|wort)|oui ou non|en une phrase|en un mot|sí o no|en una (?:frase|palabra)|sì o no|in una (?:frase|parola)|sim ou não|(?:em|numa) uma frase|tak czy nie|jednym (?:zdaniem|zdaniu|słowem))|一句话|一言で|一文で/u;
const smallNoun =
  /\b(?:synonym|antonym|opposite of|plural of|iso code|abbreviation|acronym|subject line|keyboard shortcut|memory entry|memory note|commit message|capital of|haiku|out-of-office|mensaje de commit|message de commit|messaggio di commit|commit-nachricht)\b/;
const shortText =
  /^(?:write|draft|compose|send|reply|make|tell|schreibe?|verfasse|écri(?:s|vez)|rédige[rz]?|escribe|redacta|escreva|redija|scrivi|napisz|напиши)\b.{0,25}(?:\b(?:short|brief|quick|polite|one-line|two-line|kurze[nrs]?|court[es]?|bref|brève|breve|corto|corta|curto|curta|krótk\p{L}*|коротк\p{L}*).{0,25})?(?:message|note|reply|memo\b|reminder|e-?mail|joke|rhyme|thank|greeting|invitation|slogan|nachricht|notiz|mail|merci|billet|mensaje|nota|recado|mensagem|bilhete|messaggio|promemoria|biglietto|wiadomoś|notatk|сообщени)/u;
const briefly =
  /\b(?:short|brief|quick|one-line|two-line|one sentence|kurze[nrs]?|court[es]?|bref|breve|cort[oa]|curt[oa]|krótk|коротк)/;
const longestShortText = 24;
const oneCommand =
  /\b(?:shell|git|bash|linux|unix|docker|npm|terminal|kubectl|vim|curl) (?:command|one-liner|befehl)|^(?:command|befehl|commande|comando)\b|^(?:javascript|python|java|bash|git|sql|css|html|go|rust|typescript): (?:how do i|count|select)/;
const plainSelect = /\bsql\b.*\b(?:count|selects?|all rows|delete)\b/;
const sum =
  /(?:^|[ :])[\d.,]+ ?(?:[-+*x×÷/]|times|plus|minus|divided by|% of|percent of|fois|mal|por|per|veces|vezes|razy|multiplicado por) ?[\d.,]+\W*$|^(?:add (?:these|up|them|the)|sum (?:of|these)|what is (?:the sum|\d+ ?%))/;
/** A sentence said differently: "Make this sentence more polite". */
const rewording =
  /^(?:(?:rewrite|rephrase|reword|shorten|paraphrase|make|put|proofread) (?:this|the|that)(?: following)? (?:sentence|line|phrase|title|headline|question|subject line)|make (?:this|it) (?:sound )?(?:more |less )?(?:polite|formal|friendly|friendlier|shorter|casual|passive)|(?:formuliere|reformule[rz]?|reescribe|reescreva|riscrivi|przepisz|перефразируй)\b.{0,30}(?:satz|phrase|frase|zdanie|предложение))/;
/** "Opposite of hot?": a question without a verb. */
const fragment =
  /^(?!can|could|would|how|why|should|and |or |but ).*\b(?:of|for|in|to|between|from|de|di|von|für|per|para|\d+)\b/;
const longestFragment = 9;
const asksForDiff = /commit message|release tag/;

function simpleKind(clause: Clause, hasMaterial: boolean): string | undefined {
  const { text, words, preamble } = clause;
  if (asksForDiff.test(text) && words <= 16 && !furtherWork.test(text)) return 'a commit message';
  if (littleAnswer.test(text) && words <= 25 && !/prove|rigor|argue|explain/.test(text))
    return 'a very short answer';
  if (rewording.test(text) && words <= 14) return 'one sentence said differently';
  if (sum.test(text) && words <= 12) return 'one sum';
  if (oneCommand.test(text) && words <= 18) return 'one command';
  if (furtherWork.test(text)) return undefined;
  if (smallNoun.test(text) && words <= 18) return 'one small thing';
  if (plainSelect.test(text) && words <= 12) return 'a plain query';
  if (shortText.test(text) && briefly.test(text) && words <= longestShortText) return 'a short message';
  if (simpleVerb.test(text) && words <= longestSimpleVerb) return 'a task of one step';
  if (clause.asks && words >= 3 && words <= longestFragment && fragment.test(text)) return 'a short question';
  if (question.test(text) && words <= longestQuestion) {
    // A word problem ends in "How many …" too: there the text before it is to be worked on, not read.
    if (asksHowMany.test(text) && !pointsAtText.test(text)) return undefined;
    if (hasMaterial) return 'to look something up in the text';
    if (preamble !== '' && !quantity.test(preamble) && smallTalk.test(preamble))
      return 'a short question after small talk';
  }
  return undefined;
}

const ordinaryForm =
  /^(?:(?:now )?(?:write|create|make|build|draft|implement|generate|give|add|tidy|turn|group|extract|convert|translate|suggest|schreibe?|erstelle|verfasse|gib|écri(?:s|vez)|rédige[rz]?|crée|escribe|redacta|crea|escreva|redija|crie|scrivi|crea|napisz|stwórz|using|find|show|need)\b.{0,60}?\b(?:function|class|script|component|middleware|hook|query|regex|regular expression|e-?mail|letter|post|story|description|checklist|makefile|dockerfile|workflow|unit|schema|module|server block|announcement|reminder|cache class|parser in|fragment|docstring|test|tests|article|summary|plan|release notes|json|table|consulta|función|fonction|funktion|funzione|função|funkcj\p{L}*|skrypt|courriel|carta|lettre|brief|debounce|callback|python|pipeline|kotlin|java|mongodb|typescript|rust|sql)(?=\W|$))|^(?:explain|erkläre|explique|explica|spiega|wyjaśnij|объясни|summari[sz]e|fasse|résume[rz]?|resume|resuma|riassumi|streść|describe|beschreibe|rewrite|paraphrase|proofread|outline|solve|decline|apologi[sz]e)(?=[ ,:])|^(?:what is wrong|why does this|what's wrong|fix (?:this|the)|refactor this)\b|^(?:sql|postgresql|regex|rust|python|systemd|bash|nginx|mysql|terraform|css|go|docker)\b(?: unit.*|:| that)|\b(?:show (?:each|the) steps?|study plan|trip to|unit tests? for|semanal|weekly plan)\b|(?:写一|编写|書いてください|説明してください|关数|请写出步骤|关数)/u;

/** The task that the instruction asks for, where its form is known; undefined where it is not. */
export function taskOf(facts: TextFacts): Task | undefined {
  const place = placeOfInstruction(facts.prose);
  const clauses = clausesOf(place.text);
  const known = clauses.slice(0, 6);
  for (const clause of known) {
    const rest = place.text.slice(clause.end).trim();
    // A quotation was blanked out: what it said is material too.
    const hasMaterial = place.hasMaterial || clause.introduces || clause.text.includes(quotation);
    // A second instruction after it, in the same paragraph, is work of its own.
    if (!clause.introduces && /\S{3}/.test(rest) && !isAfterthought(rest)) continue;
    const evidence = simpleKind(clause, hasMaterial);
    if (
      evidence !== undefined &&
      (clause.preamble === '' || isOnlyAnIntroduction(clause.preamble)) &&
      !isHardMatter(clause.text)
    )
      return { kind: 'simple', evidence, instruction: clause.text };
  }
  const form = clauses
    .map((clause) => ordinaryForm.exec(clause.text)?.[0])
    .find((found) => found !== undefined);
  if (form === undefined) return undefined;
  const pointsAtMaterial =
    place.hasMaterial && /\b(?:this|these|the following|below|here)\b/i.test(place.text);
  return {
    kind: 'ordinary',
    evidence: form.trim().slice(0, 60),
    ...(/^(?:expl|erkl|spieg|wyja|объяс)/.test(form) ? { explains: true } : {}),
    ...(pointsAtMaterial ? { instruction: place.text } : {}),
  };
}

/** What may stand before a simple task: greetings, or one sentence that tells what the matter is. */
function isOnlyAnIntroduction(preamble: string): boolean {
  return (
    smallTalk.test(preamble) || (preamble.length <= 80 && !/\d/.test(preamble) && !isHardMatter(preamble))
  );
}

/** A simple form of words with a hard matter in it ("Give the invariants") is no simple task. */
function isHardMatter(text: string): boolean {
  if (demandsOf(text) !== undefined) return true;
  return text.split(/[^\p{L}-]+/u).some((word) => {
    const entry = lookUp(word);
    return (
      (entry?.kind === 'topic' && entry.weight >= 0.6) ||
      (entry?.kind === 'verb' && entry.weight >= 1.1 && word !== 'port')
    );
  });
}

/** What may follow the instruction without adding to it: thanks, and how short the answer shall be. */
function isAfterthought(rest: string): boolean {
  return (
    rest.length <= 160 &&
    (/^(?:thanks?|thank you|many thanks|vielen|danke|merci|gracias|grazie|obrigad|dzięk|please work|cheers)/i.test(
      rest,
    ) ||
      littleAnswer.test(rest.toLowerCase()) ||
      /^(?:just|only|copy|no explanation|answer|reply|nur|seulement|solo)\b/i.test(rest))
  );
}

/** The first paragraph; the last one where the text begins with material and ends with a short instruction. */
function placeOfInstruction(prose: string): { text: string; hasMaterial: boolean } {
  const trimmed = prose.length > 2 * longestInstruction ? prose : prose.trim();
  const blank = /\n[ \t]*\n/.exec(trimmed.slice(0, longestInstruction));
  const head = blank === null ? trimmed.slice(0, longestInstruction) : trimmed.slice(0, blank.index);
  if (blank === null) return { text: head, hasMaterial: false };
  const last = trimmed.slice(-longestInstruction / 2);
  const cut = last.lastIndexOf('\n\n');
  const tail = cut < 0 ? '' : last.slice(cut).trim();
  // Nobody ends pasted material with a command: then the work is said there as well.
  if (tail !== '' && instructionAtEnd.test(tail.toLowerCase()))
    return { text: `${head.slice(0, 300)}\n${tail}`, hasMaterial: true };
  return { text: head, hasMaterial: true };
}

const instructionAtEnd =
  /^(?:please |now )?(?:design|prove|refactor|migrate|plan|write|explain|translate|summari[sz]e|analy[sz]e|find|fix|list|extract|what|which|how|why|implement|compare|review|debug|investigate)\b/;

/** Stands for what was quoted and blanked out. */
const quotation = '""';

function clausesOf(text: string): Clause[] {
  const clauses: Clause[] = [];
  const ends = /[.?!:](?=\s|$)|[。？！：]|\n/g;
  let from = 0;
  const add = (to: number, end: number, sign: string): void => {
    const raw = text.slice(from, to).trim().toLowerCase();
    if (raw !== '') {
      const clause = raw.replaceAll(/ {8,}/g, ` ${quotation} `).replaceAll(/\s+/g, ' ').replace(polite, '');
      clauses.push({
        text: clause,
        words: clause.split(/\s+/).length,
        preamble: text.slice(0, from).toLowerCase(),
        introduces: sign === ':' || sign === '：',
        asks: sign === '?' || sign === '？',
        end,
      });
    }
    from = end;
  };
  for (const match of text.matchAll(ends)) {
    const label = text.slice(from, match.index);
    // "SQL: count the rows" is one clause: a word or two before a colon name the field, not the task.
    if (match[0] === ':' && !/\s/.test(label.trim()) && label.length < 14) continue;
    add(match.index, match.index + 1, match[0]);
  }
  add(text.length, text.length, '');
  return clauses;
}
