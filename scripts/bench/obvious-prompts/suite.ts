/**
 * Reads the obvious-prompt suite: prompts, one or two label files, and the split into a tuning and a held-out part.
 * README.md beside this file says where each comes from.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { type Complexity, complexities } from '../../../config/config.ts';

const promptLine = z.strictObject({
  id: z.string().min(1),
  lang: z.string().min(2),
  prompt: z.string().min(1),
});
const labelLine = z.strictObject({
  id: z.string().min(1),
  label: z.enum(complexities),
  reason: z.string().min(1),
});

export interface Item {
  id: string;
  lang: string;
  prompt: string;
  heldOut: boolean;
  labelA: Complexity;
  /** Undefined while nobody has labelled a second time. */
  labelB: Complexity | undefined;
  /** Undefined where the two labels differ; with one label file, that label. */
  truth: Complexity | undefined;
}

export interface Suite {
  items: readonly Item[];
  labelledTwice: boolean;
}

/** A third of all ids, by their hash: nobody can choose which. */
export function isHeldOut(id: string): boolean {
  return (
    Number.parseInt(createHash('sha256').update(`obvious:${id}`).digest('hex').slice(0, 8), 16) % 3 === 0
  );
}

/** SHA-256 of the sorted held-out ids, each followed by a newline, in hexadecimal digits. */
export function heldOutHash(ids: readonly string[]): string {
  const heldOut = ids.filter(isHeldOut).sort();
  return createHash('sha256')
    .update(heldOut.map((id) => `${id}\n`).join(''))
    .digest('hex');
}

/**
 * The suite in `folder` (prompts.jsonl, labels-a.jsonl, held-out.sha256 and, when present, labels-b.jsonl).
 * Throws when a line has another shape, a label file does not cover exactly the prompts, or the held-out ids are
 * not those whose hash was committed.
 */
export function readSuite(folder: string): Suite {
  const prompts = readLines(join(folder, 'prompts.jsonl'), promptLine);
  const ids = prompts.map((prompt) => prompt.id);
  if (new Set(ids).size !== ids.length) throw new Error('prompts.jsonl: an id occurs twice');
  const committed = readFileSync(join(folder, 'held-out.sha256'), 'utf8').trim();
  const actual = heldOutHash(ids);
  if (committed !== actual)
    throw new Error(
      `the held-out ids hash to ${actual}, held-out.sha256 says ${committed}: prompts were added or removed after the split`,
    );
  const a = readLabels(join(folder, 'labels-a.jsonl'), ids);
  const pathB = join(folder, 'labels-b.jsonl');
  const b = existsSync(pathB) ? readLabels(pathB, ids) : undefined;
  const items = prompts.map((prompt) => {
    const labelA = labelOf(a, prompt.id);
    const labelB = b === undefined ? undefined : labelOf(b, prompt.id);
    const truth = labelB === undefined || labelA === labelB ? labelA : undefined;
    return { ...prompt, heldOut: isHeldOut(prompt.id), labelA, labelB, truth };
  });
  return { items, labelledTwice: b !== undefined };
}

function readLabels(path: string, ids: readonly string[]): ReadonlyMap<string, Complexity> {
  const lines = readLines(path, labelLine);
  const labels = new Map(lines.map((line) => [line.id, line.label]));
  const known = new Set(ids);
  const unknown = lines.find((line) => !known.has(line.id));
  if (unknown !== undefined) throw new Error(`${path}: ${unknown.id} is not in prompts.jsonl`);
  if (labels.size !== lines.length) throw new Error(`${path}: an id occurs twice`);
  const missing = ids.filter((id) => !labels.has(id));
  if (missing.length > 0)
    throw new Error(`${path}: ${missing.length} prompts have no label, the first is ${missing[0]}`);
  return labels;
}

function labelOf(labels: ReadonlyMap<string, Complexity>, id: string): Complexity {
  const label = labels.get(id);
  if (label === undefined) throw new Error(`${id} has no label`);
  return label;
}

function readLines<T>(path: string, shape: z.ZodType<T>): T[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .flatMap((line, index) => {
      if (line.trim() === '') return [];
      try {
        return [shape.parse(JSON.parse(line))];
      } catch (cause) {
        throw new Error(`${path}:${index + 1}: not a line of the suite`, { cause });
      }
    });
}
