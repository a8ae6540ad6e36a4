/**
 * How hard a request looks, and why. It runs before every call, in process: rules over one reading of the text, and
 * a small logistic model of how requests are worded that decides the class where it has something to go by. No
 * language model, no network, p99 under 0.2 ms on ordinary prompts (`scripts/bench/classify.ts`).
 *
 * Only the user's own text is judged. Routers that score the system prompt or the tool definitions see the
 * same number for every request. And no evidence is not "simple": the confidence is low then, and the plan
 * starts at a model that can do ordinary work.
 */
import type { Complexity } from '../config/config.ts';
import { criticalReason } from './classify/critical.ts';
import { expectOutput } from './classify/expected-output.ts';
import { historySignals } from './classify/history.ts';
import { findNamedModel } from './classify/named-model.ts';
import { readText, type TextFacts } from './classify/read-text.ts';
import { signalsOf, weakSignals } from './classify/signals.ts';
import {
  complexityOfWording,
  confidenceOfWording,
  judgeWording,
  logOddsOf,
  percentages,
  type WordingJudgement,
} from './classify/task-model.ts';
import type { RulesView } from './classify/wording.ts';
import { domainOf } from './classify/words.ts';
import { personalDataOf } from './privacy/personal-data.ts';
import { estimateError, estimatePromptTokens, promptTexts } from './tokens.ts';
import type { Classification, Request, Signal } from './types.ts';

/** A score fitted on this installation's own outcomes (`swarmd learn`); replaces the rules' score where it is sure. */
export interface LearnedScore {
  /** `score` 0..1 and how sure it is, 0..1; undefined: it has too few examples like this one. */
  predict(
    request: Request,
    signals: readonly Signal[],
  ): { score: number; confidence: number; evidence: string } | undefined;
}

export interface ClassifyOptions {
  learned?: LearnedScore;
}

/** Scores below the first are simple, from the second on complex. */
export const complexityBounds = { moderate: 0.3, complex: 0.6 } as const;

/** Below this confidence a plan does not rely on the complexity. */
export const lowConfidence = 0.4;

const mostPointingWords = 4;
const pointers: ReadonlySet<string> = new Set(
  'it this that these those them es das dies diese ça ca cela ceci eso esto lo la questo quello isso isto dit dat to это его 这 这个 它 これ それ'.split(
    ' ',
  ),
);

/** Log-odds of the score when nothing is known: 0.4, in the middle of moderate. */
const prior = Math.log(0.4 / 0.6);

export function complexityOf(score: number): Complexity {
  if (score < complexityBounds.moderate) return 'simple';
  return score < complexityBounds.complex ? 'moderate' : 'complex';
}

/**
 * Classifies one request. The complexity its type states wins, with confidence 1; else the learned score where
 * there is one; else the rules.
 */
export function classify(request: Request, options: ClassifyOptions = {}): Classification {
  const facts = readText(request.userText);
  const rules = signalsOf(facts);
  const view = viewOf(rules);
  // The choices of a test make a question of its own kind, which the wording says nothing about.
  const wording = facts.options >= 2 ? undefined : judgeWording(request.userText, facts, view);
  const history = historySignals(request.messages);
  const signals = [...rules, ...(wording === undefined ? [] : [wordingSignal(wording, view)]), ...history];
  const sure = confidenceIn(confidenceOf([...rules, ...history]), view, wording);
  const confidence = pointsAtNothing(facts) ? Math.min(sure, lowConfidence / 2) : sure;
  const judged = judge(request, signals, confidence, options.learned);
  const critical = criticalReason(request, facts);
  // However plain its words: what cannot be undone is no work for the smallest model.
  const isTyped = request.typeComplexity !== undefined;
  const least = critical === undefined || isTyped ? 0 : complexityBounds.moderate;
  const score = Math.max(judged.score, least);
  const complexity = request.typeComplexity ?? complexityOf(score);
  if (critical !== undefined) signals.push({ name: 'quality-critical', weight: 0, evidence: critical });
  const namedModel = findNamedModel(facts.prose);
  const inputTokens = estimatePromptTokens(request);
  return {
    complexity,
    score,
    confidence: judged.confidence,
    signals: [...judged.extra, ...signals],
    inputTokens,
    inputTokensError: estimateError(promptTexts(request).texts, inputTokens),
    expectedOutputTokens: expectOutput(request, facts, complexity),
    qualityCritical: critical !== undefined,
    needsTools: (request.tools?.length ?? 0) > 0 || asksForTools(facts),
    domain: domainOfText(facts),
    ...(namedModel === undefined ? {} : { namedModel }),
    personalData: personalDataOf(request),
  };
}

interface Judged {
  score: number;
  confidence: number;
  extra: readonly Signal[];
}

function judge(
  request: Request,
  signals: readonly Signal[],
  confidence: number,
  learned: LearnedScore | undefined,
): Judged {
  const score = scoreOf(signals);
  if (request.typeComplexity !== undefined) {
    return {
      score: withinBand(score, request.typeComplexity),
      confidence: 1,
      extra: [
        {
          name: 'type',
          weight: 0,
          evidence: `${request.complexityFrom ?? `type ${request.type}`} is ${request.typeComplexity}`,
        },
      ],
    };
  }
  const predicted = learned?.predict(request, signals);
  if (predicted !== undefined) {
    return {
      score: predicted.score,
      confidence: predicted.confidence,
      extra: [{ name: 'learned', weight: 0, evidence: predicted.evidence }],
    };
  }
  return { score, confidence, extra: [] };
}

function scoreOf(signals: readonly Signal[]): number {
  const logOdds = signals.reduce((sum, signal) => sum + signal.weight, prior);
  return 1 / (1 + Math.exp(-logOdds));
}

/** What the rules alone say: the model of the wording weighs it. */
export function viewOf(rules: readonly Signal[]): RulesView {
  const score = scoreOf(rules);
  return { logOdds: logOddsOf(score), complexity: complexityOf(score) };
}

/**
 * What moves the rules' score into the class of the wording; nothing where they agree, so that within a class the
 * rules rank.
 */
function wordingSignal(wording: WordingJudgement, rules: RulesView): Signal {
  const complexity = complexityOfWording(wording);
  const { evidence } = wording;
  const chances = percentages(wording);
  const agrees = complexity === rules.complexity;
  return {
    name: 'wording',
    weight: agrees ? 0 : logOddsOf(placeInBand(wording, complexity)) - rules.logOdds,
    evidence: `simple ${chances[0]} %, moderate ${chances[1]} %, complex ${chances[2]} %${evidence === '' ? '' : `: ${evidence}`}`,
  };
}

/** The surer of its class, the further from the bounds of the others. */
function placeInBand({ atLeastModerate, complex }: WordingJudgement, complexity: Complexity): number {
  const bounds = complexityBounds;
  if (complexity === 'complex') return bounds.complex + 0.35 * complex;
  if (complexity === 'simple') return bounds.moderate * (0.1 + 0.85 * atLeastModerate);
  return bounds.moderate + (bounds.complex - bounds.moderate) * (0.2 + 0.6 * Math.min(1, complex));
}

/** Where rules and wording agree the surer counts; where they do not, the wording, which decided. */
function confidenceIn(own: number, rules: RulesView, wording: WordingJudgement | undefined): number {
  if (wording === undefined) return own;
  const said = confidenceOfWording(wording);
  return complexityOfWording(wording) === rules.complexity ? Math.max(own, said) : said;
}

/** "Fix it", "why is this slow?": what the few words point at is not in the text, so nothing is known of it. */
function pointsAtNothing(facts: TextFacts): boolean {
  return (
    facts.wordCount <= mostPointingWords &&
    facts.codeBlocks === 0 &&
    facts.words.some((word) => pointers.has(word))
  );
}

/** A stated complexity fixes the band, the text only the place within it. */
function withinBand(score: number, complexity: Complexity): number {
  const { moderate, complex } = complexityBounds;
  if (complexity === 'simple') return Math.min(score, moderate - 0.01);
  if (complexity === 'complex') return Math.max(score, complex);
  return Math.min(Math.max(score, moderate), complex - 0.01);
}

/**
 * 0 without any evidence, near 1 with much of it that agrees. Length and how sentences are built are weak: they
 * count a third, or every long text would be sure to be hard.
 */
function confidenceOf(signals: readonly Signal[]): number {
  let forSimple = 0;
  let forHard = 0;
  for (const signal of signals) {
    const weight = weakSignals.has(signal.name) ? signal.weight / 3 : signal.weight;
    if (weight < 0) forSimple -= weight;
    else forHard += weight;
  }
  const evidence = forSimple + forHard;
  if (evidence === 0) return 0;
  const agreement = Math.max(forSimple, forHard) / evidence;
  return (1 - Math.exp(-1.2 * evidence)) * (2 * agreement - 1) ** 0.5;
}

const toolRequest =
  /\b(?:search the (?:web|internet)|browse|look (?:it |this )?up online|google|fetch (?:the )?(?:url|page)|current (?:price|weather|time|date|news)|today's|latest (?:news|price|version)|(?:run|execute) (?:the |this )?(?:command|script|tests?|query)|(?:read|open|edit) the files?|list the files)\b/i;

function asksForTools(facts: TextFacts): boolean {
  return toolRequest.test(facts.prose);
}

/** The domain most words belong to; code and mathematics also by their signs. */
function domainOfText(facts: TextFacts): Classification['domain'] {
  const counts: Record<Classification['domain'], number> = {
    general: 0,
    code: facts.codeBlocks * 3 + (facts.codeSigns >= 12 && facts.codeSigns / facts.readLength > 0.02 ? 2 : 0),
    maths: facts.mathsSigns >= 2 ? 2 : 0,
    data: 0,
    writing: 0,
    research: 0,
  };
  for (const word of facts.words) {
    const domain = domainOf(word);
    if (domain !== undefined) counts[domain] += 1;
  }
  let best: Classification['domain'] = 'general';
  for (const domain of ['code', 'maths', 'data', 'writing', 'research'] as const) {
    if (counts[domain] > counts[best]) best = domain;
  }
  return best;
}
