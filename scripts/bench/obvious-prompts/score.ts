/** Scores of a classification into simple, moderate and complex against labels, and of two labellers. */
import { type Complexity, complexities } from '../../../config/config.ts';
import { wilsonInterval } from '../../../router/plan/learned.ts';

export interface Judged {
  lang: string;
  truth: Complexity;
  said: Complexity;
}

/** Shares are 0..1; NaN never: an empty set has the share 0. */
export interface Score {
  items: number;
  right: number;
  accuracy: number;
  /** 95 % Wilson interval of the accuracy. */
  interval: { low: number; high: number };
  /** Share sent to a larger tier than the label's: costs money. */
  overRouted: number;
  /** Share sent to a smaller tier than the label's: costs quality. */
  underRouted: number;
  complexToSimple: number;
  /** confusion[truth][said], counts. */
  confusion: Record<Complexity, Record<Complexity, number>>;
}

export function score(judged: readonly Judged[]): Score {
  const confusion = emptyTable();
  let right = 0;
  let over = 0;
  let under = 0;
  for (const { truth, said } of judged) {
    confusion[truth][said] += 1;
    const distance = complexities.indexOf(said) - complexities.indexOf(truth);
    if (distance === 0) right += 1;
    else if (distance > 0) over += 1;
    else under += 1;
  }
  const items = judged.length;
  return {
    items,
    right,
    accuracy: share(right, items),
    interval: wilsonInterval(share(right, items), items),
    overRouted: share(over, items),
    underRouted: share(under, items),
    complexToSimple: confusion.complex.simple,
    confusion,
  };
}

export function accuracyByLanguage(
  judged: readonly Judged[],
): Record<string, { items: number; accuracy: number }> {
  const languages = [...new Set(judged.map((one) => one.lang))].sort();
  return Object.fromEntries(
    languages.map((lang) => {
      const mine = judged.filter((one) => one.lang === lang);
      return [
        lang,
        {
          items: mine.length,
          accuracy: share(mine.filter((one) => one.said === one.truth).length, mine.length),
        },
      ];
    }),
  );
}

export interface Agreement {
  items: number;
  agreed: number;
  share: number;
  /** Cohen 1960: agreement beyond chance, 1 is perfect and 0 is chance. */
  kappa: number;
  /** table[first labeller][second labeller], counts. */
  table: Record<Complexity, Record<Complexity, number>>;
}

export function agreement(pairs: readonly (readonly [Complexity, Complexity])[]): Agreement {
  const table = emptyTable();
  for (const [a, b] of pairs) table[a][b] += 1;
  const items = pairs.length;
  const agreed = complexities.reduce((sum, label) => sum + table[label][label], 0);
  const expected = complexities.reduce((sum, label) => {
    const first = pairs.filter(([a]) => a === label).length;
    const second = pairs.filter(([, b]) => b === label).length;
    return sum + share(first, items) * share(second, items);
  }, 0);
  const observed = share(agreed, items);
  // Both used one label only: chance explains everything, and kappa has no value; 1 is the usual convention.
  const kappa = expected === 1 ? 1 : (observed - expected) / (1 - expected);
  return { items, agreed, share: observed, kappa, table };
}

/** A classifier by length in characters alone: the two bounds are the tertiles of `lengths`. */
export function byLength(lengths: readonly number[]): (length: number) => Complexity {
  const sorted = [...lengths].sort((x, y) => x - y);
  const first = sorted[Math.floor(sorted.length / 3)] ?? 0;
  const second = sorted[Math.floor((2 * sorted.length) / 3)] ?? 0;
  return (length) => (length < first ? 'simple' : length < second ? 'moderate' : 'complex');
}

function share(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}

function emptyTable(): Record<Complexity, Record<Complexity, number>> {
  const row = () => ({ simple: 0, moderate: 0, complex: 0 });
  return { simple: row(), moderate: row(), complex: row() };
}
