/** `swarmd replay`: what the ledger's actions would have cost, and how good, with another threshold or policy. */
import { existsSync } from 'node:fs';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type PolicyName, policyNames } from '../../config/config.ts';
import { toUsd } from '../../config/money.ts';
import { sinceTime } from '../../daemon/http/query.ts';
import { type Interval, type Replay, type ReplayMeasures, replay } from '../../router/learning/replay.ts';
import { print, screenWidth, startProgress, tell } from '../terminal/output.ts';
import { jsonLine } from '../terminal/safe-text.ts';
import { type Column, tableLines } from '../terminal/table.ts';
import { count, dollars } from '../terminal/words.ts';
import { learnedHere } from './learned-file.ts';
import { type RecordedActions, readActions } from './replay-actions.ts';
import { type CommonOptions, configOf, withCommonOptions } from './settings.ts';

interface ReplayCommandOptions extends CommonOptions {
  since: string;
  threshold?: number;
  policy?: PolicyName;
  seed: number;
}

export function registerReplay(program: Command): void {
  withCommonOptions(
    program
      .command('replay')
      .description('what past actions would have cost, and how good, with another threshold or policy'),
  )
    .addOption(new Option('--since <time>', 'from: 24h, 7d, 2026-11-21').default('7d'))
    .addOption(
      new Option(
        '--threshold <0..1>',
        'accept answers from this quality on (default: as configured)',
      ).argParser(share),
    )
    .addOption(
      new Option(
        '--policy <name>',
        'plan by this policy (default: the models that were planned then)',
      ).choices(policyNames),
    )
    .addOption(new Option('--seed <n>', 'of what is drawn').default(1).argParser(whole))
    .addHelpText(
      'after',
      `
Answers that an action's own record has count as they were. A model that was not asked is represented by an answer
it gave to another action of the same type and complexity, drawn at random; intervals are 95 % bootstrap intervals.

Example:
  swarmd replay --since 7d --threshold 0.8
  swarmd replay --policy token-threshold --json`,
    )
    .action(run);
}

function share(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0 && value <= 1))
    throw new InvalidArgumentError('It must be a number from 0 to 1.');
  return value;
}

function whole(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}

const rounds = 300;

async function run(options: ReplayCommandOptions): Promise<void> {
  const { config } = configOf(options);
  const now = Date.now();
  const since = sinceTime(options.since, now);
  const threshold = options.threshold ?? config.routing.qualityThreshold;
  const learned = learnedHere(options);
  const progress = startProgress('reading the ledger');
  let recorded: RecordedActions = {
    actions: [],
    pool: new Map(),
    answers: { labelled: 0, calibrated: 0, stated: 0 },
    judge: { regated: 0 },
    leftOut: 0,
  };
  let result: Replay;
  try {
    if (existsSync(config.memory.path)) {
      const { openRecordFile } = await import('./record-file.ts');
      const store = openRecordFile(config.memory.path);
      try {
        const plan = { config, learned, threshold, policy: options.policy, now };
        recorded = await readActions(store, since, plan, progress.update);
      } finally {
        store.close();
      }
    }
    result = replay(recorded.actions, recorded.pool, {
      maxEscalations: config.routing.maxFallbackAttempts,
      seed: options.seed,
      rounds,
      progress: (part) => progress.update(`replaying: ${Math.round(100 * part)} %`),
    });
  } finally {
    progress.end();
  }
  for (const warning of warningsOf(result, recorded.judge.regated)) tell(`swarmd: WARNING: ${warning}`);
  if (options.json === true) print(jsonLine(replayJson(result, recorded, { ...options, threshold })));
  else for (const line of replayLines(result, recorded, { ...options, threshold })) print(line);
}

function money(nano: number): string {
  return `${nano < 0 ? '-' : ''}${dollars(toUsd(Math.abs(Math.round(nano))))}`;
}

interface Asked {
  since: string;
  threshold: number;
  policy?: PolicyName;
  seed: number;
}

function replayJson(result: Replay, { answers, judge, leftOut }: RecordedActions, asked: Asked) {
  // Of no action there is no figure: zero would be one.
  const figures = <T>(of: T): T | null => (result.actions === 0 ? null : of);
  const measuresOf = (of: Record<keyof ReplayMeasures, Interval>) => {
    const { cost, ...rest } = of;
    return { cost_usd: { value: toUsd(cost.value), low: toUsd(cost.low), high: toUsd(cost.high) }, ...rest };
  };
  const { cost, ...actual } = result.actual;
  return {
    since: asked.since,
    threshold: asked.threshold,
    policy: asked.policy ?? null,
    seed: asked.seed,
    actions: result.actions,
    exact: result.exact,
    estimated: result.actions - result.exact,
    of_these_by_another_model: result.borrowed,
    estimated_by: {
      same_type_and_complexity: result.representedBy.sameKind,
      same_complexity: result.representedBy.sameComplexity,
      any: result.representedBy.any,
    },
    judged_by_another_gate_then: judge.regated,
    left_out: { not_one_request: leftOut, no_answer_of_a_model: result.unknown },
    warnings: warningsOf(result, judge.regated),
    chance_of_good_from: answers,
    actual: figures({ cost_usd: toUsd(cost), ...actual }),
    replayed: figures(measuresOf(result.replayed)),
    difference: figures(measuresOf(result.difference)),
  };
}

/** With more actions than this answered by a stand-in the figures are about the stand-in. */
const mostBorrowed = 0.25;

/** Intervals are of the draws: how unlike a stand-in is to the model that it stands for, they do not know. */
function warningsOf({ actions, borrowed }: Replay, regated: number): string[] {
  return [
    ...(borrowed <= mostBorrowed * actions
      ? []
      : [
          `${count(borrowed)} of ${count(actions)} actions would have asked a model of which no answer is recorded, and are represented by answers of another model of its tier: cost and quality may be far from these figures, and outside their intervals`,
        ]),
    ...(regated === 0
      ? []
      : [
          `${count(regated)} answers had another quality by the gate of their time than by the one in force: as it was is what that gate accepted, replayed what this one would accept, and part of the difference is the gate's`,
        ]),
  ];
}

/** What is left out, counted by its reason. */
function leftOutOf(several: number, unknown: number): string[] {
  return [
    ...(several === 0 ? [] : [`${count(several)} that are no single request`]),
    ...(unknown === 0 ? [] : [`${count(unknown)} that would have asked a model without a recorded answer`]),
  ];
}

function estimatedBy({ representedBy: { sameKind, sameComplexity, any } }: Replay): string {
  return `estimated from answers of the same type and complexity: ${count(sameKind)}, of the same complexity only: ${count(sameComplexity)}, of any: ${count(any)}`;
}

function replayLines(result: Replay, { answers, leftOut }: RecordedActions, asked: Asked): string[] {
  const how = `threshold ${asked.threshold}${asked.policy === undefined ? '' : `, policy ${asked.policy}`}, seed ${asked.seed}`;
  if (result.actions === 0)
    return [
      leftOut + result.unknown === 0
        ? `nothing to replay since ${asked.since}: no answer was judged in that time; an earlier one: --since 30d (${how})`
        : `nothing to replay since ${asked.since}: left out ${leftOutOf(leftOut, result.unknown).join(', ')} (${how})`,
    ];
  interface Line {
    what: string;
    name: keyof ReplayMeasures;
    show: (value: number) => string;
  }
  const percent = (value: number) => `${(100 * value).toFixed(1)} %`;
  const lines: Line[] = [
    { what: 'cost', name: 'cost', show: money },
    { what: 'good answers', name: 'good', show: percent },
    { what: 'answered by the API', name: 'api', show: percent },
    { what: 'below the threshold', name: 'degraded', show: percent },
    { what: 'answers asked for, per action', name: 'calls', show: (value) => value.toFixed(2) },
  ];
  const between = (show: Line['show'], { value, low, high }: Interval) =>
    `${show(value)} [${show(low)}, ${show(high)}]`;
  const columns: Column<Line>[] = [
    { title: 'OF THE ACTIONS', value: (line) => line.what },
    { title: 'AS IT WAS', value: (line) => line.show(result.actual[line.name]), align: 'right' },
    { title: 'REPLAYED [95 %]', value: (line) => between(line.show, result.replayed[line.name]) },
    { title: 'DIFFERENCE [95 %]', value: (line) => between(line.show, result.difference[line.name]) },
  ];
  const { labelled, calibrated, stated } = answers;
  const left = leftOutOf(leftOut, result.unknown);
  return [
    `${count(result.actions)} actions since ${asked.since}, ${how}: ${count(result.exact)} by their own record, ${count(result.actions - result.exact)} estimated from answers of their kind${result.borrowed === 0 ? '' : ` (${count(result.borrowed)} by those of another model of the tier, at the model's own price)`}`,
    ...(result.actions === result.exact ? [] : [estimatedBy(result)]),
    ...(left.length === 0 ? [] : [`left out: ${left.join(', ')}`]),
    '',
    ...tableLines(lines, columns, screenWidth()),
    '',
    `whether an answer is good: ${count(labelled)} by a label, ${count(calibrated)} by the calibrated chance, ${count(stated)} by the gate's uncalibrated word${stated > 0 ? ' (swarmd learn calibrates it)' : ''}`,
  ];
}
