/**
 * Fits the model that judges how a request is worded (config/task-model.json) on labelled prompts written for this
 * project: task-prompts/ and the tuning part of the obvious prompts.
 *
 *   node scripts/learning/fit-task-model.ts             fits on all of them and writes the file (a minute)
 *   node scripts/learning/fit-task-model.ts --check     leaves one author out at a time, writes nothing (a quarter of
 *                                                       an hour); names after it choose some: --check suite batch-9
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Complexity } from '../../config/config.ts';
import { packageRoot } from '../../config/paths.ts';
import { letterPlaces, readings } from '../../router/classify/letters.ts';
import { readText } from '../../router/classify/read-text.ts';
import { signalsOf } from '../../router/classify/signals.ts';
import { complexityOfWording, judgeReading, type TaskModel } from '../../router/classify/task-model.ts';
import { readWording, type Wording } from '../../router/classify/wording.ts';
import { viewOf } from '../../router/classify.ts';
import { fitLogistic, type LogisticModel, type Row } from '../../router/learning/logistic.ts';
import { type Judged, score } from '../bench/obvious-prompts/score.ts';
import { corpusHash, type LabelledPrompt, rankOf, readBatches, readTuningPart } from './task-prompts.ts';

/**
 * Ridge penalties, in prompts: much data may move letters easily, a concept only slowly. Found by leaving out one
 * author at a time; anything near does as well.
 */
const penalties = { concept: 11, layout: 1, instruction: 1 / 36, prompt: 1 / 16 };
const iterations = 120;
/** Weights below this change nothing that can be seen. */
const leastWeight = 0.01;

/** Ways to write the same request, as scripts/bench/classify.ts has them: they must not change its class. */
const rewritings: ReadonlyArray<(text: string) => string> = [
  (text) =>
    `Hi! Could you please help me with this: ${text.slice(0, 1).toLowerCase()}${text.slice(1)} Thanks a lot!`,
  (text) => text.toUpperCase(),
  (text) => text.replace(/[.!?]+$/, ''),
];

const { values, positionals } = parseArgs({
  options: { check: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const batches = readBatches();
const tuning = readTuningPart();
const all = [...batches.prompts, ...tuning.prompts];
if (values.check) check();
else write();

interface Example extends LabelledPrompt {
  wording: Wording;
  /** What the rules say; it stands where the wording tells nothing. */
  rules: Complexity;
}

function read(prompts: readonly LabelledPrompt[]): Example[] {
  return prompts.map((prompt) => {
    const facts = readText(prompt.prompt);
    const rules = viewOf(signalsOf(facts));
    return { ...prompt, rules: rules.complexity, wording: readWording(prompt.prompt, facts, rules) };
  });
}

/** Some of the prompts once more, written differently. */
function rewritten(prompts: readonly LabelledPrompt[]): LabelledPrompt[] {
  return prompts.flatMap((one, at) => {
    const rewrite = rewritings[at % (2 * rewritings.length)];
    return rewrite === undefined ? [] : [{ ...one, prompt: rewrite(one.prompt) }];
  });
}

type Fitted = Pick<TaskModel, 'intercept' | 'features' | 'letters'>;

function fit(given: readonly Example[]): Fitted {
  const examples = [...given, ...read(rewritten(given))];
  const names = [...new Set(examples.flatMap(({ wording }) => [...wording.features.keys()]))].sort();
  const placeOf = new Map(names.map((name, at) => [name, at]));
  const startOf = { instruction: names.length, prompt: names.length + letterPlaces };
  const rows = examples.map(({ wording }): Row => {
    const indices: number[] = [];
    const values: number[] = [];
    for (const [name, value] of wording.features) {
      indices.push(placeOf.get(name) ?? -1);
      values.push(value);
    }
    for (const reading of readings) {
      const runs = wording.letters[reading];
      runs.places.forEach((place, at) => {
        indices.push(startOf[reading] + place);
        values.push(runs.values[at] ?? 0);
      });
    }
    return { indices: Int32Array.from(indices), values: Float64Array.from(values) };
  });
  const penalty = (place: number): number => {
    if (place >= startOf.prompt) return penalties.prompt;
    if (place >= startOf.instruction) return penalties.instruction;
    return names[place]?.startsWith('layout: ') === true ? penalties.layout : penalties.concept;
  };
  const [moderate, complex] = [1, 2].map((least) =>
    fitLogistic(
      rows,
      examples.map(({ label }) => (rankOf(label) >= least ? 1 : 0)),
      { features: names.length + readings.length * letterPlaces, penalty, iterations },
    ),
  );
  if (moderate === undefined || complex === undefined) throw new Error('two models are fitted');
  const heads: Heads = [moderate, complex];
  return {
    intercept: [round(moderate.intercept), round(complex.intercept)],
    features: Object.fromEntries(
      names
        .map((name, at): [string, [number, number]] => [
          name,
          [round(moderate.weights[at] ?? 0), round(complex.weights[at] ?? 0)],
        ])
        .filter(([, pair]) => pair.some((weight) => Math.abs(weight) >= leastWeight)),
    ),
    letters: {
      instruction: packLetters(heads, startOf.instruction),
      prompt: packLetters(heads, startOf.prompt),
    },
  };
}

type Heads = readonly [LogisticModel, LogisticModel];

/** Weights in steps of a 127th of the largest: 0.1 points of the share right are not lost by it. */
function packLetters(heads: Heads, start: number): TaskModel['letters']['prompt'] {
  const bytes = new Int8Array(2 * letterPlaces);
  const scales = heads.map(({ weights }, head) => {
    const own = weights.subarray(start, start + letterPlaces);
    const largest = own.reduce((most, weight) => Math.max(most, Math.abs(weight)), 1e-9);
    own.forEach((weight, place) => {
      bytes[head * letterPlaces + place] = Math.round((127 * weight) / largest);
    });
    return Number((largest / 127).toPrecision(6));
  });
  return { scale: [scales[0] ?? 0, scales[1] ?? 0], weights: bytes };
}

function round(weight: number): number {
  return Math.round(weight * 1000) / 1000;
}

function modelOf(examples: readonly Example[]): TaskModel {
  return {
    format: 'swarmd-task-model',
    version: 2,
    provenance: {
      learnedAt: new Date().toISOString(),
      source:
        'prompts written for this project (scripts/learning/task-prompts, tuning part of scripts/bench/obvious-prompts)',
      sha256: corpusHash(batches, tuning),
      prompts: examples.length,
    },
    ...fit(examples),
  };
}

function write(): void {
  const examples = read(all);
  const path = join(packageRoot(), 'config', 'task-model.json');
  const { letters, ...model } = modelOf(examples);
  const packed = Object.fromEntries(
    readings.map((reading) => [
      reading,
      { ...letters[reading], weights: Buffer.from(letters[reading].weights).toString('base64') },
    ]),
  );
  // One weight a line: what changed between two fits can be read, but for the letters.
  const lines = JSON.stringify({ ...model, letters: packed }, null, 2).replaceAll(
    /\[\s+(-?[\d.e-]+),\s+(-?[\d.e-]+)\s+\]/g,
    '[$1, $2]',
  );
  writeFileSync(path, `${lines}\n`);
  console.log(`${path}: ${examples.length} prompts`);
}

/** Leaves one author out at a time: what the model says of prompts in a style that it has not seen. */
function check(): void {
  const examples = read(all);
  console.log(`${'fitted on all others, checked on'.padEnd(42)}right     over  under  complex→simple`);
  const checked: Judged[] = [];
  const chosen = (batch: string): boolean => positionals.length === 0 || positionals.includes(batch);
  for (const batch of new Set(examples.map((one) => one.batch).filter(chosen))) {
    const others = examples.filter((one) => one.batch !== batch);
    const judged = judge(
      modelOf(others),
      examples.filter((one) => one.batch === batch),
    );
    printLine(batch, judged);
    checked.push(...judged);
  }
  printLine('all, each by a model without its author', checked);
}

function judge(model: TaskModel, examples: readonly Example[]): Judged[] {
  return examples.map(({ lang, label, wording, rules }) => {
    const judged = judgeReading(model, wording);
    return { lang, truth: label, said: judged === undefined ? rules : complexityOfWording(judged) };
  });
}

function printLine(name: string, judged: readonly Judged[]): void {
  const { items, accuracy, overRouted, underRouted, complexToSimple } = score(judged);
  const cells = [accuracy, overRouted, underRouted].map((share) =>
    `${(100 * share).toFixed(1)} %`.padStart(8),
  );
  console.log(
    `${name.padEnd(38)}${String(items).padStart(4)}${cells.join('')}${String(complexToSimple).padStart(8)}`,
  );
}
