/**
 * Damage to answers with a source text and to structured ones. No recorded answer is JSON or calls a tool, so these
 * carry the recorded texts (quotation marks, line breaks, formulas and all) in a shape of our own.
 */

import type { CheckInput } from '../../../router/checks/check.ts';
import { parseJsonAnswer } from '../../../router/checks/json.ts';
import { inputOf } from '../../../router/learning/offline-checks.ts';
import type { Answered, Damage } from './damage.ts';

/** Tasks about a text that stands below them, and that need nothing from elsewhere. */
const aboutItsText = /\b(?:summar\w*|extract|convert it|classify|reading ability|transcription|dialogue)\b/i;
const needsMore = /\b(?:compare|advice|evaluate|implementation|scientific errors)\b/i;

/** The text that a task is about, where it stands below a blank line; undefined where the task is no such. */
export function sourceOf(prompt: string): string | undefined {
  const [instruction = '', ...rest] = prompt.split(/\n\s*\n/);
  const source = rest.join('\n\n').trim();
  if (source.length < 150 || !aboutItsText.test(instruction) || needsMore.test(instruction)) return undefined;
  return source;
}

function grounded(
  name: string,
  damaged: (answered: Answered, random: () => number) => string | undefined,
): Damage {
  const asked = (prompt: string, answer: string): CheckInput => {
    const input = inputOf(prompt, answer);
    const sourceText = sourceOf(prompt);
    return sourceText === undefined ? input : { ...input, request: { ...input.request, sourceText } };
  };
  return {
    name,
    by: ['grounding'],
    right: ({ prompt, answer }) => asked(prompt, answer),
    of: (answered, random) => {
      if (sourceOf(answered.prompt) === undefined) return undefined;
      const text = damaged(answered, random);
      return text === undefined ? undefined : asked(answered.prompt, text);
    },
  };
}

const schema = {
  type: 'object',
  required: ['result', 'steps', 'done'],
  additionalProperties: false,
  properties: {
    result: { type: 'number' },
    steps: { type: 'array', minItems: 1, items: { type: 'string' } },
    done: { type: 'boolean' },
  },
};

/** A worked-out answer as a program would want it. */
function structured(answer: string): Record<string, unknown> {
  const numbers = answer.match(/\d+(?:\.\d+)?/g) ?? ['0'];
  const steps = answer.split('\n').filter((line) => line.trim() !== '');
  return { result: Number(numbers.at(-1)), steps, done: true };
}

/** As models hand JSON over: alone, in a fence, or after a sentence. */
function handedOver(json: string, at: number): string {
  return [json, `\`\`\`json\n${json}\n\`\`\``, `Here is the JSON you asked for:\n\n${json}`][at % 3] ?? json;
}

function asJson(
  name: string,
  by: readonly string[],
  damaged: (value: Record<string, unknown>, random: () => number) => string,
): Damage {
  const asked = (prompt: string, text: string): CheckInput => {
    const input = inputOf(prompt, text);
    return { ...input, request: { ...input.request, schema }, parsed: parseJsonAnswer(text) };
  };
  const json = (value: unknown) => JSON.stringify(value, null, 2);
  return {
    name,
    by,
    right: ({ prompt, answer }) => asked(prompt, handedOver(json(structured(answer)), answer.length)),
    of: ({ prompt, answer }, random, at) =>
      answer === '' ? undefined : asked(prompt, handedOver(damaged(structured(answer), random), at)),
  };
}

function asToolCall(name: string, damaged: (value: Record<string, unknown>) => [string, unknown]): Damage {
  const asked = (prompt: string, tool: string, given: unknown): CheckInput => {
    const input = inputOf(prompt, '');
    return {
      ...input,
      request: { ...input.request, tools: [{ name: 'report', description: 'reports', parameters: schema }] },
      generation: {
        ...input.generation,
        toolCalls: [{ id: 'a', name: tool, arguments: given as Record<string, unknown> | string }],
      },
    };
  };
  return {
    name,
    by: ['tool_calls'],
    right: ({ prompt, answer }) => asked(prompt, 'report', structured(answer)),
    of: ({ prompt, answer }) => (answer === '' ? undefined : asked(prompt, ...damaged(structured(answer)))),
  };
}

export const structuredDamages: readonly Damage[] = [
  grounded('with its source: a number changed', ({ answer }, random) => {
    const found = [...answer.matchAll(/(?<![\w.,-])\d{2,}(?![\w.,-]*\d)/g)];
    const pick = found[Math.floor(random() * found.length)];
    if (pick === undefined) return undefined;
    return `${answer.slice(0, pick.index)}${Number(pick[0]) + 11}${answer.slice(pick.index + pick[0].length)}`;
  }),
  grounded('with its source: names of others', ({ answer }) => {
    const text = answer.replace(/(?<=[\p{Ll}\d,;] )\p{Lu}\p{Ll}+(?: \p{Lu}\p{Ll}+)+/gu, 'Marlene Thornquist');
    return text === answer ? undefined : text;
  }),
  grounded('with its source: the answer to another prompt', ({ other }) => other),
  asJson('JSON cut off', ['json'], (value, random) => {
    const json = JSON.stringify(value, null, 2);
    return json.slice(0, Math.floor(json.length * (0.3 + 0.6 * random())));
  }),
  asJson('JSON without one of its quotation marks', ['json'], (value, random) => {
    const json = JSON.stringify(value, null, 2);
    const quotes = [...json.matchAll(/(?<!\\)"/g)];
    const at = quotes[Math.floor(random() * quotes.length)]?.index ?? 0;
    return json.slice(0, at) + json.slice(at + 1);
  }),
  asJson('JSON with a field missing', ['schema'], ({ steps: _, ...value }) => JSON.stringify(value)),
  asJson('JSON with a text for a number', ['schema'], (value) =>
    JSON.stringify({ ...value, result: `about ${value.result}` }),
  ),
  asJson('no JSON at all', ['json'], ({ steps }) => (steps as string[]).join('\n')),
  asToolCall('a tool that was not offered', (value) => ['send', value]),
  asToolCall('a call with a field missing', ({ steps: _, ...value }) => ['report', value]),
  asToolCall('a call whose arguments are no JSON', (value) => ['report', JSON.stringify(value).slice(0, -5)]),
];
