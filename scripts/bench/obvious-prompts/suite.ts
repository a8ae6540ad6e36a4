/**
 * Reads the obvious-prompt suite: a tuning and a held-out part, each with prompts and one or two label files.
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
  /** Whether a second labeller has labelled that part; where not, the first label is the truth. */
  labelledTwice: { tuning: boolean; heldOut: boolean };
}

/** Of a tuning prompt everything may be looked at; a held-out prompt is only for the final count. */
const tuningFiles = { prompts: 'prompts.jsonl', labelsA: 'labels-a.jsonl', labelsB: 'labels-b.jsonl' };
const heldOutFiles = {
  prompts: 'prompts-held-out-3.jsonl',
  labelsA: 'labels-a-held-out-3.jsonl',
  labelsB: 'labels-b-held-out-3.jsonl',
};
const hashFile = 'held-out-3.sha256';

type PromptLine = z.infer<typeof promptLine>;

/** SHA-256, in hexadecimal digits, of the sorted lines `["id","lang","prompt"]`, each followed by a newline. */
export function heldOutHash(prompts: readonly PromptLine[]): string {
  const lines = prompts.map(({ id, lang, prompt }) => `${JSON.stringify([id, lang, prompt])}\n`).sort();
  return createHash('sha256').update(lines.join('')).digest('hex');
}

/**
 * The suite in `folder`. Throws when a line has another shape, an id or a prompt occurs twice, a label file does not
 * cover exactly the prompts of its part, or the held-out prompts are not those whose hash was committed.
 */
export function readSuite(folder: string): Suite {
  const heldOutPrompts = readLines(join(folder, heldOutFiles.prompts), promptLine);
  const committed = readFileSync(join(folder, hashFile), 'utf8').trim();
  const actual = heldOutHash(heldOutPrompts);
  if (committed !== actual)
    throw new Error(
      `the held-out prompts hash to ${actual}, ${hashFile} says ${committed}: prompts were added, removed or changed after they were held out`,
    );
  const tuning = readPart(
    folder,
    tuningFiles,
    readLines(join(folder, tuningFiles.prompts), promptLine),
    false,
  );
  const heldOut = readPart(folder, heldOutFiles, heldOutPrompts, true);
  const items = [...tuning.items, ...heldOut.items];
  if (new Set(items.map((item) => item.id)).size !== items.length)
    throw new Error(`${tuningFiles.prompts}, ${heldOutFiles.prompts}: an id occurs twice`);
  // A held-out prompt that is also in the tuning part would be tuned on.
  if (new Set(items.map((item) => item.prompt)).size !== items.length)
    throw new Error(`${tuningFiles.prompts}, ${heldOutFiles.prompts}: a prompt occurs twice`);
  return {
    items,
    labelledTwice: { tuning: tuning.labelledTwice, heldOut: heldOut.labelledTwice },
  };
}

function readPart(
  folder: string,
  files: typeof tuningFiles,
  prompts: readonly PromptLine[],
  heldOut: boolean,
): { items: Item[]; labelledTwice: boolean } {
  const ids = prompts.map((prompt) => prompt.id);
  const a = readLabels(join(folder, files.labelsA), ids);
  const pathB = join(folder, files.labelsB);
  const b = existsSync(pathB) ? readLabels(pathB, ids) : undefined;
  const items = prompts.map((prompt) => {
    const labelA = labelOf(a, prompt.id);
    const labelB = b === undefined ? undefined : labelOf(b, prompt.id);
    const truth = labelB === undefined || labelA === labelB ? labelA : undefined;
    return { ...prompt, heldOut, labelA, labelB, truth };
  });
  return { items, labelledTwice: b !== undefined };
}

function readLabels(path: string, ids: readonly string[]): ReadonlyMap<string, Complexity> {
  const lines = readLines(path, labelLine);
  const labels = new Map(lines.map((line) => [line.id, line.label]));
  const known = new Set(ids);
  const unknown = lines.find((line) => !known.has(line.id));
  if (unknown !== undefined) throw new Error(`${path}: ${unknown.id} is not among the prompts of this part`);
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
