import { annotatedEquations, type StatedEquation, statedEquations } from '../checks/equations.ts';
import { type FoundNumber, isGrounded, numbersIn, round } from '../checks/numbers.ts';

/**
 * A calculation in an answer as a flow of numbers: each number of the task and each result is a supply, each
 * operand a demand. In a sound derivation they nearly balance: what is given is used, what is worked out is
 * used or is the answer. Misread tasks leave given numbers over, skip a step, or use one number twice.
 */
export interface Derivation {
  equations: readonly StatedEquation[];
  /** Equations whose sides differ, annotations included. */
  falseEquations: number;
  /** Ends inside a calculation or a number. */
  cut: boolean;
  /** The number given as the answer, and whether it is marked as such. */
  final: number | undefined;
  marked: boolean;
  given: readonly FoundNumber[];
  /** Operands that neither the task nor a result provides. */
  ungrounded: number;
  /** Given numbers (distinct, in digits) that no equation uses. */
  unusedGiven: number;
  /** Given numbers (occurrences, in digits) left over. */
  unusedOccurrences: number;
  unusedWords: number;
  /** Results that are neither used nor the answer. */
  dangling: number;
  /** Demands beyond the supply of a number. */
  overused: number;
  /** Supplies beyond the demand, results included. */
  leftOver: number;
  excess: number;
  /** Results equal to a given number, which blur the balance. */
  ambiguous: number;
}

const answerMark = /####\s*[$€£]?\s*(-?[\d,]*\.?\d+)|\\boxed\{\s*[$€£]?\s*(-?[\d,]*\.?\d+)/;

export function derivationOf(task: string, answer: string): Derivation {
  const equations = statedEquations(answer);
  const annotated = annotatedEquations(answer);
  const mark = answerMark.exec(answer);
  const marked = (mark?.[1] ?? mark?.[2])?.replaceAll(',', '');
  const lastResult = equations.at(-1)?.right;
  const final = marked === undefined ? lastResult : Number(marked);
  const given = numbersIn(task).filter((number) => number.digits || number.value !== 1);
  const end = answer.trimEnd();
  return {
    equations,
    falseEquations: [...equations, ...annotated].filter((equation) => !equation.holds).length,
    cut: /<<[^<>]*$/.test(end) || (marked === undefined && /\d,\d{1,2}$|[+*/=<-]$/.test(end)),
    final,
    marked: marked !== undefined,
    given,
    ...flow(given, equations, final),
  };
}

/** `3 * 80 - 20 = 240 - 20 = 220`: the middle restates the first, its operands are no new demand. */
export function isRestated(before: StatedEquation | undefined, equation: StatedEquation): boolean {
  return (
    before !== undefined &&
    !before.result &&
    Math.abs(before.right - equation.left) < 1e-9 &&
    equation.index - before.index < 60
  );
}

type Counts = Map<number, number>;

function flow(
  given: readonly FoundNumber[],
  equations: readonly StatedEquation[],
  final: number | undefined,
) {
  const digits: Counts = new Map();
  const words: Counts = new Map();
  for (const number of given) add(number.digits ? digits : words, round(number.value));
  const results: Counts = new Map();
  const demand: Counts = new Map();
  const known = new Set(given.map((number) => round(number.value)));
  let ungrounded = 0;
  for (const [index, equation] of equations.entries()) {
    if (!isRestated(equations[index - 1], equation)) {
      for (const operand of equation.operands) {
        add(demand, round(operand));
        if (!isGrounded(round(operand), known)) ungrounded++;
      }
    }
    known.add(round(equation.left));
    if (equation.result) {
      add(results, round(equation.right));
      known.add(round(equation.right));
    }
  }
  return { ungrounded, ...balance(digits, words, results, demand, final) };
}

function balance(digits: Counts, words: Counts, results: Counts, demand: Counts, final: number | undefined) {
  const used = (value: number) => forms(value).reduce((sum, form) => sum + (demand.get(form) ?? 0), 0);
  let unusedGiven = 0;
  let unusedOccurrences = 0;
  for (const [value, times] of digits) {
    const uses = used(value);
    if (uses === 0) unusedGiven++;
    unusedOccurrences += Math.max(0, times - uses);
  }
  let unusedWords = 0;
  for (const [value, times] of words) if (used(value) === 0) unusedWords += times;

  let overused = 0;
  for (const [value, times] of demand) {
    const supplied = (digits.get(value) ?? 0) + (words.get(value) ?? 0);
    const worked = results.get(value) ?? 0;
    if (supplied + worked > 0) overused += Math.max(0, times - Math.max(supplied, worked));
  }
  let dangling = 0;
  let ambiguous = 0;
  for (const [value, times] of results) {
    if (digits.has(value)) ambiguous++;
    else if (!demand.has(value) && value !== final) dangling += times;
  }

  // The pool: given and worked out together, against every use, the answer being one.
  const wanted = new Map(demand);
  if (final !== undefined) add(wanted, round(final));
  const pool = new Map(digits);
  for (const [value, times] of results) add(pool, value, times);
  let leftOver = 0;
  for (const [value, times] of pool) {
    const uses = forms(value).reduce((sum, form) => sum + (wanted.get(form) ?? 0), 0);
    leftOver += Math.max(0, times - uses);
  }
  let excess = 0;
  for (const [value, times] of wanted) {
    const supply = (pool.get(value) ?? 0) + (words.get(value) ?? 0);
    if (supply > 0) excess += Math.max(0, times - supply);
  }
  return { unusedGiven, unusedOccurrences, unusedWords, dangling, overused, leftOver, excess, ambiguous };
}

/** The forms in which a given number enters a calculation: itself, as a share, as what remains of a whole. */
function forms(value: number): number[] {
  const all = [value, value / 100, 1 + value / 100, 1 - value / 100, 100 - value, 100 + value, 1 / value];
  return [...new Set(all.filter(Number.isFinite).map(round))];
}

function add(counts: Counts, value: number, times = 1): void {
  counts.set(value, (counts.get(value) ?? 0) + times);
}
