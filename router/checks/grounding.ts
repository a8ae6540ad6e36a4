import { type Check, doubtful, passed } from './check.ts';
import { languageOf } from './language.ts';
import { withoutCode, wordsOf } from './prose.ts';
import { sourceOf } from './source.ts';

/** A claim of an answer that can be looked up in its source, and the least it takes to look like one. */
const kinds: readonly { kind: string; weight: number; pattern: RegExp }[] = [
  { kind: 'address', weight: 1, pattern: /\bhttps?:\/\/[^\s<>")\]]+/g },
  // From a mark before a word to one after it: what stands between two quotations is none.
  {
    kind: 'quotation',
    weight: 1,
    pattern:
      /(?<![\p{L}\p{N}.,!?])["\u201c](?=\S)([^"\u201c\u201d\n]{12,400})(?<=\S)["\u201d](?![\p{L}\p{N}])/gu,
  },
  // Two digits at least, or decimals: single digits count things ("three points") and lists.
  {
    kind: 'number',
    weight: 1,
    pattern: /(?<![\p{L}\d.,/-])[$€£]?\d[\d,]*\d(?:\.\d+)?%?(?![\p{L}\d])|(?<![\p{L}\d.])\d+\.\d+%?/gu,
  },
  { kind: 'path', weight: 1, pattern: /(?<![\p{L}\d/:])(?:\.{0,2}\/)?(?:[\w.-]+\/)+[\w.-]+\.\w{1,8}\b/gu },
  // Two capitalised words in a row inside a sentence: people, places, products.
  { kind: 'name', weight: 0.5, pattern: /(?<=[\p{Ll}\d,;] )\p{Lu}\p{Ll}+(?: \p{Lu}\p{Ll}+)+/gu },
];

/**
 * Do numbers, names, quotations, paths and addresses of the answer occur in the source it was to stay with?
 * Only where there is a source (`source.ts`). Names weigh half: they are abbreviated and inflected.
 */
export const checkGrounding: Check = ({ request, generation, text, parsed, settings }) => {
  if (!settings.checkHallucinations || generation.toolCalls.length > 0 || text === '') return undefined;
  const sourceText = sourceOf(request);
  if (sourceText === undefined) return undefined;
  const source = normal(`${sourceText}\n${request.userText}`);
  const sourceNumbers = new Set(source.match(/\d+(?:\.\d+)?/g) ?? []);
  const sourceWords = new Set(wordsOf(source));
  const answer = parsed?.ok ? strings(parsed.value).join('\n') : withoutHeadings(withoutCode(text));
  // A translated quotation is in no source.
  const [from, to] = [languageOf(sourceText), languageOf(answer)];
  const translated = from !== undefined && to !== undefined && from !== to;
  let all = 0;
  let found = 0;
  const missing: string[] = [];
  let missed = 0;
  let exact = 0;
  for (const { kind, weight, pattern } of kinds) {
    if (kind === 'quotation' && (translated || rewording.test(request.userText))) continue;
    for (const match of answer.slice(0, 50_000).matchAll(pattern)) {
      const claim = match[1] ?? match[0];
      all += weight;
      if (occurs(kind, normal(claim), source, sourceNumbers, sourceWords)) found += weight;
      else {
        missed += weight;
        if (kind !== 'name' && kind !== 'quotation') exact++;
        if (missing.length < 3) missing.push(`${kind} "${claim.slice(0, 40)}"`);
      }
    }
  }
  if (all === 0) return undefined;
  const share = found / all;
  if (missing.length === 0) return passed('grounding', 'coherence', 'all of it is in the source');
  // A number, path or address is in the source or it is not. Of the rest, one of many may be put in other words;
  // below four fifths it is not a report of it any more. One name by itself is too little to go by.
  const score =
    exact > 0
      ? Math.min(0.4, 0.6 * share)
      : share >= 0.8
        ? 0.5 + 0.5 * share
        : missed < 1
          ? 0.5
          : 0.6 * share;
  return doubtful('grounding', 'coherence', score, `not in the source: ${missing.join(', ')}`);
};

function occurs(
  kind: string,
  claim: string,
  source: string,
  numbers: ReadonlySet<string>,
  words: ReadonlySet<string>,
): boolean {
  if (kind === 'number') {
    const plain = claim.replace(/[$€£%]/g, '');
    return numbers.has(plain) || numbers.has(String(Number(plain))) || isWorkedOut(Number(plain), numbers);
  }
  if (kind === 'name') return wordsOf(claim).every((word) => words.has(word));
  if (source.includes(claim.replace(/[.,;:!?]+$/, ''))) return true;
  // Corrected or shortened: nearly all of its words.
  const said = kind === 'quotation' ? wordsOf(claim) : [];
  return said.length >= 4 && said.filter((word) => words.has(word)).length >= 0.8 * said.length;
}

const rewording =
  /\b(?:correct|rewrit|rephras|paraphras|translat|improv|proofread|edit|korrigier|überarbeit|übersetz|corrig|tradu|reformul)\w*/i;

/** Larger sources are full of numbers, of which two give almost any third. */
const mostNumbers = 40;

/** The sum or difference of two numbers of the source, or a share of them in percent. */
function isWorkedOut(value: number, numbers: ReadonlySet<string>): boolean {
  if (numbers.size > mostNumbers) return false;
  const known = [...numbers].map(Number);
  return known.some((a, i) =>
    known.some(
      (b, j) =>
        i !== j &&
        (a + b === value || a - b === value || (b !== 0 && Math.abs((100 * a) / b - value) < 0.51)),
    ),
  );
}

/** Without the numbers of a list, headings, labels in bold and the head of a table: those are the answer's own. */
function withoutHeadings(text: string): string {
  return text
    .replace(/^[^\S\n]*(?:#{1,6}[^\S\n].*|\|.*\|[^\S\n]*(?=\n[^\S\n]*\|[-:| ]+\|))$/gm, '')
    .replace(/^[^\S\n]*\d{1,3}[.)](?=\s)/gm, '')
    .replace(/\*\*[^*\n]{1,80}\*\*:?/g, (bold) => (bold.includes(':') ? ' ' : bold));
}

function normal(text: string): string {
  return text
    .toLowerCase()
    .replace(/[\u2018\u2019]/g, "'")
    .replace(/[\u201c\u201d]/g, '"')
    .replace(/(?<=\d),(?=\d{3})/g, '')
    .replace(/\s+/g, ' ');
}

function strings(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value === 'number') return [String(value)];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(strings);
}
