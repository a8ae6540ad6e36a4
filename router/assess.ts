import type { Config, ModelSpec } from '../config/config.ts';
import type { NanoUsd } from '../config/money.ts';
import { parseJsonAnswer } from './checks/json.ts';
import { runChecks } from './checks/ladder.ts';
import { critiqueBySamples } from './critique.ts';
import { explores } from './learning/explore.ts';
import type { Assessment, CheckGroup, CheckResult, Critique } from './types/assessment.ts';
import type { CallModel, Generation } from './types/call.ts';
import type { Answer, Candidate, Request } from './types.ts';

/** What this installation has learned about answers; `learning/calibrate.ts` makes one. */
export interface LearnedQuality {
  /** The day on which it was learned of this type, ISO; for the reasons. */
  learnedOn(type: string): string | undefined;
  /** The calibrated chance that the answer is good, or undefined where too little was learned to say. */
  probability(input: {
    request: Request;
    candidate: Candidate;
    text: string;
    checks: readonly CheckResult[];
    critique: Pick<Critique, 'score'> | undefined;
  }): number | undefined;
  /**
   * The chance of an answer in which nothing is found, with a perfect critique or with none; undefined as above.
   * Where even that is below the threshold, what was learned would reject every answer, and does not judge.
   */
  most(type: string, criticised: boolean): number | undefined;
  /** False for a type whose critique was measured to be of no help. */
  critiqueHelps(type: string): boolean;
  /** The lowest threshold whose accepted answers are wrong at most at `rate`, with 95 % confidence; undefined: none. */
  threshold(type: string, rate: number): number | undefined;
}

export interface AssessInput {
  request: Request;
  generation: Generation;
  /** Who answered. */
  candidate: Candidate;
  config: Config;
  learned?: LearnedQuality | undefined;
  /** Who may criticise, best first; the plan's candidates will do. Privacy is checked here once more. */
  critics: readonly Candidate[];
  /** Makes the ledgered, budgeted call of the critique. */
  call: CallModel;
  /** Names of the models resident on a host, as in `PlanContext`; without it no swap is risked for a critique. */
  resident?: ((host: string) => readonly string[] | undefined) | undefined;
  /** The most one call of a model can cost, as in `PlanContext`: the cheapest paid critic is chosen by it. */
  upperBound?: ((model: ModelSpec) => NanoUsd | undefined) | undefined;
}

/** Parts of 100, as documented; only the parts that apply count, so the self-critique weighs at most 20 of 40. */
const weights: Readonly<Record<CheckGroup | 'critique', number>> = {
  format: 30,
  completeness: 20,
  coherence: 30,
  critique: 20,
};

/** What a hard failure leaves of the quality, as a share of the threshold: far below it, whatever the threshold is. */
const hardFailureCap = 0.4;

/**
 * Judges an answer: the checks cheapest first, ended by a hard failure; then, for answers of local models that
 * the checks cannot decide, a critique. Quality is the weighted mean of what applied, each group as good as its
 * worst check. Never throws for anything the answer contains.
 */
export async function assess(input: AssessInput): Promise<Assessment> {
  const { request, generation, config } = input;
  const { text } = separate(generation);
  const parsed = request.schema === undefined ? undefined : parseJsonAnswer(text);
  const checks = await runChecks({ request, generation, text, parsed, config });

  const { threshold } = thresholdInForce(input);
  const hard = checks.find((check) => check.hard);
  if (hard !== undefined) {
    const quality = Math.min(weighted(checks, undefined), hardFailureCap * threshold);
    return {
      quality,
      verdict: 'fail',
      checks,
      critique: undefined,
      threshold,
      reason: `${hard.name}: ${hard.evidence}`,
    };
  }

  const binding = bindingOf(checks);
  let critique: Critique | undefined;
  let without = '';
  const due = chooseCritic(input);
  let learned = judging(input, due !== undefined);
  const perfect = { score: 1 };
  const best =
    learned?.probability({ request, candidate: input.candidate, text, checks: binding, critique: perfect }) ??
    weighted(binding, 1);
  const critic = best < threshold ? undefined : due;
  if (critic !== undefined) {
    const outcome = await critiqueBySamples({
      request,
      answer: text,
      critic,
      call: input.call,
      samples: config.qualityChecks.selfCritiqueSamples,
    });
    if (outcome.ok) critique = outcome.critique;
    else {
      without = `; no critique: ${outcome.reason}`;
      learned = judging(input, false);
    }
  }
  return verdictOf({ ...input, learned }, text, checks, critique, without);
}

/** What was learned, unless by it no answer at all could reach the threshold: then the checks go on judging. */
function judging(input: AssessInput, criticised: boolean): LearnedQuality | undefined {
  const { request, learned } = input;
  const { threshold, promises } = thresholdInForce(input);
  const most = learned?.most(request.type, criticised);
  // A threshold that keeps a stated rate rejects whom it must.
  return promises || most === undefined || most >= threshold ? learned : undefined;
}

function verdictOf(
  input: AssessInput,
  text: string,
  checks: readonly CheckResult[],
  critique: Critique | undefined,
  without: string,
): Assessment {
  const { request, candidate, config } = input;
  const { threshold, note } = thresholdInForce(input);
  const judged = (by: readonly CheckResult[]) => {
    const chance = input.learned?.probability({ request, candidate, text, checks: by, critique });
    return { chance, quality: chance ?? weighted(by, critique?.score) };
  };
  const binding = bindingOf(checks);
  const { chance: calibrated, quality: upheld } = judged(binding);
  let quality = upheld;
  // What only lowers takes no answer below the threshold that is above it without.
  if (binding.length < checks.length) {
    const lowered = Math.min(upheld, judged(checks).quality);
    quality = upheld >= threshold ? Math.max(threshold, lowered) : lowered;
  }

  const least = config.qualityChecks.selfCritiqueThreshold;
  // Calibration replaces this rule: it has learned how far this critic's word may be trusted.
  if (calibrated === undefined && critique !== undefined && critique.score < least) {
    // Below the threshold in proportion, so that of several rejected answers the best can still be told.
    quality = Math.min(quality, 0.99 * threshold * (critique.score / least));
    const issue = critique.issues[0] ?? 'no issue named';
    const reason = `self-critique ${critique.score.toFixed(2)} below ${least}: ${issue}`;
    return { quality, verdict: 'fail', checks, critique, threshold, reason };
  }
  const verdict = quality >= threshold ? 'pass' : 'fail';
  const weakest = checks.reduce<CheckResult | undefined>(
    (low, check) => (check.score < (low?.score ?? 1) ? check : low),
    undefined,
  );
  const criticised =
    critique === undefined ? '' : `, critique ${critique.score.toFixed(2)} by ${critique.model}`;
  const said =
    weakest === undefined
      ? `${checks.length} checks passed${criticised}${without}`
      : `${weakest.name} ${weakest.score.toFixed(2)}: ${weakest.evidence}${criticised}${without}`;
  return {
    quality,
    verdict,
    checks,
    critique,
    threshold,
    reason:
      calibrated === undefined
        ? said
        : `${chanceAgainst(quality, threshold, input.learned?.learnedOn(request.type))}; ${said}${note}`,
  };
}

/** "calibrated chance 0.69 (learned 2026-11-21) is below 0.7": digits enough to see that it is. */
function chanceAgainst(chance: number, threshold: number, learnedOn: string | undefined): string {
  const verdict = chance >= threshold ? 'reaches' : 'is below';
  let digits = 2;
  while (digits < 9 && Number(chance.toFixed(digits)) >= threshold !== chance >= threshold) digits++;
  const learned = learnedOn === undefined ? '' : ` (learned ${learnedOn})`;
  return `calibrated chance ${chance.toFixed(digits)}${learned} ${verdict} ${Number(threshold.toFixed(digits))}`;
}

/**
 * What an answer has to reach. Where the user states how many accepted answers may be wrong, the threshold that
 * keeps it by what was learned of this type; else, and where the request or its type states one, the fixed one.
 */
function thresholdInForce({ request, config, learned }: AssessInput): {
  threshold: number;
  note: string;
  /** It keeps a stated rate of wrong acceptances. */
  promises: boolean;
} {
  const fixed = request.qualityThreshold;
  const rate = config.qualityChecks.acceptedWrongRate;
  if (rate === undefined || request.qualityThresholdStated === true)
    return { threshold: fixed, note: '', promises: false };
  const threshold = learned?.threshold(request.type, rate);
  const wrong = `${Number((100 * rate).toFixed(1))} % wrong`;
  return threshold === undefined
    ? {
        threshold: fixed,
        note: `; no threshold can promise at most ${wrong}: ${fixed} stays`,
        promises: false,
      }
    : { threshold, note: `; threshold ${threshold.toFixed(2)} for at most ${wrong}`, promises: true };
}

/** Without those of the user's checks that failed and only lower the quality (`hard: false`). */
function bindingOf(checks: readonly CheckResult[]): readonly CheckResult[] {
  return checks.filter((check) => !(check.lowersOnly && check.score < 1));
}

/** The weighted mean over the groups that apply; a group is as good as its worst check. 1 where nothing applied. */
function weighted(checks: readonly CheckResult[], critique: number | undefined): number {
  const worst = new Map<CheckGroup, number>();
  for (const check of checks) worst.set(check.group, Math.min(worst.get(check.group) ?? 1, check.score));
  let sum = critique === undefined ? 0 : weights.critique * critique;
  let total = critique === undefined ? 0 : weights.critique;
  for (const [group, score] of worst) {
    sum += weights[group] * score;
    total += weights[group];
  }
  return total === 0 ? 1 : sum / total;
}

/** Who criticises this answer, or undefined where no critique is due or nobody may give one. */
function chooseCritic(input: AssessInput): Candidate | undefined {
  const { request, generation, candidate, config, learned, resident } = input;
  if (!config.routing.enableSelfCritique || checksDecide(request, generation)) return undefined;
  const helps = learned === undefined || learned.critiqueHelps(request.type);
  // A critic that was dropped is asked now and again, so that a better one is found; its word is not weighed then.
  const { explorationShare } = config.routing;
  if (!helps && !explores(request.origin.actionId, explorationShare, 'critique')) return undefined;
  const critics = input.critics.filter(
    ({ model }) =>
      model.kind !== 'embedding' && model.kind !== 'base' && (request.privacy === 'any' || model.selfHosted),
  );
  const local = critics.filter(({ model }) => model.selfHosted);
  if (candidate.model.selfHosted) {
    const other = local.find(
      ({ model }) =>
        model.name !== candidate.model.name &&
        resident?.(model.host)?.some((name) => name === model.name || name === model.modelId),
    );
    if (other !== undefined) return other;
    return candidate.model.kind === 'base' ? local[0] : candidate;
  }
  // An API answer is criticised only where there is nobody local at all, and only if the user lets a paid model do it.
  if (local.length > 0 || !config.qualityChecks.selfCritiqueApi || !helps) return undefined;
  return critics.toSorted((a, b) => boundOf(input, a) - boundOf(input, b))[0];
}

function boundOf({ upperBound }: AssessInput, { model }: Candidate): number {
  return upperBound?.(model) ?? Number.POSITIVE_INFINITY;
}

/** True where the checks say all there is to say: tool calls, and JSON whose every value comes from a closed set. */
export function checksDecide(request: Request, generation: Generation): boolean {
  if (generation.toolCalls.length > 0) return true;
  return request.schema !== undefined && isClosed(request.schema, 0);
}

function isClosed(schema: unknown, depth: number): boolean {
  if (typeof schema !== 'object' || schema === null || depth > 6) return false;
  const node = schema as Record<string, unknown>;
  if (Array.isArray(node.enum) || 'const' in node) return true;
  if (node.type === 'boolean' || node.type === 'null') return true;
  if (node.type === 'array') return isClosed(node.items, depth + 1);
  if (node.type !== 'object' || typeof node.properties !== 'object' || node.properties === null) return false;
  const parts = Object.values(node.properties);
  return (
    parts.length > 0 &&
    node.additionalProperties === false &&
    parts.every((part) => isClosed(part, depth + 1))
  );
}

/** The answer as the caller gets it: reasoning apart, JSON parsed where a schema was asked for and it parses. */
export function parseAnswer(request: Request, generation: Generation): Answer {
  const { text, reasoning } = separate(generation);
  const answer: Answer = { text, reasoning, toolCalls: generation.toolCalls };
  if (request.schema === undefined || generation.toolCalls.length > 0) return answer;
  const parsed = parseJsonAnswer(text);
  return parsed.ok ? { ...answer, text: parsed.source, json: parsed.value } : answer;
}

/** Reasoning that a server left in the text (`<think>…</think>`) is moved to where it belongs; it is never judged. */
function separate(generation: Generation): { text: string; reasoning: string } {
  const found = /^\s*<(think|thinking|reasoning)>([\s\S]*?)(?:<\/\1>|$)/i.exec(generation.text);
  if (found === null) return { text: generation.text.trim(), reasoning: generation.reasoning };
  const reasoning = [generation.reasoning, found[2]?.trim()].filter(Boolean).join('\n');
  return { text: generation.text.slice(found[0].length).trim(), reasoning };
}
