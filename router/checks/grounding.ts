import { type Check, doubtful, passed } from './check.ts';
import { withoutCode, wordsOf } from './prose.ts';

/** A claim of an answer that can be looked up in its source, and the least it takes to look like one. */
const kinds: readonly { kind: string; weight: number; pattern: RegExp }[] = [
  { kind: 'address', weight: 1, pattern: /\bhttps?:\/\/[^\s<>")\]]+/g },
  { kind: 'quotation', weight: 1, pattern: /["\u201c]([^"\u201c\u201d\n]{12,400})["\u201d]/g },
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
 * Only where there is a source. Names weigh half: they are abbreviated and inflected.
 */
export const checkGrounding: Check = ({ request, generation, text, parsed, settings }) => {
  if (!settings.checkHallucinations || request.sourceText === undefined) return undefined;
  if (generation.toolCalls.length > 0 || text === '') return undefined;
  const source = normal(`${request.sourceText}\n${request.userText}`);
  const sourceNumbers = new Set(source.match(/\d+(?:\.\d+)?/g) ?? []);
  const sourceWords = new Set(wordsOf(source));
  const answer = parsed?.ok ? strings(parsed.value).join('\n') : withoutCode(text);
  let all = 0;
  let found = 0;
  const missing: string[] = [];
  for (const { kind, weight, pattern } of kinds) {
    for (const match of answer.slice(0, 50_000).matchAll(pattern)) {
      const claim = match[1] ?? match[0];
      all += weight;
      if (occurs(kind, normal(claim), source, sourceNumbers, sourceWords)) found += weight;
      else if (missing.length < 3) missing.push(`${kind} "${claim.slice(0, 40)}"`);
    }
  }
  if (all === 0) return undefined;
  const share = found / all;
  if (missing.length === 0) return passed('grounding', 'coherence', 'all of it is in the source');
  // One claim of many may be worked out from the source; below four fifths it is not a report of it any more.
  const score = share >= 0.8 ? 0.5 + 0.5 * share : 0.6 * share;
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
    return numbers.has(plain) || numbers.has(String(Number(plain)));
  }
  if (kind === 'name') return wordsOf(claim).every((word) => words.has(word));
  return source.includes(claim.replace(/[.,;:!?]+$/, ''));
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
