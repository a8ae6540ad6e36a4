import { type Check, doubtful, passed } from './check.ts';
import { withoutCode, withoutQuotations, wordsOf } from './prose.ts';

/** The commonest short words of a language: few of them occur in another one, many in any text of it. */
const functionWords: Readonly<Record<string, readonly string[]>> = {
  English:
    'the of and to in is that it was for with as on are this be by from have not which they you at an'.split(
      ' ',
    ),
  German:
    'der die das und ist nicht ein eine zu den mit von für auf sich auch wird dem des sind wie bei oder nach ich'.split(
      ' ',
    ),
  French:
    'le la les des est et une un dans que qui pour pas avec sur sont au ce plus par nous vous du être cette'.split(
      ' ',
    ),
  Spanish:
    'el los las una es en que por con para del se no como más pero su son está al lo este esta muy también'.split(
      ' ',
    ),
  Italian:
    'il lo gli una è di che non con del della sono si più anche alla nel questo questa dei le ma uno ed agli ha'.split(
      ' ',
    ),
  Portuguese:
    'os uma é em que não com para do da por mais como se ao dos das são também você um está muito seu'.split(
      ' ',
    ),
  Dutch:
    'het een van en is dat niet op te zijn voor met die aan er maar om ook als bij naar wordt deze dit'.split(
      ' ',
    ),
  Polish:
    'się nie jest na że do to jak ale po co tak za od przez dla są czy oraz być które ten tego może'.split(
      ' ',
    ),
};

/** Which languages a word speaks for. */
const speakers = new Map<string, string[]>();
for (const [language, words] of Object.entries(functionWords)) {
  for (const word of words) speakers.set(word, [...(speakers.get(word) ?? []), language]);
}

/** How many of the words are among the commonest of a language that is told apart. */
export function functionWordsIn(words: readonly string[]): number {
  return words.filter((word) => speakers.has(word)).length;
}

/** Words a task must have for its language to be told: an answer in another one is told by its own length too. */
const shortestTask = 6;

/** As much of a text as is read: enough to tell its language. */
const sample = 3000;

const scripts: readonly (readonly [string, RegExp])[] = [
  ['Chinese', /\p{Script=Han}/gu],
  ['Japanese', /[\p{Script=Hiragana}\p{Script=Katakana}]/gu],
  ['Korean', /\p{Script=Hangul}/gu],
  ['Cyrillic', /\p{Script=Cyrillic}/gu],
  ['Arabic', /\p{Script=Arabic}/gu],
  ['Greek', /\p{Script=Greek}/gu],
  ['Hebrew', /\p{Script=Hebrew}/gu],
  ['Devanagari', /\p{Script=Devanagari}/gu],
  ['Thai', /\p{Script=Thai}/gu],
];

/**
 * The language of a text by its script or its function words; undefined when too little speaks for one, or when it has
 * fewer than `fewestWords`. A mixed text has none.
 */
export function languageOf(whole: string, fewestWords = 12): string | undefined {
  // The "com" of an address is a word of Portuguese.
  const text = whole.slice(0, sample).replace(/[\w-]+\.(?:com|org|net|de|es|it|fr)\b/g, ' ');
  const letters = text.match(/\p{L}/gu)?.length ?? 0;
  if (letters < 20) return undefined;
  // Most texts have nothing beyond Latin letters: one look instead of nine.
  const foreign = /[^\p{Script=Latin}\p{Script=Common}\p{Script=Inherited}]/u.test(text);
  const counted = (foreign ? scripts : []).map(
    ([name, pattern]) => [name, text.match(pattern)?.length ?? 0] as const,
  );
  const kana = counted[1]?.[1] ?? 0;
  for (const [name, count] of counted) {
    // Japanese is written in Han characters too; a tenth of kana tells.
    if (name === 'Chinese' && kana > 0.1 * letters) continue;
    if (name === 'Japanese' ? count > 0.1 * letters : count > 0.6 * letters) return name;
  }
  const words = wordsOf(text);
  if (words.length < fewestWords) return undefined;
  const counts = new Map<string, number>();
  for (const word of words) {
    for (const language of speakers.get(word) ?? []) counts.set(language, (counts.get(language) ?? 0) + 1);
  }
  const shares = Object.keys(functionWords)
    .map((name) => ({ name, share: (counts.get(name) ?? 0) / words.length }))
    .sort((a, b) => b.share - a.share);
  const [first, second] = shares;
  if (first === undefined || second === undefined) return undefined;
  // Of few words two must speak for it.
  if (first.share * words.length < 1.5) return undefined;
  return first.share > 0.12 && first.share > 2 * second.share ? first.name : undefined;
}

/** Tasks that name a language or ask for another one, in any of the languages that are told apart. */
const namesLanguage =
  /\b(?:translat\w*|language|english|german|french|spanish|italian|portuguese|dutch|polish|russian|chinese|mandarin|japanese|korean|arabic|hebrew|greek|turkish|hindi|thai|latin|übersetz\w*|englisch\w*|deutsch\w*|französisch\w*|spanisch\w*|tradu\w*|anglais\w*|français\w*|allemand\w*|inglés|alemán|francés|español|inglês|francês|inglese|tedesco|francese|spagnolo|vertaal\w*|engels\w*|przetłumacz\w*|angielsk\w*)\b|翻译|英文|英语|中文|переведи|перевод|по-английски|翻訳|英語|日本語|번역|영어/i;

/** The names of a language, in itself and in its neighbours, and what `languageOf` calls it. */
const names: readonly (readonly [string, RegExp])[] = [
  ['English', /^(?:english|englisch\w*|anglais\w*|inglés|inglês|inglese|engels\w*|angielsk\w*|англ\w*)$/],
  ['German', /^(?:german|deutsch\w*|allemand\w*|alemán|alemão|tedesco|duits|niemieck\w*)$/],
  ['French', /^(?:french|français\w*|französisch\w*|francés|francês|francese|frans|francusk\w*)$/],
  ['Spanish', /^(?:spanish|español|castellano|spanisch\w*|espagnol\w*|espanhol|spagnolo|spaans)$/],
  ['Italian', /^(?:italian|italiano|italienisch\w*|italienn?e?|italiaans)$/],
  ['Portuguese', /^(?:portuguese|português|portugiesisch\w*|portugais\w*|portugués|portoghese)$/],
  ['Dutch', /^(?:dutch|nederlands|niederländisch\w*|néerlandais\w*)$/],
  ['Polish', /^(?:polish|polsku|polnisch\w*|polonais\w*)$/],
  ['Cyrillic', /^(?:russian|русском|ukrainian|russisch\w*)$/],
  ['Chinese', /^(?:chinese|mandarin|chinesisch\w*)$/],
  ['Japanese', /^(?:japanese|japanisch\w*)$/],
  ['Korean', /^(?:korean|koreanisch\w*)$/],
];

/** "Answer in German", "Erkläre auf Deutsch": a verb of writing that begins a sentence, and the language it is to be in. */
const writesIn =
  /(?:^|[.!?:\n]\s*|\b(?:please|bitte)\s+)(?:please |bitte )?(?:answer|reply|respond|write|explain|describe|summari[sz]e|discuss|compose|draft|tell|outline|antworte\w*|erklär\w*|beschreib\w*|schreib\w*|fasse?|erzähl\w*|nenne|erläuter\w*|explique[rz]?|décri\w+|écri\w+|répond\w*|raconte[rz]?|responde|contesta|escribe|describe|resume|spiega|descrivi|scrivi|rispondi|escreva|descreva|responda)(?![\p{L}])[^.!?\n]{0,200}?(?<![\p{L}])(?:in|auf|en|em|op|po|на|w)\s+(\p{L}{5,20})(?!\p{L})/iu;

/** A word of a language is asked for, or something about one: the answer is not in it. */
const aboutALanguage =
  /\b(?:words?|phrases?|say|saying|called|means?|meaning|spell\w*|pronounc\w*|grammar|vocabulary|conjugat\w*|translat\w*|terms?|names?|verbs?|nouns?|literature|history|culture|class|teach\w*|learn\w*|wort|wörter|heißt|bedeutet|übersetz\w*|mots?|phrase|tradu\w*|palabras?|parole)\b/i;

/**
 * The language that the task orders the answer in, where it names that one and no other. Translations are left out:
 * what stands beside them may be in any language.
 */
function orderedLanguage(task: string): string | undefined {
  const plain = withoutQuotations(task.slice(0, 2 * sample));
  const named = writesIn.exec(plain)?.[1]?.toLowerCase();
  if (named === undefined || aboutALanguage.test(plain)) return undefined;
  const languages = new Set(
    wordsOf(plain).flatMap((word) =>
      names.filter(([, name]) => name.test(word)).map(([language]) => language),
    ),
  );
  const [only] = languages;
  return languages.size === 1 && names.some(([language, name]) => language === only && name.test(named))
    ? only
    : undefined;
}

/**
 * Is the answer in the language of the task, or in the one that the task orders? Only where the answer is plain prose
 * of a language that can be told; a task that names languages otherwise is left alone.
 */
export const checkLanguage: Check = ({ request, generation, text, parsed }) => {
  if (generation.toolCalls.length > 0 || parsed?.ok || text.length < 80) return undefined;
  if (namesLanguage.test(request.userText)) {
    const ordered = orderedLanguage(request.userText);
    if (ordered === undefined) return undefined;
    const given = languageOf(withoutQuotations(text.slice(0, 2 * sample)));
    if (given === undefined) return undefined;
    return areAlike(ordered, given)
      ? passed('language', 'coherence', given)
      : doubtful('language', 'coherence', 0.1, `${ordered} was ordered, answered in ${given}`);
  }
  const asked = languageOf(withoutCode(request.userText.slice(0, 2 * sample)), shortestTask);
  if (asked === undefined) return undefined;
  const plain = withoutQuotations(text.slice(0, 2 * sample));
  const changed = changedTo(asked, plain, request.userText);
  if (changed !== undefined)
    return doubtful('language', 'coherence', 0.2, `asked in ${asked}, goes on in ${changed}`);
  const answered = languageOf(plain);
  if (answered === undefined) return undefined;
  if (areAlike(asked, answered)) return passed('language', 'coherence', answered);
  return doubtful('language', 'coherence', 0.1, `asked in ${asked}, answered in ${answered}`);
};

/** A Japanese text of few kana looks Chinese, and the other way round a quotation decides: not told apart. */
function areAlike(one: string, other: string): boolean {
  const near = new Set(['Chinese', 'Japanese']);
  return one === other || (near.has(one) && near.has(other));
}

/** Read apart from the rest: the last so many characters, from the start of a word; fewer tell a script. */
const endLengths = [60, 130, 240];

/** The language in which a text ends, where it is another one than it was asked for, and the task has none of it. */
function changedTo(asked: string, text: string, task: string): string | undefined {
  for (const length of endLengths) {
    if (text.length < 2 * length) continue;
    const end = text
      .trimEnd()
      .slice(-length)
      .replace(/^\S*\s/, '');
    const last = languageOf(end);
    if (last === undefined) continue;
    return areAlike(asked, last) || task.includes(end.slice(0, 40)) ? undefined : last;
  }
  return undefined;
}
