import { type Check, doubtful, passed } from './check.ts';
import { withoutCode } from './prose.ts';

const leastLength = 200;
/** Shorter lines are titles, names and greetings, which end without a full stop. */
const leastLine = 25;

/** Headings, tables, quotations, addresses, rulers, tags, labels with a value, and the result of a calculation. */
const notProse =
  /^\s*(?:#|\||>|https?:)|https?:\/\/\S+$|^\s*[-*_=]{3,}\s*$|[=≈][^=≈.]{0,30}$|#\p{L}+$|^[^.!?]{3,40}:\s[^.!?]{1,80}$/u;
const item = /^\s*(?:[-*•+]|\d{1,2}[.)]|[a-z][.)])\s+/i;
/** What ends in a letter, a digit or a comma ends in the middle, in a text whose sentences end otherwise. */
const unfinished = /[\p{L}\p{N},](?:\*\*|__)?$/u;

/**
 * Does the last line end as the others do? For answers that were cut off by a provider that does not say so: a
 * last line without a full stop, where (nearly) all others of its kind have one. Lists and verses whose lines end
 * anyhow are no evidence.
 */
export const checkEnding: Check = ({ generation, text, parsed }) => {
  if (generation.toolCalls.length > 0 || parsed?.ok || text.length < leastLength) return undefined;
  const lines = withoutCode(text)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const last = lines.pop();
  if (last === undefined || last.length < leastLine || notProse.test(last) || !text.endsWith(last.slice(-10)))
    return undefined;
  const isItem = item.test(last);
  const peers = lines.filter(
    (line) => line.length >= leastLine && !notProse.test(line) && item.test(line) === isItem,
  );
  // The sentences of the last line itself, the unfinished one apart, say how this text ends them.
  const sentences = last.match(/[\p{L}\p{N})"'’”][.!?](?=\s+\p{Lu})/gu)?.length ?? 0;
  const finished = peers.filter((line) => !unfinished.test(line)).length + sentences;
  const all = peers.length + sentences;
  if (all < 1 || finished < 0.9 * all) return undefined;
  return unfinished.test(last)
    ? doubtful('ending', 'completeness', 0.2, `ends without an end: "…${last.slice(-40)}"`)
    : passed('ending', 'completeness', 'the last line ends as the others do');
};
