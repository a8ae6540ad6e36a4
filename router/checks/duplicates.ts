import { type Check, doubtful, passed } from './check.ts';
import { withoutCode } from './prose.ts';

/** Shorter paragraphs are refrains, labels and greetings, which may well come twice. */
const leastParagraph = 120;
const leastSentence = 40;

const wanted = /\b(?:repeat|refrain|chant|chorus|lyrics|song|poem|prayer|litany|wiederhol|répèt|repit)/i;

/**
 * Does the answer say a whole paragraph twice, or one sentence three times in a row? A model that lost its thread
 * does, long before it is caught in a loop (`repetition.ts`).
 */
export const checkDuplicates: Check = ({ request, generation, text, parsed }) => {
  if (generation.toolCalls.length > 0 || parsed?.ok || text.length < 2 * leastParagraph) return undefined;
  if (wanted.test(request.userText)) return undefined;
  const plain = withoutCode(text.slice(0, 100_000));
  const seen = new Set<string>();
  for (const raw of plain.split(/\n\s*\n/)) {
    const paragraph = raw.trim();
    if (paragraph.length < leastParagraph || raw.includes('|')) continue;
    if (seen.has(paragraph)) return doubtful('duplicates', 'coherence', 0.2, `twice: "${paragraph}"`);
    seen.add(paragraph);
  }
  let before = '';
  let row = 1;
  for (const raw of plain.split(/(?<=[.!?])\s+/)) {
    const sentence = raw.trim();
    row = sentence === before && sentence.length >= leastSentence ? row + 1 : 1;
    before = sentence;
    if (row >= 3) return doubtful('duplicates', 'coherence', 0.2, `again and again: "${sentence}"`);
  }
  return passed('duplicates', 'coherence', 'nothing is said twice');
};
