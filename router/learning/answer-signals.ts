import type { CheckResult } from '../types/assessment.ts';
import { derivationOf } from './derivation.ts';
import { promptSignals, type Signals } from './prompt-signals.ts';
import { relationsOf } from './relations.ts';
import { shippedSolutionModel, unexpectedIn } from './solution-model.ts';

const hedges =
  /\b(?:however|but this|impossible|cannot|not possible|not enough|assum\w*|negative|make sense|mistake|error|unclear|unfortunately|not sure|might be)\b/i;

/**
 * Named numbers about an answer to a task: what the checks said, its form, and the soundness of its
 * calculation. Few on purpose: measured on GSM8K with 666 labels, 30 signals ranked better than 130.
 */
export function answerSignals(task: string, answer: string, checks: readonly CheckResult[]): Signals {
  const text = answer.trim();
  const d = derivationOf(task, answer);
  const prompt = promptSignals(task);
  const relations = relationsOf(task, text, d.equations);
  const unexpected = unexpectedIn(task, d.equations, shippedSolutionModel());
  const operators = d.equations.map((equation) => equation.operators).join('');
  const fractional = d.final !== undefined && !Number.isInteger(d.final);
  const calculates = d.equations.length > 0;
  // Nothing is marked in prose: the absence of a mark speaks only where there is a calculation to end.
  const unmarked = calculates && !d.marked;
  const numeric = d.given.length >= 2;
  const flags =
    2 * Number(d.falseEquations > 0) +
    2 * Number(d.cut) +
    2 * Number(numeric && !d.marked) +
    2 * Number(numeric && fractional) +
    Number(numeric && (d.final ?? 1) <= 0);
  const anomalies = d.unusedOccurrences + d.unusedWords + d.dangling + d.overused + d.ungrounded;
  return {
    check_failures: checks.filter((check) => check.score < 0.5).length,
    worst_check: checks.reduce((low, check) => Math.min(low, check.score), 1),
    length: Math.log1p(text.length),
    hedged: hedges.test(text) ? 1 : 0,
    calculates: calculates ? 1 : 0,
    unmarked: unmarked ? 1 : 0,
    flags,
    flagged: flags > 0 ? 1 : 0,
    false_equation: d.falseEquations > 0 ? 1 : 0,
    cut: d.cut ? 1 : 0,
    fractional_answer: fractional ? 1 : 0,
    fractional_results: d.equations.some((equation) => equation.result && !Number.isInteger(equation.right))
      ? 1
      : 0,
    answer_was_given: d.given.some((number) => number.value === d.final) ? 1 : 0,
    anomalies: Math.log1p(anomalies),
    unused_given: Math.log1p(d.unusedGiven),
    left_over: Math.log1p(d.leftOver),
    balance: Math.log1p(d.leftOver + d.excess),
    balanced: d.leftOver + d.excess === 0 ? 1 : 0,
    ambiguous: Math.log1p(d.ambiguous),
    steps_per_number: Math.log((1 + d.equations.length) / (1 + d.given.length)),
    // "How many are left" without a subtraction anywhere.
    no_subtraction:
      /\bleft\b|remain|less|fewer|change|difference|more .* than/i.test(task) && !operators.includes('-')
        ? 1
        : 0,
    contradictions: relations.contradictions,
    left_out_wrongly: unexpected.leftOut,
    operations_off: unexpected.operations,
    asks_for_start: relations.asksForStart ? 1 : 0,
    multiplications: Math.log1p(operators.split('*').length - 1),
    given: Math.log1p(d.given.length),
    number_words: prompt.number_words ?? 0,
    ages: prompt.ages ?? 0,
    // Who and when: more people and more spans of time are more to confuse.
    names: new Set(task.match(/\b\p{Lu}\p{Ll}+/gu) ?? []).size,
    durations: (prompt.durations ?? 0) > 0 ? 1 : 0,
    small_numbers: d.given.filter((number) => number.value <= 3).length,
    decimals: prompt.decimals ?? 0,
    word_length: prompt.word_length ?? 0,
  };
}
