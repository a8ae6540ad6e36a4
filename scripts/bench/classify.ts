/**
 * How fast the classification is, and how well its score ranks prompts by their need of the strong model.
 *
 *   node scripts/bench/classify.ts [DATA]      DATA: a folder with *-recorded.dev.jsonl (default ../shared/data)
 *
 * Speed is printed beside the cheapest thing any router does, estimating the prompt's tokens, in the same run.
 * Ranking is APGR (router/learning/apgr.ts) beside prompt length and random, with 95 % bootstrap intervals.
 * The score is that of the rules, unlearned.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { classify } from '../../router/classify.ts';
import { apgr, bootstrap, cpt, type ScoredOutcome } from '../../router/learning/apgr.ts';
import { estimateTokens } from '../../router/tokens.ts';
import type { Request } from '../../router/types.ts';

interface Recorded {
  prompt: string;
  weak: { correct: boolean };
  strong: { correct: boolean };
}

const folder = process.argv[2] ?? '../shared/data';
const sets = ['gsm8k', 'mmlu'] as const;
const recorded = new Map<string, Recorded[]>();
for (const name of sets) {
  const file = join(folder, `${name}-recorded.dev.jsonl`);
  if (!existsSync(file)) {
    console.error(`${file} is not there: give the folder that holds the recorded prompts`);
    process.exit(64);
  }
  const lines = readFileSync(file, 'utf8').split('\n');
  recorded.set(
    name,
    lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Recorded),
  );
}

function requestOf(userText: string): Request {
  return {
    origin: { actionId: 'bench' },
    type: 'prompt',
    messages: [{ role: 'user', content: userText }],
    userText,
    privacy: 'any',
    qualityThreshold: 0.7,
    mustPass: false,
    critical: false,
    deadlineAt: Number.MAX_SAFE_INTEGER,
    priority: 5,
    cacheable: true,
  };
}

/** Microseconds of each call; the best of `passes`, so that another process's turn is not counted. */
function timed<T>(values: readonly T[], passes: number, work: (value: T) => unknown): number[] {
  const best = values.map(() => Number.POSITIVE_INFINITY);
  for (let pass = 0; pass < passes; pass += 1) {
    values.forEach((value, at) => {
      const before = performance.now();
      work(value);
      best[at] = Math.min(best[at] ?? Number.POSITIVE_INFINITY, (performance.now() - before) * 1_000);
    });
  }
  return best.sort((one, other) => one - other);
}

const at = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;

function speedLine(name: string, texts: readonly string[], passes: number): string {
  const requests = texts.map(requestOf);
  for (const request of requests) classify(request);
  const ours = timed(requests, passes, classify);
  const baseline = timed(texts, passes, estimateTokens);
  const figures = [at(ours, 0.5), at(ours, 0.99), at(baseline, 0.5), at(baseline, 0.99)];
  const cells = figures.map((figure) => figure.toFixed(0).padStart(8)).join('');
  const ratio = (at(ours, 0.5) / at(baseline, 0.5)).toFixed(1);
  return `${name.padEnd(34)}${cells}   ${ratio} x`;
}

const ordinary = [...recorded.values()].flat().map((row) => row.prompt);
const joined = ordinary.join('\n');
const long = Array.from({ length: 12 }, (_, piece) => joined.slice(piece * 80_000, (piece + 1) * 80_000));

console.log('speed, microseconds; the baseline estimates the tokens and nothing else');
console.log(
  `${''.padEnd(34)}${'p50'.padStart(8)}${'p99'.padStart(8)}${'base p50'.padStart(8 + 1)}${'p99'.padStart(7)}   ratio of p50`,
);
console.log(speedLine(`${ordinary.length} recorded prompts`, ordinary, 5));
console.log(speedLine(`${long.length} texts of 80 KB`, long, 15));

/** A small generator with a seed (mulberry32), so that two runs print the same intervals. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

console.log('\nranking: APGR [95 % bootstrap], CPT(50), CPT(80)');
for (const name of sets) {
  const rows = recorded.get(name) ?? [];
  const outcomesOf = (score: (row: Recorded) => number): ScoredOutcome[] =>
    rows.map((row) => ({
      weakCorrect: row.weak.correct,
      strongCorrect: row.strong.correct,
      score: score(row),
    }));
  const random = generator(7);
  const scorers: Array<[string, ScoredOutcome[]]> = [
    ['classification score', outcomesOf((row) => classify(requestOf(row.prompt)).score)],
    ['prompt length', outcomesOf((row) => row.prompt.length)],
    ['random (one draw)', outcomesOf(() => random())],
    ['oracle', outcomesOf((row) => Number(row.strong.correct) - Number(row.weak.correct))],
  ];
  console.log(`${name}, ${rows.length} prompts`);
  for (const [scorer, outcomes] of scorers) {
    const { value, low, high } = bootstrap(outcomes, apgr, { resamples: 500, random: generator(11) });
    const thresholds = [0.5, 0.8].map((share) => `${(100 * cpt(outcomes, share)).toFixed(1)} %`);
    console.log(
      `  ${scorer.padEnd(22)} ${value.toFixed(3)} [${low.toFixed(3)}..${high.toFixed(3)}]   ${thresholds.join('   ')}`,
    );
  }
}

/** Ways to write the same request; a judgement that changes with them judges the writing. */
const rewritings: Array<[string, (text: string, random: () => number) => string]> = [
  ['polite frame', (text) => `Hi! Could you please help me with this: ${lowerFirst(text)} Thanks a lot!`],
  ['capitals only', (text) => text.toUpperCase()],
  ['no punctuation at the end', (text) => text.replace(/[.!?]+$/, '')],
  ['spaces and line breaks', (text) => `\n  ${text.replaceAll(' ', '  ')}\n`],
  ['two letters swapped in every tenth word', swapLetters],
];

function lowerFirst(text: string): string {
  return `${text.slice(0, 1).toLowerCase()}${text.slice(1)}`;
}

function swapLetters(text: string, random: () => number): string {
  return text.replace(/[A-Za-z]{4,}/g, (word) => {
    if (random() > 0.1) return word;
    const place = 1 + Math.floor(random() * (word.length - 2));
    return `${word.slice(0, place)}${word[place + 1]}${word[place]}${word.slice(place + 2)}`;
  });
}

console.log('\nrobustness: share of prompts whose complexity stays when they are written differently');
for (const name of sets) {
  const texts = (recorded.get(name) ?? []).map((row) => row.prompt).slice(0, 2_000);
  console.log(`${name}, ${texts.length} prompts`);
  for (const [rewriting, rewrite] of rewritings) {
    const random = generator(13);
    const kept = texts.filter(
      (text) =>
        classify(requestOf(text)).complexity === classify(requestOf(rewrite(text, random))).complexity,
    );
    console.log(`  ${rewriting.padEnd(42)} ${((100 * kept.length) / texts.length).toFixed(1)} %`);
  }
}
