import type { Request } from './types.ts';

/** What a critic looks for in each kind of answer. Short: it is read by small local models. */
const rubrics = {
  code: 'Does the code do what the task asks, completely? Would it run as it stands: syntax, names, imports, edge cases? Is anything left as a placeholder?',
  summary:
    'Is every statement supported by the source text? Are its main points there? Is anything added, distorted or attributed wrongly?',
  extraction:
    'Are all wanted items there and no others? Does each value stand in the source exactly as given?',
  reasoning:
    'Work the task out yourself first. Is each step right? Do the numbers follow? Does the final answer agree with yours?',
  plan: 'Does the plan reach the objective? Are the steps concrete, in a workable order, with nothing essential missing and nothing dangerous unasked?',
  writing:
    'Does the text do what was asked: subject, form, length, tone, language? Is it coherent and free of contradictions?',
  general:
    'Is the answer correct, as far as you can tell? Does it answer every part of the task? Is it free of contradictions and invented facts?',
} as const;

export type RubricName = keyof typeof rubrics;

const byType: Readonly<Record<string, RubricName>> = {
  generate_code: 'code',
  edit_file: 'code',
  debug_error: 'code',
  recover_error: 'code',
  multi_file_refactor: 'code',
  summarize: 'summary',
  consolidate: 'summary',
  extract_topic: 'extraction',
  orchestrate: 'plan',
  agent: 'plan',
  spawn_daemon: 'plan',
};

/** The action's type decides; for the general types the task's own words do. */
export function rubricFor(request: Request): { name: RubricName; text: string } {
  const name = byType[request.type] ?? guess(request);
  return { name, text: rubrics[name] };
}

function guess(request: Request): RubricName {
  const task = request.userText.slice(0, 4000);
  if (/\bsummar|\bzusammenfass|\brésum|\bresum/i.test(task)) return 'summary';
  if (/\bextract\b|\blist (?:all|every)\b/i.test(task) && request.sourceText !== undefined)
    return 'extraction';
  if (/```|\b(?:function|code|script|regex|sql|class|refactor|unit test)\b/i.test(task)) return 'code';
  if (/\bhow (?:many|much|long|far|old)\b|\bcalculate\b|\bsolve\b|\bprove\b|\d\s*[-+*/=^]\s*\d/i.test(task))
    return 'reasoning';
  if (/\b(?:write|draft|compose|rewrite)\b/i.test(task)) return 'writing';
  return 'general';
}
