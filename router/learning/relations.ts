import type { StatedEquation } from '../checks/equations.ts';

/** What a task's words say about its calculation, held against the calculation in the answer. */
export interface Relations {
  /** Words and operations that contradict each other: "6 fewer" and 6 is added, "how many more" and no difference taken last. */
  contradictions: number;
  /** Asks for what was there before, which turns the operations round. */
  asksForStart: boolean;
}

const compared =
  /(\d[\d,]*(?:\.\d+)?)\s*(?:\w+\s){0,2}?(more|older|taller|longer|heavier|fewer|less|younger|shorter)\b/gi;
const upwards = /^(?:more|older|taller|longer|heavier)$/i;
const asksForDifference =
  /how (?:many|much) (?:more|fewer|less|longer|older|taller|farther|further)|difference/i;
const asksForStart = /initial|original|at first|start|begin|before/i;

export function relationsOf(task: string, answer: string, equations: readonly StatedEquation[]): Relations {
  const added = numbersAt(answer, /(\d[\d,]*(?:\.\d+)?)\s*(?=\+)|(?<=\+\s*[$€£]?)(\d[\d,]*(?:\.\d+)?)/g);
  const subtracted = numbersAt(answer, /(?<=-\s*[$€£]?)(\d[\d,]*(?:\.\d+)?)/g);
  let contradictions = 0;
  for (const [, number = '', word = ''] of task.matchAll(compared)) {
    const value = amountOf(number);
    const [expected, opposite] = upwards.test(word) ? [added, subtracted] : [subtracted, added];
    if (opposite.has(value) && !expected.has(value)) contradictions++;
  }
  const question = questionOf(task);
  const last = equations.at(-1);
  if (last !== undefined && asksForDifference.test(question) && !last.operators.includes('-'))
    contradictions++;
  return { contradictions, asksForStart: asksForStart.test(question) };
}

/** The last sentence that asks, else the last one. */
function questionOf(task: string): string {
  const sentences = task.trim().split(/(?<=[.?!])\s+/);
  return sentences.findLast((sentence) => sentence.includes('?')) ?? sentences.at(-1) ?? '';
}

function numbersAt(text: string, pattern: RegExp): Set<number> {
  return new Set([...text.matchAll(pattern)].map(([number]) => amountOf(number)));
}

function amountOf(number: string): number {
  return Number(number.replaceAll(',', ''));
}
