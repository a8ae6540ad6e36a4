/**
 * Fits the model that judges how a request is worded (config/task-model.json) on labelled prompts written for this
 * project (task-prompts/), and checks it on batches it was not fitted on.
 *
 *   node scripts/learning/fit-task-model.ts             fits on all of them and writes the file
 *   node scripts/learning/fit-task-model.ts --check     leaves one batch out at a time, writes nothing
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Complexity } from '../../config/config.ts';
import { packageRoot } from '../../config/paths.ts';
import { readText } from '../../router/classify/read-text.ts';
import { signalsOf } from '../../router/classify/signals.ts';
import {
  complexityOfWording,
  judgeWith,
  stemValue,
  type TaskModel,
} from '../../router/classify/task-model.ts';
import { readWording, type Wording } from '../../router/classify/wording.ts';
import { viewOf } from '../../router/classify.ts';
import { fitLogistic, type Row } from '../../router/learning/logistic.ts';
import { type Judged, score } from '../bench/obvious-prompts/score.ts';
import { type LabelledPrompt, rankOf, readBatches, readTuningPart } from './task-prompts.ts';

/** A word says something about tasks only if it occurs in several prompts. */
const leastOccurrences = 3;
/** Ridge penalty, in prompts. */
const penalty = 1;
/** Weights below this change nothing that can be seen. */
const leastWeight = 0.01;

/** Ways to write the same request, as scripts/bench/classify.ts has them: they must not change its class. */
const rewritings: ReadonlyArray<(text: string) => string> = [
  (text) =>
    `Hi! Could you please help me with this: ${text.slice(0, 1).toLowerCase()}${text.slice(1)} Thanks a lot!`,
  (text) => text.toUpperCase(),
  (text) => text.replace(/[.!?]+$/, ''),
];

const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
const batches = readBatches();
const tuning = readTuningPart();
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
    return { ...prompt, rules: rules.complexity, wording: readWording(facts, rules) };
  });
}

/** Some of the prompts once more, written differently. */
function rewritten(prompts: readonly LabelledPrompt[]): LabelledPrompt[] {
  return prompts.flatMap((one, at) => {
    const rewrite = rewritings[at % (2 * rewritings.length)];
    return rewrite === undefined ? [] : [{ ...one, prompt: rewrite(one.prompt) }];
  });
}

function fit(given: readonly Example[]): Pick<TaskModel, 'intercept' | 'features' | 'stems'> {
  const examples = [...given, ...read(rewritten(given))];
  const occurrences = new Map<string, number>();
  for (const { wording } of examples)
    for (const stem of new Set(wording.stems)) occurrences.set(stem, (occurrences.get(stem) ?? 0) + 1);
  const stems = [...occurrences].filter(([, count]) => count >= leastOccurrences).map(([stem]) => stem);
  const features = [...new Set(examples.flatMap(({ wording }) => [...wording.features.keys()]))];
  const placeOf = new Map(
    [...features, ...stems.map((stem) => `stem ${stem}`)].map((name, at) => [name, at]),
  );
  const rows = examples.map(({ wording }): Row => {
    const entries = [
      ...wording.features,
      ...[...new Set(wording.stems)].map((stem): [string, number] => [`stem ${stem}`, stemValue]),
    ].flatMap(([name, value]) => {
      const place = placeOf.get(name);
      return place === undefined ? [] : [[place, value] as const];
    });
    return {
      indices: Int32Array.from(entries, ([place]) => place),
      values: Float64Array.from(entries, ([, value]) => value),
    };
  });
  const heads = [1, 2].map((least) =>
    fitLogistic(
      rows,
      examples.map(({ label }) => (rankOf(label) >= least ? 1 : 0)),
      { features: placeOf.size, penalty: () => penalty, iterations: 300 },
    ),
  );
  const weightsAt = (place: number): [number, number] => [
    round(heads[0]?.weights[place] ?? 0),
    round(heads[1]?.weights[place] ?? 0),
  ];
  const pick = (names: readonly string[], prefix: string): Record<string, [number, number]> =>
    Object.fromEntries(
      names
        .map((name): [string, [number, number]] => [name, weightsAt(placeOf.get(`${prefix}${name}`) ?? -1)])
        .filter(([, pair]) => pair.some((weight) => Math.abs(weight) >= leastWeight))
        .sort(([one], [other]) => (one < other ? -1 : 1)),
    );
  return {
    intercept: [round(heads[0]?.intercept ?? 0), round(heads[1]?.intercept ?? 0)],
    features: pick(features, ''),
    stems: pick(stems, 'stem '),
  };
}

function round(weight: number): number {
  return Math.round(weight * 1000) / 1000;
}

function modelOf(examples: readonly Example[]): TaskModel {
  return {
    format: 'swarmd-task-model',
    version: 1,
    provenance: {
      learnedAt: new Date().toISOString(),
      source: 'prompts written for this project (scripts/learning/task-prompts)',
      sha256: batches.sha256,
      prompts: examples.length,
    },
    ...fit(examples),
  };
}

function write(): void {
  const examples = read(batches.prompts);
  const path = join(packageRoot(), 'config', 'task-model.json');
  const model = modelOf(examples);
  // One weight a line: what changed between two fits can be read.
  const lines = JSON.stringify(model, null, 2).replaceAll(/\[\s+(-?[\d.]+),\s+(-?[\d.]+)\s+\]/g, '[$1, $2]');
  writeFileSync(path, `${lines}\n`);
  console.log(`${path}: ${examples.length} prompts`);
}

function check(): void {
  const own = read(batches.prompts);
  console.log(`${'fitted on the other batches, checked on'.padEnd(42)}right     over  under  complex→simple`);
  for (const batch of new Set(own.map((one) => one.batch))) {
    const model = modelOf(own.filter((one) => one.batch !== batch));
    printLine(
      batch,
      model,
      own.filter((one) => one.batch === batch),
    );
  }
  const suite = read(tuning);
  printLine('the tuning part, fitted on none of it', modelOf(own), suite);
  printLine(
    '  English',
    modelOf(own),
    suite.filter((one) => one.lang === 'en'),
  );
  printLine(
    '  other languages',
    modelOf(own),
    suite.filter((one) => one.lang !== 'en'),
  );
}

function printLine(name: string, model: TaskModel, examples: readonly Example[]): void {
  const judged = examples.map(
    ({ lang, label, wording, rules }): Judged => ({
      lang,
      truth: label,
      said: wording.tells ? complexityOfWording(judgeWith(model, wording)) : rules,
    }),
  );
  const { items, accuracy, overRouted, underRouted, complexToSimple } = score(judged);
  const cells = [accuracy, overRouted, underRouted].map((share) =>
    `${(100 * share).toFixed(1)} %`.padStart(8),
  );
  console.log(
    `${name.padEnd(38)}${String(items).padStart(4)}${cells.join('')}${String(complexToSimple).padStart(8)}`,
  );
}
