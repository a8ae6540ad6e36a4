/**
 * How often a rollout comes back, by the true shares of good answers: as good as the baseline it should not, clearly
 * worse it should, and soon. The rule itself (router/experiment/verdict.ts) judges after every answer, as the daemon
 * does at most; answers are drawn from a seeded sequence, so the table is the same every time.
 *
 *   node scripts/bench/rollout.ts [ROLLOUTS]
 */
import type { Experiment } from '../../router/experiment/experiment.ts';
import { judgeRollout, type Tally } from '../../router/experiment/verdict.ts';
import { seededRandom } from '../../router/learning/evaluate.ts';
import { print, tell } from '../terminal/output.ts';
import { tableLines } from '../terminal/table.ts';

/** As `swarmd rollout TIER 10%,50%,100%` starts it. */
const minimumAnswers = 100;
const fresh: Experiment = {
  name: 'bench',
  kind: 'rollout',
  state: 'running',
  baseline: { name: 'baseline', settings: {} },
  tried: { name: 'rollout', settings: {} },
  steps: [
    { share: 0.1, since: 0 },
    { share: 0.5, since: null },
    { share: 1, since: null },
  ],
  minimumAnswers,
  tolerance: 0.05,
  budget: 0,
  spent: 0,
  reserved: 0,
  startedAt: 0,
  endedAt: null,
  reason: null,
};
/** As in memory/experiments.ts. */
const newest = 500;
const mostRequests = 6_000;
const none: Tally = { count: 0, good: 0 };

/** The requests it took until it came back, or undefined: it went all the way. */
function play(rates: { baseline: number; tried: number }, random: () => number): number | undefined {
  let experiment = fresh;
  let sinceStep = 0;
  const answers: { baseline: boolean[]; tried: boolean[] } = { baseline: [], tried: [] };
  for (let asked = 1; asked <= mostRequests; asked += 1) {
    const share = experiment.steps.findLast((step) => step.since !== null)?.share ?? 0;
    const arm = random() < share ? 'tried' : 'baseline';
    answers[arm].push(random() < rates[arm]);
    if (arm === 'tried') sinceStep += 1;
    const verdict = judgeRollout(experiment, {
      baseline: { answers: tally(answers.baseline), labels: none, hardFailures: 0 },
      tried: { answers: tally(answers.tried), labels: none, hardFailures: 0 },
      sinceStep,
    });
    if (verdict.kind === 'return') return asked;
    if (share === 1 && sinceStep >= minimumAnswers) return undefined;
    if (verdict.kind !== 'advance') continue;
    const { toStep } = verdict;
    const steps = experiment.steps.map((step, at) => (at === toStep ? { ...step, since: asked } : step));
    experiment = { ...experiment, steps };
    sinceStep = 0;
  }
  return undefined;
}

function tally(all: readonly boolean[]): Tally {
  const window = all.slice(-newest);
  return { count: window.length, good: window.filter(Boolean).length };
}

const usage = `node scripts/bench/rollout.ts [ROLLOUTS]
  How often a rollout comes back, by the true shares of good answers. ROLLOUTS of each pair: 1 to 100000, default 400.`;

/** Ends the process where it was asked for help or nonsense. */
function rolloutsAsked(args: readonly string[]): number {
  const [said = '400', ...more] = args;
  if (args.includes('--help') || args.includes('-h')) {
    print(usage);
    process.exit(0);
  }
  const number = Number(said);
  if (more.length === 0 && Number.isInteger(number) && number >= 1 && number <= 100_000) return number;
  tell(`rollout.ts: ${JSON.stringify(args.join(' '))} is no number of rollouts\n${usage}`);
  process.exit(64);
}

const rollouts = rolloutsAsked(process.argv.slice(2));
const pairs: readonly (readonly [number, number])[] = [
  [0.95, 0.95],
  [0.9, 0.9],
  [0.8, 0.8],
  [0.95, 0.9],
  [0.95, 0.85],
  [0.95, 0.8],
  [0.95, 0.7],
  [0.95, 0.5],
];
const rows = pairs.map(([baseline, tried]) => {
  const random = seededRandom(7);
  const ends = Array.from({ length: rollouts }, () => play({ baseline, tried }, random));
  const returned = ends.filter((end) => end !== undefined);
  const mean = returned.reduce((sum, asked) => sum + asked, 0) / returned.length;
  return { baseline, tried, returned: returned.length / rollouts, mean };
});
const lines = tableLines(
  rows,
  [
    { title: 'BASELINE', value: (row) => row.baseline.toFixed(2) },
    { title: 'TRIED', value: (row) => row.tried.toFixed(2) },
    { title: 'RETURNED', value: (row) => `${(100 * row.returned).toFixed(1)} %`, align: 'right' },
    {
      title: 'AFTER',
      value: (row) => (Number.isNaN(row.mean) ? '-' : `${Math.round(row.mean)} requests`),
      align: 'right',
    },
  ],
  100,
);
for (const line of lines) print(line);
