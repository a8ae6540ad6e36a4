/**
 * Policy `task-matrix` (ADR-020), written for one GPU that holds one model at a time.
 *
 * A type that the matrix knows has a row: its local model first, its cloud model as fallback; one row has no
 * cloud side, one no local side. Other types go through the decision tree: the context decides which models can
 * hold it, the score which of those it takes (`task-tree.ts`). The strongest model is the last resort of every
 * row with a cloud side. No call may take more than a tenth of what is left of the day: the cheapest cloud model
 * that fits is taken instead, and where none fits, none.
 */
import type { Config, MatrixTask, ModelSpec, TaskMatrixSettings } from '../../config/config.ts';
import { formatUsd } from '../../config/money.ts';
import { tooLong } from '../plan/constraints.ts';
import type { Candidate, Classification, ExcludedCandidate, PlanContext, Policy, Request } from '../types.ts';
import { configured, namedFirst } from './candidates.ts';
import { cacheObjection, contextBounds, type MatrixChoice, treeChoice } from './task-tree.ts';

export const defaultShareOfRemainingDay = 0.1;

export const taskMatrixPolicy: Policy = {
  name: 'task-matrix',
  tokenBounds: () =>
    contextBounds.map((tokens) => ({ tokens, name: `the tree's bound of ${tokens} tokens` })),
  order(request, classification, context) {
    const settings = settingsOf(context.config);
    const choice = choiceFor(request, classification, context, settings);
    const excluded: ExcludedCandidate[] = [];
    const local = preferResident(holding(choice.local, request, classification, context, excluded), context);
    const cloud = affordable(choice.cloud, settings, context, excluded);
    // One local model, then the cloud; the stronger local ones stand by for when both fail.
    const [active, ...standby] = local;
    const ordered = choice.cloudFirst
      ? [...cloud, ...local]
      : [...(active === undefined ? [] : [active]), ...cloud, ...standby];
    const plan = { candidates: unique(ordered), reason: ordered[0]?.reason ?? choice.why };
    const { candidates, reason } = namedFirst(plan, classification.namedModel, context.config);
    const kept = new Set(candidates.map((candidate) => candidate.model.name));
    return { candidates, reason, excluded: excluded.filter((entry) => !kept.has(entry.model.name)) };
  },
};

function choiceFor(
  request: Request,
  classification: Classification,
  context: PlanContext,
  settings: TaskMatrixSettings,
): MatrixChoice {
  const task = settings.tasks[request.type] ?? nativeToolTask(request, classification, settings);
  const row = task === undefined ? undefined : settings.rows[task];
  if (task === undefined || row === undefined) return treeChoice(classification, context, settings);
  const why = `row ${task} of the matrix`;
  const { config } = context;
  const local = configured(config, row.local);
  const cloud = configured(config, row.cloud);
  const emergency = cloud === undefined ? undefined : configured(config, settings.emergency);
  return {
    local: local === undefined ? [] : [{ model: local, reason: why }],
    cloud: [
      ...(cloud === undefined
        ? []
        : [
            {
              model: withEffort(cloud, row.effort),
              reason: local === undefined ? why : `${why}: its fallback`,
            },
          ]),
      ...(emergency === undefined ? [] : [{ model: emergency, reason: 'emergency: the strongest model' }]),
    ],
    cloudFirst: false,
    why,
  };
}

/** A text that asks to act outside, without tools of its own, needs a model that brings them. */
function nativeToolTask(
  request: Request,
  classification: Classification,
  settings: TaskMatrixSettings,
): MatrixTask | undefined {
  const brings = request.tools !== undefined && request.tools.length > 0;
  return classification.needsTools && !brings && settings.rows.native_tools !== undefined
    ? 'native_tools'
    : undefined;
}

function withEffort(model: ModelSpec, effort: ModelSpec['effort']): ModelSpec {
  return effort === undefined ? model : { ...model, effort };
}

/** The local models that can hold the context: in their window, and its cache in half the host's VRAM. */
function holding(
  local: readonly Candidate[],
  request: Request,
  classification: Classification,
  context: PlanContext,
  excluded: ExcludedCandidate[],
): Candidate[] {
  return local.filter(({ model }) => {
    const window = tooLong(model, request, classification);
    const cache = cacheObjection(model, classification, context.config);
    if (window !== undefined) excluded.push({ model, rule: 'context', reason: window });
    else if (cache !== undefined) excluded.push({ model, rule: 'vram', reason: cache });
    return window === undefined && cache === undefined;
  });
}

/**
 * One active model: where a model that comes later in the list is loaded on the same host, it answers, rather
 * than being thrown out for an equal or weaker one and loaded again.
 */
function preferResident(local: readonly Candidate[], context: PlanContext): Candidate[] {
  const first = local[0];
  if (first === undefined) return [];
  const resident = context.resident(first.model.host) ?? [];
  if (resident.includes(first.model.name)) return [...local];
  const loaded = local.find(
    (candidate) => candidate.model.host === first.model.host && resident.includes(candidate.model.name),
  );
  if (loaded === undefined) return [...local];
  return [
    { model: loaded.model, reason: `${first.reason}; ${loaded.model.name} is loaded and can do it` },
    ...local.filter((candidate) => candidate !== loaded),
  ];
}

/** The cloud candidates whose upper bound stays within the share; the first of them, then the cheaper ones. */
function affordable(
  cloud: readonly Candidate[],
  settings: TaskMatrixSettings,
  context: PlanContext,
  excluded: ExcludedCandidate[],
): Candidate[] {
  if (cloud.length === 0) return [];
  const tooDear = (model: ModelSpec): string | undefined => {
    const bound = context.upperBound(model);
    if (bound === undefined || bound === 0) return undefined;
    // A call may take a tenth exactly when ten such calls would not be refused.
    const refusal = context.wouldRefuse(Math.ceil(bound / settings.shareOfRemainingDay));
    if (refusal === undefined || refusal.limit === 'api-calls') return undefined;
    return `up to ${formatUsd(bound)} is more than ${Math.round(settings.shareOfRemainingDay * 100)} % of what is left of ${refusal.limit}`;
  };
  const kept: Candidate[] = [];
  for (const candidate of cloud) {
    const reason = tooDear(candidate.model);
    if (reason === undefined) kept.push(candidate);
    else excluded.push({ model: candidate.model, rule: 'share-of-day', reason });
  }
  if (kept.length > 0) return kept;
  const cheapest = context.config.tiers.api_fallback
    .filter((model) => tooDear(model) === undefined)
    .sort((one, other) => (context.upperBound(one) ?? 0) - (context.upperBound(other) ?? 0))[0];
  return cheapest === undefined
    ? []
    : [
        {
          model: cheapest,
          reason: `the cheapest within ${Math.round(settings.shareOfRemainingDay * 100)} % of the day`,
        },
      ];
}

function unique(candidates: readonly Candidate[]): Candidate[] {
  const seen = new Set<string>();
  return candidates.filter(({ model }) => !seen.has(model.name) && seen.add(model.name));
}

/** The matrix as configured; without one, a matrix made from the tiers: every row the same, the ladder their order. */
function settingsOf(config: Config): TaskMatrixSettings {
  if (config.taskMatrix !== undefined) return config.taskMatrix;
  const isAnswering = (model: ModelSpec): boolean => model.kind !== 'embedding';
  return {
    rows: {},
    tasks: {},
    ladder: [...config.tiers.local_fast, ...config.tiers.local_quality]
      .filter(isAnswering)
      .map(({ name }) => name),
    emergency: config.tiers.api_fallback[0]?.name,
    shareOfRemainingDay: defaultShareOfRemainingDay,
  };
}
