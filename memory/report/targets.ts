/**
 * Every target of the design documents as a row: where it comes from, how it is computed, how many cases it
 * needs, what came out, and whether it is met. "No data" is a verdict, and so is too little of it.
 */
import type { Config } from '../../config/config.ts';
import { toUsd } from '../../config/money.ts';
import type { ReportFacts } from './facts.ts';
import {
  failover95,
  fallbackRate,
  latency95,
  localAnswers,
  type Measure,
  meanQuality,
  modelShare,
  passRate,
  throughput,
  tierShare,
  tokensPerSecond,
} from './measures.ts';

export type Unit = 'ms' | 'share' | 'score' | 'tokens/s' | 'usd' | 'count';

export interface TargetRow {
  target: string;
  source: string;
  /** Equal of targets of one and the same figure. */
  formula: string;
  unit: Unit;
  /** The value to reach, and in which direction. */
  bound: number;
  better: 'below' | 'above';
  minimumSample: number;
  sample: number;
  /** Undefined without data. */
  value: number | undefined;
  verdict: 'met' | 'missed' | 'no data';
}

export interface ReportInputs {
  facts: ReportFacts;
  config: Pick<Config, 'tiers' | 'hosts' | 'costControl'>;
  /** 1 − spent / the same tokens on one strong API model, and the answers it rests on; undefined: no such model. */
  savings: Measure | undefined;
  /** Milliseconds from a request to its plan, measured now. */
  decision95: Measure;
}

interface Target {
  target: string;
  source: string;
  formula: string;
  unit: Unit;
  bound: number;
  better: 'below' | 'above';
  minimumSample: number;
  measure: (inputs: ReportInputs) => Measure | undefined;
}

const swarm = 'swarm design';
const enough = 20;

function latency(
  target: string,
  source: string,
  bound: number,
  of: Parameters<typeof latency95>[1] = {},
): Target {
  const whose = of.tier ?? of.model ?? 'all models';
  return {
    target,
    source,
    formula: `95th percentile of the latency of answers by ${whose}`,
    unit: 'ms',
    bound,
    better: 'below',
    minimumSample: enough,
    measure: ({ facts }) => latency95(facts.calls, of),
  };
}

function rate(
  target: string,
  source: string,
  better: 'below' | 'above',
  bound: number,
  formula: string,
  measure: Target['measure'],
): Target {
  return { target, source, formula, unit: 'share', bound, better, minimumSample: enough, measure };
}

function speed(model: string, source: string, bound: number): Target {
  return {
    target: `${model}: at least ${bound} tokens/s`,
    source,
    formula: `output tokens over latency, mean over answers of ${model}`,
    unit: 'tokens/s',
    bound,
    better: 'above',
    minimumSample: enough,
    measure: ({ facts }) => tokensPerSecond(facts.calls, model),
  };
}

function serverSpeed(model: string, bound: number): Target {
  return {
    target: `${model}: at least ${bound.toLocaleString('en-US')} tokens/s from its server`,
    source: 'ADR-001',
    formula: `output tokens over the seconds in which at least one call of ${model} ran`,
    unit: 'tokens/s',
    bound,
    better: 'above',
    minimumSample: 100,
    measure: ({ facts }) => throughput(facts.calls, model),
  };
}

function spending(
  target: string,
  source: string,
  bound: number,
  formula: string,
  measure: Target['measure'],
): Target {
  return { target, source, formula, unit: 'usd', bound, better: 'below', minimumSample: 1, measure };
}

const savingsFormula =
  'one minus what was spent over the same tokens on the dearest API model of the configuration';
const passFormula = 'accepted over judged answers';
const fallbackFormula = 'calls for an answer that failed or were rejected, over all of them';
const localFormula = 'accepted answers of local tiers over all accepted answers';

export const targets: readonly Target[] = [
  latency('p95 of local_fast under 200 ms', swarm, 200, { tier: 'local_fast' }),
  latency('p95 of local_quality under 2 s', swarm, 2_000, { tier: 'local_quality' }),
  latency('p95 of api_fallback under 5 s', swarm, 5_000, { tier: 'api_fallback' }),
  latency('p95 under 500 ms', 'design documents', 500),
  latency('p95 under 650 ms on llama3-70b', 'ADR-001', 650, { model: 'llama3-70b' }),
  latency('p95 under 180 ms on mistral-7b', 'ADR-001', 180, { model: 'mistral-7b' }),
  latency('p95 under 800 ms', 'design documents', 800),
  latency('phi3-mini within 200 ms', 'model catalogue', 200, { model: 'phi3-mini' }),
  latency('mixtral-8x7b within 2 s', 'model catalogue', 2_000, { model: 'mixtral-8x7b' }),
  latency('llama-3.1-8b within 3 s', 'multi-model strategy', 3_000, { model: 'llama-3.1-8b' }),
  latency('qwen2.5-coder-32b within 15 s', 'multi-model strategy', 15_000, { model: 'qwen2.5-coder-32b' }),
  latency('llama-3.3-70b within 30 s', 'multi-model strategy', 30_000, { model: 'llama-3.3-70b' }),
  rate(
    'llama-3.3-70b under 5 % of traffic',
    'multi-model strategy',
    'below',
    0.05,
    'its calls for an answer over all',
    ({ facts }) => modelShare(facts.calls, 'llama-3.3-70b'),
  ),
  speed('qwen3-4b-instruct-2507', 'ADR-006', 300),
  speed('qwen3-8b', 'ADR-020', 180),
  speed('qwen3-14b', 'ADR-020', 140),
  serverSpeed('llama3-70b', 12_000),
  serverSpeed('mistral-7b', 25_000),
  {
    target: 'mean quality above 0.8',
    source: swarm,
    formula: 'mean quality of accepted answers',
    unit: 'score',
    bound: 0.8,
    better: 'above',
    minimumSample: enough,
    measure: ({ facts }) => meanQuality(facts.calls),
  },
  rate('pass rate above 95 %', swarm, 'above', 0.95, passFormula, ({ facts }) => passRate(facts.calls)),
  rate('pass rate above 90 %', 'design documents', 'above', 0.9, passFormula, ({ facts }) =>
    passRate(facts.calls),
  ),
  rate('fallback below 10 %', swarm, 'below', 0.1, fallbackFormula, ({ facts }) => fallbackRate(facts.calls)),
  rate('fallback below 1 %', 'ADR-006', 'below', 0.01, fallbackFormula, ({ facts }) =>
    fallbackRate(facts.calls),
  ),
  rate(
    'API below 30 % of calls',
    swarm,
    'below',
    0.3,
    'calls of api_fallback for an answer over all',
    ({ facts }) => tierShare(facts.calls, ['api_fallback']),
  ),
  rate('98 % local', 'ADR-006', 'above', 0.98, localFormula, ({ facts }) => localAnswers(facts.calls)),
  rate('70 % self-hosted', 'ADR-001', 'above', 0.7, localFormula, ({ facts }) => localAnswers(facts.calls)),
  rate('savings above 70 %', swarm, 'above', 0.7, savingsFormula, ({ savings }) => savings),
  rate('savings above 75 %', 'design documents', 'above', 0.75, savingsFormula, ({ savings }) => savings),
  rate('savings above 90 %', 'design documents', 'above', 0.9, savingsFormula, ({ savings }) => savings),
  spending('at most $1 a day', 'design documents', 1, 'the dearest day', ({ facts }) => ({
    value: toUsd(Math.max(0, ...facts.days.map((day) => day.spent))),
    sample: facts.activeDays,
  })),
  spending('at most $10 a month', 'design documents', 10, 'the last 30 days', month),
  spending('at most $50 a month', 'design documents', 50, 'the last 30 days', month),
  {
    target: 'no budget overrun',
    source: swarm,
    formula: 'days on which more than cost_control.daily_budget was spent',
    unit: 'count',
    bound: 0,
    better: 'below',
    minimumSample: 1,
    measure: ({ facts, config }) => {
      const limit = config.costControl.dailyBudget;
      if (limit === 0) return undefined;
      return { value: facts.days.filter((day) => day.spent > limit).length, sample: facts.activeDays };
    },
  },
  {
    target: 'every local model fits its VRAM',
    source: 'ADR-020',
    formula: 'models of known size that are larger than vram_gb of their host',
    unit: 'count',
    bound: 0,
    better: 'below',
    minimumSample: 1,
    measure: ({ config }) => {
      const known = [...config.tiers.local_fast, ...config.tiers.local_quality].flatMap((model) => {
        const vram = config.hosts[model.host]?.vramGb;
        return model.sizeGb === undefined || vram === undefined ? [] : [model.sizeGb > vram];
      });
      return { value: known.filter(Boolean).length, sample: known.length };
    },
  },
  {
    target: 'decision under 100 ms',
    source: 'ADR-006',
    formula: '95th percentile of classifying and planning recent prompts again, measured now',
    unit: 'ms',
    bound: 100,
    better: 'below',
    minimumSample: 1,
    measure: ({ decision95 }) => decision95,
  },
  {
    target: 'failover under 10 s',
    source: 'ADR-006',
    formula: '95th percentile from a failed call’s end to the next model’s call for the same action',
    unit: 'ms',
    bound: 10_000,
    better: 'below',
    minimumSample: 1,
    measure: ({ facts }) => failover95(facts.calls),
  },
];

function month({ facts }: ReportInputs): Measure {
  return { value: toUsd(facts.spentInMonth), sample: facts.activeDays };
}

/** Every target with its value and verdict, in the order of the documents. */
export function checkTargets(inputs: ReportInputs): TargetRow[] {
  return targets.map(({ measure, ...target }) => {
    const found = measure(inputs);
    const sample = found?.sample ?? 0;
    const known = found !== undefined && sample > 0 && Number.isFinite(found.value);
    const isMet =
      known && (target.better === 'below' ? found.value <= target.bound : found.value >= target.bound);
    return {
      ...target,
      sample,
      value: known ? found.value : undefined,
      verdict: !known || sample < target.minimumSample ? 'no data' : isMet ? 'met' : 'missed',
    };
  });
}
