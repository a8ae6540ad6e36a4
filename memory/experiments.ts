/** Experiments in the record: what runs, since when, with which share, and why one ended. */
import { SwarmdError } from '../config/errors.ts';
import type { NanoUsd } from '../config/money.ts';
import {
  currentStep,
  type Experiment,
  type ExperimentArm,
  type ExperimentKind,
  type ExperimentState,
  type ExperimentStep,
} from '../router/experiment/experiment.ts';
import type { ArmTally, judgeRollout } from '../router/experiment/verdict.ts';
import type { Store } from './database.ts';
import { failedHard, surestLabel } from './sql/surest-label.ts';

export interface NewExperiment {
  name: string;
  kind: ExperimentKind;
  baseline: ExperimentArm;
  tried: ExperimentArm;
  shares: readonly number[];
  minimumAnswers: number;
  tolerance: number;
  budget: NanoUsd;
  at: number;
}

/** A change of a running experiment; `step` counts from 0. */
export type ExperimentChange =
  | { kind: 'advance'; toStep: number; reason: string }
  | { kind: 'end'; state: 'returned' | 'stopped'; reason: string };

interface Row {
  name: string;
  kind: ExperimentKind;
  state: ExperimentState;
  minimum_answers: number;
  tolerance: number;
  budget_nano: NanoUsd;
  spent_nano: NanoUsd;
  reserved_nano: NanoUsd;
  started_at: number;
  ended_at: number | null;
  reason: string | null;
  steps: string;
  arms: string;
}

const columns = `name, kind, state, minimum_answers, tolerance, budget_nano, spent_nano, reserved_nano, started_at,
  ended_at, reason, steps, arms`;
const selectRunning = `select ${columns} from experiments where state = 'running' order by seq`;
const selectAll = `select ${columns} from experiments order by seq desc limit ?`;
const selectNamed = `select ${columns} from experiments where name = ?`;
const insert = `
  insert into experiments (name, kind, state, minimum_answers, tolerance, budget_nano, started_at, steps, arms)
  values (@name, @kind, 'running', @minimum_answers, @tolerance, @budget_nano, @started_at, @steps, @arms)`;

/**
 * Starts one. At most one rollout or A/B test runs at a time: two would change each other's traffic; a shadow may
 * run beside it. Throws CONFLICT that names the one in the way.
 */
export function startExperiment(store: Store, wanted: NewExperiment): Experiment {
  const routes = (kind: ExperimentKind) => kind !== 'shadow';
  const inTheWay = runningExperiments(store).find((one) => routes(one.kind) === routes(wanted.kind));
  if (inTheWay !== undefined)
    throw new SwarmdError('CONFLICT', `the ${inTheWay.kind} "${inTheWay.name}" is running`, {
      where: wanted.name,
      allowed: `first: swarmd rollout stop ${inTheWay.name}`,
    });
  const name = freeName(store, wanted.name);
  const steps: ExperimentStep[] = wanted.shares.map((share, at) => ({
    share,
    since: at === 0 ? wanted.at : null,
  }));
  store.run(insert, {
    name,
    kind: wanted.kind,
    minimum_answers: wanted.minimumAnswers,
    tolerance: wanted.tolerance,
    budget_nano: wanted.budget,
    started_at: wanted.at,
    steps: JSON.stringify(steps),
    arms: JSON.stringify([wanted.baseline, wanted.tried]),
  });
  return existing(store, name);
}

/** A name is used once: the arm of a request is a hash of it, and the ledger's rows carry it for good. */
function freeName(store: Store, wanted: string): string {
  for (let count = 1; ; count += 1) {
    const name = count === 1 ? wanted : `${wanted}-${count}`;
    if (getExperiment(store, name) === undefined) return name;
  }
}

/** False when it does not run any more, or is at that step already: somebody else was first. */
export function changeExperiment(
  store: Store,
  input: { name: string; change: ExperimentChange; at: number },
): boolean {
  const { name, change, at } = input;
  const experiment = getExperiment(store, name);
  if (experiment === undefined || experiment.state !== 'running') return false;
  if (change.kind === 'end') {
    store.run('update experiments set state = @state, ended_at = @at, reason = @reason where name = @name', {
      name,
      at,
      state: change.state,
      reason: change.reason,
    });
    return true;
  }
  if (currentStep(experiment) + 1 !== change.toStep || change.toStep >= experiment.steps.length) return false;
  const steps = experiment.steps.map((step, place) =>
    place === change.toStep ? { ...step, since: at } : step,
  );
  store.run('update experiments set steps = @steps, reason = @reason where name = @name', {
    name,
    steps: JSON.stringify(steps),
    reason: change.reason,
  });
  return true;
}

export function runningExperiments(store: Store): Experiment[] {
  return store.all<Row>(selectRunning).map(toExperiment);
}

/** Newest first. */
export function listExperiments(store: Store, limit = 100): Experiment[] {
  return store.all<Row>(selectAll, limit).map(toExperiment);
}

export function getExperiment(store: Store, name: string): Experiment | undefined {
  const row = store.get<Row>(selectNamed, name);
  return row === undefined ? undefined : toExperiment(row);
}

/** Those that run, and the newest of all where it was returned: that is to be noticed. */
export function noteworthyExperiments(store: Store): Experiment[] {
  const running = runningExperiments(store);
  const [newest] = listExperiments(store, 1);
  return newest?.state === 'returned' ? [...running, newest] : running;
}

function existing(store: Store, name: string): Experiment {
  const found = getExperiment(store, name);
  if (found === undefined) throw new SwarmdError('INTERNAL', `the experiment ${name} is not in the file`);
  return found;
}

function toExperiment(row: Row): Experiment {
  // What `startExperiment` wrote; nobody else writes these columns.
  const [baseline, tried] = JSON.parse(row.arms) as [ExperimentArm, ExperimentArm];
  return {
    name: row.name,
    kind: row.kind,
    state: row.state,
    baseline,
    tried,
    steps: JSON.parse(row.steps) as ExperimentStep[],
    minimumAnswers: row.minimum_answers,
    tolerance: row.tolerance,
    budget: row.budget_nano,
    spent: row.spent_nano,
    reserved: row.reserved_nano,
    startedAt: row.started_at,
    endedAt: row.ended_at,
    reason: row.reason,
  };
}

// ---------------------------------------------------------------------------------------------------- tallies

/** How many of the newest answers an arm is judged by: what was good last month does not hide today's. */
const newest = 500;

/**
 * First answers to a request (those that followed a rejected one say something of the next model) that the gate
 * judged; answers from the cache are another request's. A shadow's own calls have the role `shadow`; what they
 * are compared with is what really happened to the same actions.
 */
const judged = `
  accepted is not null and escalated_from is null and provider <> 'cache' and (@tier is null or tier = @tier)
  and (@model is null or model = @model) and started_at >= @since and started_at < @until`;
const ofArm = `experiment = @experiment and arm = @arm and role = @role`;
const besideShadow = `role = 'answer' and action_id in (
  select action_id from calls where experiment = @experiment and role = 'shadow')`;

const selectTally = (whose: string) => `
  select count(*) as answers, coalesce(sum(accepted), 0) as accepted, count(label) as labels,
    coalesce(sum(label = 'good'), 0) as good, coalesce(sum(hard), 0) as hard
  from (
    select accepted, ${surestLabel} as label, ${failedHard} as hard
    from calls where ${whose} and ${judged} order by seq desc limit @most)`;
const tallyEverything = selectTally(`role = 'answer'`);
const tallyOfArm = selectTally(ofArm);
const tallyBesideShadow = selectTally(besideShadow);

interface TallyRow {
  answers: number;
  accepted: number;
  labels: number;
  good: number;
  hard: number;
}

/** Which first answers are counted: those begun in `since` to `until`, at most so many, the newest. */
export interface TallyPeriod {
  since: number;
  until: number;
  most: number;
}

const lately: TallyPeriod = { since: 0, until: Number.MAX_SAFE_INTEGER, most: newest };

/**
 * How an arm's answers were judged. Where an arm puts a tier or model first, only that one's own answers count:
 * while it is down another one answers, and says nothing of it.
 */
export function tallyArm(
  store: Store,
  experiment: Experiment,
  which: 'baseline' | 'tried',
  period = lately,
): ArmTally {
  const { settings, name: arm } = experiment[which];
  const window = { tier: settings.first_tier ?? null, model: settings.first_model ?? null, ...period };
  const shadow = experiment.kind === 'shadow';
  const row =
    shadow && which === 'baseline'
      ? store.get<TallyRow>(tallyBesideShadow, { experiment: experiment.name, ...window })
      : store.get<TallyRow>(tallyOfArm, {
          experiment: experiment.name,
          arm,
          role: shadow ? 'shadow' : 'answer',
          ...window,
        });
  return toTally(row);
}

/** The same of everything in a period, whatever experiment it belonged to. */
export function tallyPeriod(store: Store, period: TallyPeriod): ArmTally {
  return toTally(store.get<TallyRow>(tallyEverything, { tier: null, model: null, ...period }));
}

function toTally(row: TallyRow | undefined): ArmTally {
  const { answers, accepted, labels, good, hard } = row ?? {
    answers: 0,
    accepted: 0,
    labels: 0,
    good: 0,
    hard: 0,
  };
  return {
    answers: { count: answers, good: accepted },
    labels: { count: labels, good },
    hardFailures: hard,
  };
}

/** How both arms stand at this moment. */
export function tallyExperiment(store: Store, experiment: Experiment): Tallies {
  const began = experiment.steps[currentStep(experiment)]?.since ?? experiment.startedAt;
  return {
    baseline: tallyArm(store, experiment, 'baseline'),
    tried: tallyArm(store, experiment, 'tried'),
    sinceStep: tallyArm(store, experiment, 'tried', { ...lately, since: began }).answers.count,
  };
}

/** What an experiment is judged by. */
export type Tallies = Parameters<typeof judgeRollout>[1];

/** What the daemon and the commands ask of experiments. */
export interface Experiments {
  start(wanted: NewExperiment): Promise<Experiment>;
  change(input: { name: string; change: ExperimentChange; at: number }): Promise<boolean>;
  running(): Experiment[];
  get(name: string): Experiment | undefined;
  /** Newest first. */
  list(limit?: number): Experiment[];
  /** Those that run, and the newest of all where it was returned. */
  noteworthy(): Experiment[];
  tally(experiment: Experiment): Tallies;
}
