/** What speaks against a file of recorded outcomes, before anything is learned from it or measured on it. */
import { SwarmdError } from '../../config/errors.ts';
import { findGiveaway, promptKey } from '../../router/learning/leaks.ts';
import type { RecordedLine } from '../../router/learning/recorded.ts';
import { leastLines } from '../../router/learning/router-model.ts';
import { count, plural } from '../terminal/words.ts';

/** The word that gives the outcome away, as a sentence; undefined where there is none. */
export function giveawaySentence(lines: readonly RecordedLine[]): string | undefined {
  const giveaway = findGiveaway(lines);
  if (giveaway === undefined) return undefined;
  const { word, where, correlation } = giveaway;
  return `the word ${JSON.stringify(word)} in the ${where} gives the outcome away: it is in ${giveaway.lines} of ${lines.length} lines, correlation ${correlation.toFixed(2)}`;
}

/** How many prompts differ by more than case, spacing and punctuation. */
export function distinctPrompts(lines: readonly RecordedLine[]): number {
  return new Set(lines.map(({ prompt }) => promptKey(prompt))).size;
}

/** Lines and ids that come more than once, a sentence each. */
export function repetitions(lines: readonly RecordedLine[]): string[] {
  const found: string[] = [];
  const prompts = distinctPrompts(lines);
  if (prompts < lines.length)
    found.push(
      `${count(lines.length)} lines have ${plural(prompts, 'distinct prompt')}: a repeated one counts as often as it is there, and makes the intervals too narrow`,
    );
  const times = new Map<string, number>();
  for (const { id } of lines) times.set(id, (times.get(id) ?? 0) + 1);
  const [most] = [...times].sort((one, other) => other[1] - one[1]);
  // The same line twice has the same id twice: that was said.
  if (most !== undefined && times.size < prompts)
    found.push(
      `${count(lines.length)} lines have ${plural(times.size, 'distinct id')}: ${JSON.stringify(most[0])} is on ${count(most[1])} of them`,
    );
  return found;
}

/** Says of a measurement on few lines that it means little; undefined where there are enough. */
export function fewLines(lines: readonly RecordedLine[]): string | undefined {
  const prompts = distinctPrompts(lines);
  if (prompts >= leastLines) return undefined;
  return `${plural(prompts, 'distinct prompt')} with \`strong\`: below ${leastLines} the figures and their intervals mean little, whatever they are`;
}

interface Rates {
  lines: number;
  weak: number;
  strong: number;
}

/** How often the two models are right on the lines that say so of both. */
function ratesOf(lines: readonly RecordedLine[]): Rates {
  const both = lines.filter((line) => line.strong !== undefined);
  return {
    lines: both.length,
    weak: both.filter((line) => line.weak.correct).length,
    strong: both.filter((line) => line.strong?.correct === true).length,
  };
}

function said({ lines, weak, strong }: Rates): string {
  return `on ${lines === 1 ? 'this line' : `these ${lines} lines`} (strong ${percent(strong / lines)}, weak ${percent(weak / lines)})`;
}

/** Refuses lines on which the strong model is worse than the weak one: what is learned from them would be upside down. */
export function refuseSwapped(file: string, lines: readonly RecordedLine[]): void {
  const rates = ratesOf(lines);
  if (rates.strong >= rates.weak) return;
  throw new SwarmdError(
    'INPUT_INVALID',
    `the strong model is worse than the weak one ${said(rates)}: are the two swapped?`,
    { where: file, allowed: 'lines on which the strong model is right more often than the weak one' },
  );
}

/** Routing between two models can only be measured where the strong one is better. */
export function assertGap(file: string, lines: readonly RecordedLine[]): void {
  refuseSwapped(file, lines);
  const why = noGap(lines);
  if (why === undefined) return;
  throw new SwarmdError('INPUT_INVALID', why, {
    where: file,
    allowed: 'lines with `strong`, on which the strong model is right more often than the weak one',
  });
}

function noGap(lines: readonly RecordedLine[]): string | undefined {
  const rates = ratesOf(lines);
  if (rates.lines === 0)
    return `none of the ${lines.length} lines has \`strong\`: there is nothing to compare with`;
  if (rates.strong === rates.weak) return `both models are equally good ${said(rates)}: nothing to route`;
  return undefined;
}

/** Why cross-validation gave no APGR for these lines. */
export function whyNotMeasured(lines: readonly RecordedLine[]): string {
  return (
    noGap(lines) ??
    `${ratesOf(lines).lines} lines with \`strong\` are too few for five folds: each model is fitted on four of them, and needs ${leastLines} lines`
  );
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
