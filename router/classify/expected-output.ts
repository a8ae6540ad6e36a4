/** How long the answer will be, in tokens: what the text says about it, else what its complexity suggests. */
import type { Complexity } from '../../config/config.ts';
import type { Request } from '../types.ts';
import type { TextFacts } from './read-text.ts';

const byComplexity: Readonly<Record<Complexity, number>> = { simple: 150, moderate: 500, complex: 1_200 };

/** Forms of writing whose name tells their length. */
const forms = new Map<string, number>([
  ['haiku', 40],
  ['tweet', 70],
  ['slogan', 30],
  ['headline', 30],
  ['title', 30],
  ['email', 300],
  ['poem', 250],
  ['essay', 1_200],
  ['article', 1_200],
  ['report', 1_800],
  ['story', 1_500],
  ['tutorial', 2_000],
  ['guide', 1_800],
  ['whitepaper', 4_000],
  ['chapter', 4_000],
  ['book', 6_000],
  ['novel', 6_000],
]);

const statedLength =
  /\b(\d{1,3}(?:[,.]\d{3})|\d{2,6})[- ]?(words?|pages?|tokens?|sentences?|lines?)\b|\b(\d{1,2})[- ](pages?|sentences?|paragraphs?|lines?)\b/i;
const tokensPer: Readonly<Record<string, number>> = {
  word: 1.4,
  page: 700,
  token: 1,
  sentence: 30,
  line: 12,
  paragraph: 130,
};

export function expectOutput(
  request: Pick<Request, 'maxTokens' | 'schema'>,
  facts: TextFacts,
  complexity: Complexity,
): number {
  const expected =
    statedOutput(facts) ??
    formOutput(facts) ??
    (request.schema === undefined ? byComplexity[complexity] : 200);
  return Math.max(1, Math.round(Math.min(expected, request.maxTokens ?? Number.POSITIVE_INFINITY)));
}

function statedOutput(facts: TextFacts): number | undefined {
  const match = statedLength.exec(facts.prose);
  if (match === null)
    return /\b(?:one word|yes or no|single word|true or false)\b/i.test(facts.prose) ? 10 : undefined;
  const count = Number((match[1] ?? match[3] ?? '').replace(/[,.]/, ''));
  const unit = (match[2] ?? match[4] ?? '').toLowerCase().replace(/s$/, '');
  return Math.min(20_000, count * (tokensPer[unit] ?? 1));
}

/** Only where something is to be written: "summarise this report" names what is read. */
function formOutput(facts: TextFacts): number | undefined {
  const writes = facts.words.findIndex(
    (word, at) =>
      facts.commands[at] === true &&
      /^(?:write|draft|compose|create|generate|produce|schreib|schreibe|écris|escribe|escreva|scrivi)$/.test(
        word,
      ),
  );
  if (writes < 0) return undefined;
  for (const word of facts.words.slice(writes, writes + 15)) {
    const form = forms.get(word);
    if (form !== undefined) return form;
  }
  return undefined;
}
