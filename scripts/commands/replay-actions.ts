/** The recorded actions as a replay takes them: their answers, and the models that would be asked. */
import { loadAgents } from '../../agents/definitions.ts';
import {
  type Complexity,
  type Config,
  type PolicyName,
  type TierName,
  tierNames,
} from '../../config/config.ts';
import { dearestModelPrice, modelPrice } from '../../config/prices.ts';
import { buildRequest } from '../../daemon/build-request.ts';
import type { Store } from '../../memory/database.ts';
import type { JudgedCall } from '../../memory/evidence.ts';
import type { ActionRecord } from '../../memory/types/actions.ts';
import type { LabelRecord } from '../../memory/types/labels.ts';
import { classify } from '../../router/classify.ts';
import { learnedFrom } from '../../router/learning/learned.ts';
import type { LearnedFile } from '../../router/learning/model-file.ts';
import { qualityBy } from '../../router/learning/period.ts';
import type { ReplayAction, ReplayAnswer } from '../../router/learning/replay.ts';
import { planRoute } from '../../router/plan.ts';
import { planContext } from '../../router/plan-context.ts';
import { policies } from '../../router/policies/policies.ts';
import type { Request } from '../../router/types.ts';

export interface RecordedActions {
  actions: ReplayAction[];
  pool: Map<string, ReplayAnswer[]>;
  /** Judged answers, and on what their chance of being good rests. */
  answers: { labelled: number; calibrated: number; stated: number };
  /** Of them so many have another quality by the gate of now than they had by that of then. */
  judge: { regated: number };
  /** Several requests under one action (objectives), pruned, or nothing judged. */
  leftOut: number;
}

export interface ReplayPlan {
  config: Config;
  learned: LearnedFile | undefined;
  threshold: number;
  /** Undefined: the models that were planned then. */
  policy: PolicyName | undefined;
  now: number;
}

/** Reads what was judged since then. */
export async function readActions(
  store: Store,
  since: number,
  plan: ReplayPlan,
  progress: (text: string) => void,
): Promise<RecordedActions> {
  const [{ judgedCalls }, { listLabels }, { getAction }] = await Promise.all([
    import('../../memory/evidence.ts'),
    import('../../memory/labels.ts'),
    import('../../memory/action-reads.ts'),
  ]);
  const calls = judgedCalls(store, { since, until: plan.now + 1 });
  const labels = new Map(
    listLabels(store, { since, each: 'answer' })
      .filter((label) => label.label !== 'wrong_tier')
      .map((label) => [label.callId, label]),
  );
  const judge = answerJudge(plan, labels);
  const pool = new Map<string, ReplayAnswer[]>();
  const found: RecordedActions = {
    actions: [],
    pool,
    answers: judge.counts,
    judge: judge.gate,
    leftOut: 0,
  };
  const candidatesOf = candidateChooser(plan);
  let done = 0;
  const byAction = Map.groupBy(calls, (call) => call.actionId);
  for (const [actionId, own] of byAction) {
    if (++done % 500 === 0) progress(`reading: ${done} of ${byAction.size} actions`);
    const answers = own.map((call) => {
      const answer = judge.answer(call);
      for (const kind of kindsOf(call, call.model, call.tier))
        pool.set(kind, [...(pool.get(kind) ?? []).slice(-mostOfKind), answer]);
      return answer;
    });
    const action = getAction(store, actionId);
    const first = own[0];
    const requests = own.filter((call) => call.accepted).length;
    if (action === undefined || first === undefined || requests > 1 || action.type === 'agent') {
      found.leftOut += 1;
      continue;
    }
    const { candidates, threshold } = candidatesOf(action, own);
    found.actions.push({
      answers,
      candidates,
      threshold,
      kinds: (model) => kindsOf(first, model, tierOf(plan.config, model)),
      standFor: (answer, model) => priced(answer, model, plan),
    });
  }
  return found;
}

/** So many of the newest answers of a kind are enough to draw from. */
const mostOfKind = 500;

function kindsOf(
  { type, complexity }: { type: string; complexity: Complexity },
  model: string,
  tier: TierName | undefined,
): readonly string[] {
  const own = [`${type} ${complexity} ${model}`, `${complexity} ${model}`, model];
  return tier === undefined
    ? own
    : [...own, `tier ${type} ${complexity} ${tier}`, `tier ${complexity} ${tier}`, `tier ${tier}`];
}

function tierOf(config: Config, model: string): TierName | undefined {
  return tierNames.find((tier) => config.tiers[tier].some((one) => one.name === model));
}

/** The same tokens at this model's price; a model without a known price as it was. */
function priced(answer: ReplayAnswer, model: string, { config, now }: ReplayPlan): ReplayAnswer {
  const spec = tierNames.flatMap((tier) => config.tiers[tier]).find((one) => one.name === model);
  const prices = spec === undefined ? undefined : modelPrice(spec, now, answer.inputTokens);
  if (prices === undefined) return { ...answer, model };
  const cost = Math.ceil(answer.inputTokens * prices.input + answer.outputTokens * prices.output);
  return { ...answer, model, cost };
}

function answerJudge({ config, learned }: ReplayPlan, labels: ReadonlyMap<string, LabelRecord>) {
  const calibrations = new Map((learned?.calibrations ?? []).map((one) => [one.type, one]));
  const counts = { labelled: 0, calibrated: 0, stated: 0 };
  const gate = { regated: 0 };
  const least = config.qualityChecks.selfCritiqueThreshold;
  return {
    counts,
    gate,
    answer(call: JudgedCall): ReplayAnswer {
      const quality = qualityBy(calibrations, call);
      if (Math.abs(quality - call.quality) > 1e-6) gate.regated += 1;
      const label = labels.get(call.callId);
      const calibrated = calibrations.has(call.type);
      counts[label === undefined ? (calibrated ? 'calibrated' : 'stated') : 'labelled'] += 1;
      return {
        model: call.model,
        tier: call.tier,
        quality,
        accepted: call.accepted,
        fails:
          call.checks.some((check) => check.hard) ||
          (!calibrated && call.critique !== undefined && call.critique < least),
        good:
          label === undefined ? quality : label.label === 'good' ? label.confidence : 1 - label.confidence,
        cost: call.cost,
        inputTokens: call.inputTokens,
        outputTokens: call.outputTokens,
      };
    },
  };
}

function candidateChooser({ config, learned, threshold, policy, now }: ReplayPlan) {
  const agents = loadAgents(config.agents.libraryDir);
  const score = learned === undefined ? undefined : learnedFrom(learned, () => 0).score;
  return (action: ActionRecord, own: readonly JudgedCall[]) => {
    const request = buildRequest(action, { config, agents, now });
    const asked = own.map((call) => call.model);
    return {
      threshold: request.qualityThresholdStated === true ? request.qualityThreshold : threshold,
      candidates:
        policy === undefined
          ? plannedThen(action, asked)
          : planned(request, config, policy, now, score === undefined ? {} : { learned: score }),
    };
  };
}

/** What was asked, then what the plan had left: a model that is only for outages is no answer to poor quality. */
function plannedThen(action: ActionRecord, asked: readonly string[]): string[] {
  const rest = (action.trail?.plan.candidates ?? [])
    .filter((candidate) => candidate.onlyAfterErrors !== true)
    .map((candidate) => candidate.model.name);
  return [...new Set([...asked, ...rest])];
}

/** Everything up, allowed and paid for, and no pass rates: the policy by itself. */
function planned(
  request: Request,
  config: Config,
  policy: PolicyName,
  now: number,
  learned: Parameters<typeof classify>[1],
): string[] {
  const context = planContext(request, {
    config: () => config,
    breakers: { state: () => ({ state: 'closed' }), succeeded() {}, failed() {}, probe() {} },
    passRates: { rate: () => undefined },
    apiAllowed: () => true,
    wouldRefuse: () => undefined,
    prices: { at: modelPrice, dearest: dearestModelPrice },
    slots: { resident: () => [], saturated: () => false },
    clock: { now: () => now },
  });
  const plan = planRoute(request, classify(request, learned), context, policies[policy]);
  return plan.candidates
    .filter((candidate) => candidate.onlyAfterErrors !== true)
    .map((candidate) => candidate.model.name);
}
