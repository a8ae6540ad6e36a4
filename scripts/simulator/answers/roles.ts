import { unit } from '../hash.ts';
import type { Ask, Schema } from '../types.ts';
import { instance, isSchema, resolve, typeOf } from './instance.ts';
import { parts, sentences, terms, words } from './reading.ts';
import type { RememberedAnswers } from './remembered.ts';

export type CriticManner = 'honest' | 'yes_sayer' | 'nay_sayer';

/** A request to judge an answer: its schema has `score` and `issues`, or its text asks for such JSON. */
export function asksForCritique(ask: Ask, prompt: string): boolean {
  if (ask.schema !== undefined) {
    const properties = ask.schema.properties;
    return isSchema(properties) && 'score' in properties && 'issues' in properties;
  }
  return /"score"/.test(prompt) && /"issues"/.test(prompt);
}

/**
 * The critique: right about an answer the simulator gave as often as the profile says, by fixed choice; for a
 * text it does not know, a guess from length and wording.
 */
export function critique(
  ask: Ask,
  remembered: RememberedAnswers,
  options: { seed: number; manner: CriticManner },
): { text: string; knew: boolean } {
  const prompt = ask.messages.map((message) => message.content).join('\n');
  const truth = remembered.find(prompt);
  const right =
    unit(`critic\u0000${ask.profile.name}\u0000${prompt}`, options.seed) < ask.profile.criticAccuracy;
  const good =
    options.manner === 'yes_sayer'
      ? true
      : options.manner === 'nay_sayer'
        ? false
        : truth === undefined
          ? looksGood(prompt)
          : truth === right;
  const spread = unit(prompt, options.seed + 1);
  const score = good ? 0.8 + spread * 0.18 : 0.12 + spread * 0.33;
  const issues = good
    ? []
    : ['The answer does not do what the task asks for.', 'Parts of it are missing or wrong.'].slice(
        0,
        spread < 0.5 ? 1 : 2,
      );
  return { text: fitted(ask.schema, Number(score.toFixed(2)), issues), knew: truth !== undefined };
}

/** Scores on the scale that the schema states (0..1 unless `maximum` says 5, 10 or 100). */
function fitted(schema: Schema | undefined, score: number, issues: readonly string[]): string {
  if (schema === undefined || !isSchema(schema.properties)) return JSON.stringify({ score, issues });
  const scoreSchema = isSchema(schema.properties.score) ? schema.properties.score : {};
  const maximum = typeof scoreSchema.maximum === 'number' ? scoreSchema.maximum : 1;
  const scaled = score * maximum;
  const value = instance(schema, { prompt: issues.join(' '), seed: 0, root: schema });
  const itemSchema =
    isSchema(schema.properties.issues) && isSchema(schema.properties.issues.items)
      ? schema.properties.issues.items
      : {};
  const list =
    typeOf(itemSchema) === 'string'
      ? issues
      : issues.map((issue) => instance(itemSchema, { prompt: issue, seed: 0, root: schema }));
  return JSON.stringify({
    ...(isSchema(value) ? value : {}),
    score: typeOf(scoreSchema) === 'integer' ? Math.round(scaled) : Number(scaled.toFixed(2)),
    issues: list,
  });
}

function looksGood(prompt: string): boolean {
  const quoted =
    prompt.match(/===== ANSWER [^\n]*\n([\s\S]*?)\n===== END/)?.[1] ??
    prompt.match(/<(answer|response|output)[^>]*>([\s\S]*?)<\/\1>/i)?.[2] ??
    prompt.match(/"""([\s\S]*?)"""/)?.[1] ??
    prompt.slice(-1_500);
  if (/i'?m sorry|i can(?:no|')t|as an ai/i.test(quoted)) return false;
  return words(quoted) >= 1;
}

const listNames = /^(?:subtasks|sub_tasks|tasks|steps|plan|children|actions|items)$/i;

/** A request to split an objective: its schema has a list of tasks, and the text speaks of splitting or planning. */
export function planList(ask: Ask, prompt: string): string | undefined {
  if (ask.schema === undefined || !isSchema(ask.schema.properties)) return undefined;
  const whole = `${ask.messages[0]?.content ?? ''}\n${prompt}`;
  if (!/split|break|decompos|sub-?tasks?|planner|plan\b|divide|delegate/i.test(whole)) return undefined;
  return Object.entries(ask.schema.properties).find(
    ([name, property]) => listNames.test(name) && isSchema(property) && typeOf(property) === 'array',
  )?.[0];
}

/** The objective in a planning prompt: after `Objective:`, in a tag of that name, else its last long line. */
function objectiveOf(prompt: string): string {
  const labelled =
    prompt.match(/<(objective|task|goal)>\s*([\s\S]*?)\s*<\/\1>/i)?.[2] ??
    prompt.match(/(?:^|\n)\s*(?:objective|goal|task)\s*:\s*([\s\S]+?)(?=\n\s*\n|$)/i)?.[1];
  if (labelled !== undefined) return labelled.trim();
  return (
    sentences(prompt).find((sentence) => words(sentence) >= 3 && !/split|break|subtask/i.test(sentence)) ??
    prompt.trim()
  );
}

/** Two to four pieces of work that together do the objective. */
function subtasks(objective: string): string[] {
  const found = parts(objective).map((part) => part.replace(/[.;]+$/, '').trim());
  if (found.length >= 2) return found.slice(0, 4);
  const about = terms(objective, 4).join(' ') || 'the objective';
  return [
    `Collect the facts needed for: ${objective.replace(/[.]+$/, '')}`,
    `Work out the main part about ${about}`,
    `Check the result about ${about} for gaps and mistakes`,
  ];
}

/** The plan as an object of the schema, with one item for each subtask. */
export function plan(ask: Ask, listName: string, prompt: string, seed: number): string {
  const schema = ask.schema ?? {};
  const objective = objectiveOf(prompt);
  const whole = instance(schema, { prompt: objective, seed, root: schema });
  const list = isSchema(schema.properties) ? schema.properties[listName] : undefined;
  const listSchema = isSchema(list) ? resolve(list, schema) : {};
  const items = isSchema(listSchema.items) ? resolve(listSchema.items, schema) : { type: 'string' };
  const most = typeof listSchema.maxItems === 'number' ? listSchema.maxItems : 4;
  const least = typeof listSchema.minItems === 'number' ? listSchema.minItems : 0;
  const wanted = subtasks(objective).slice(0, most);
  while (wanted.length < least) wanted.push(`Review part ${wanted.length} of: ${objective}`);
  const filled = wanted.map((task, index) =>
    typeOf(items) === 'string' ? task : planItem(items, schema, task, index, seed),
  );
  return JSON.stringify({ ...(isSchema(whole) ? whole : {}), [listName]: filled });
}

function planItem(items: Schema, root: Schema, task: string, index: number, seed: number): unknown {
  const value = instance(items, { prompt: task, seed: seed + index, root });
  if (!isSchema(value) || !isSchema(items.properties)) return value;
  const result: Record<string, unknown> = { ...value };
  for (const [name, property] of Object.entries(items.properties)) {
    const type = isSchema(property) ? typeOf(resolve(property, root)) : '';
    const free = isSchema(property) && property.enum === undefined && property.const === undefined;
    if (
      type === 'string' &&
      free &&
      /^(?:title|name|prompt|objective|description|goal|task|instructions?|text|input)$/i.test(name)
    ) {
      result[name] = /^(?:title|name)$/i.test(name) ? task.slice(0, 80) : task;
    } else if (type === 'string' && free && /^id$/i.test(name)) result[name] = String(index + 1);
    else if (type === 'integer' && /^(?:id|order|step|number|index)$/i.test(name)) result[name] = index + 1;
    // A part is small enough; a plan that splits its own parts again would have no end.
    else if (type === 'boolean' && /split|delegate/i.test(name)) result[name] = false;
    else if (type === 'array' && /depends|after|requires|blocked/i.test(name)) result[name] = [];
  }
  return result;
}
