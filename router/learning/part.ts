import { evaluateRanking } from './evaluate.ts';
import { fitGrove, type Grove, type GroveOptions, predictGrove } from './grove.ts';
import { type Example, fitHead, type Head, type HeadOptions, predictHead, type Target } from './head.ts';
import { sigmoid } from './logistic.ts';
import type { Signals } from './prompt-signals.ts';
import { fitReach, type Reach, strangeness } from './reach.ts';

/** What was learned from one view of the outcomes (prompts, or prompts with answers). */
export interface Part {
  /** A linear model: sums up weak evidence, and carries over to what was not seen. */
  head: Head;
  /** Trees beside it: kinds of tasks that differ from what their signals add up to. None in what ships. */
  grove: Grove | undefined;
  /** The grove's share in the chances. */
  groveShare: number;
  /** How many lines it rests on. */
  lines: number;
  /** Mean and deviation of its own predicted need over lines it was not fitted on. */
  spread: Spread;
  /** What was learned elsewhere, and its share in the predicted need. */
  prior: Prior | undefined;
  /** What was learned from tasks with lettered choices, where they have a part of their own: this one is of the others. */
  choices: Part | undefined;
  /** Of a part that sees answers: where what was learned ends. */
  reach?: Reach;
}

/** What was learned elsewhere, beside what was learned here. */
export interface Prior {
  head: Head;
  /** Of its predicted need over the lines learned from here. */
  spread: Spread;
  share: number;
  /** Where what was learned here ends: on a task beyond it only the prior speaks. */
  reach: Reach;
}

export interface Spread {
  mean: number;
  deviation: number;
}

export interface PartOptions {
  head: HeadOptions;
  grove: GroveOptions | undefined;
  /** The grove's share in the chances. */
  groveShare: number;
}

/** One task, or a task with an answer, as a part sees it. */
export interface Sample extends Example {
  /** The text of the task. */
  task: string;
}

/** Chances that the local answer falls short, and that the stronger model's would not. */
export interface Chances {
  weakFails: number;
  strongRight: number;
}

/**
 * With this many lines the own part and the prior count alike; the prior's share falls with the square of the
 * lines. Measured: GSM8K (530 lines) ranks best with two thirds of MMLU's prior, MMLU (5,600 lines) with next to
 * nothing of GSM8K's.
 */
const priorLines = 1000;
/** A share below this is none: not worth the time to weigh it. */
const leastShare = 0.05;

/**
 * Fits head and grove. The head, which cannot tell kinds of tasks apart, learns from `softened` labels where they
 * are given; the grove, which can, from the labels as they are (drawn to their group they cost it 0.01 of APGR).
 */
export function fitPart(
  samples: readonly Sample[],
  targets: readonly Target[],
  options: PartOptions,
  softened: readonly Target[] = targets,
): Part {
  const head = fitHead(samples, softened, options.head);
  const grove = options.grove === undefined ? undefined : fitGrove(samples, targets, options.grove);
  const alone = { prior: undefined, choices: undefined };
  const part = { head, grove, groveShare: options.groveShare, lines: samples.length, ...alone };
  return { ...part, spread: spreadOf(samples.map((sample) => gain(ownChances(part, sample)))) };
}

/** Puts what was learned elsewhere beside a part. */
export function besidePrior(
  part: Part,
  prior: Head,
  samples: readonly Sample[],
  targets: readonly Target[],
  options: PartOptions,
): Part {
  const believed = samples.map((sample) => gain(predictHead(prior, sample)));
  const reach = fitReach(samples.map(({ signals }) => signals));
  const byLines = priorLines ** 2 / (priorLines ** 2 + samples.length ** 2);
  if (byLines < leastShare)
    return { ...part, prior: { head: prior, spread: spreadOf(believed), share: 0, reach } };
  // Less the worse it ranks these lines than a part of their own ranks lines that were left out of it.
  const own = leftOut(samples, targets, options);
  const edge = Math.min(1, edgeOf(believed, targets) / Math.max(edgeOf(own, targets), 1e-6));
  return {
    ...part,
    spread: spreadOf(own),
    prior: { head: prior, spread: spreadOf(believed), share: byLines * edge, reach },
  };
}

/** A question with lettered choices is another kind of task: what makes it hard is not what makes others hard. */
export function offersChoices(signals: Signals): boolean {
  return (signals.options ?? 0) >= 2;
}

/** The part that was learned from tasks of this one's kind. */
export function partFor(part: Part, signals: Signals): Part {
  return part.choices !== undefined && offersChoices(signals) ? part.choices : part;
}

/** Chances for one task, and what a router ranks by: 1 the stronger model gains surely, 0 it loses surely. */
export function predictPart(whole: Part, sample: Sample): Chances & { escalate: number } {
  const part = partFor(whole, sample.signals);
  const chances = ownChances(part, sample);
  return { ...chances, escalate: blended(part, sample, gain(chances)) };
}

function ownChances(part: Pick<Part, 'head' | 'grove' | 'groveShare'>, sample: Sample): Chances {
  const linear = predictHead(part.head, sample);
  if (part.grove === undefined) return linear;
  const trees = predictGrove(part.grove, sample);
  const mixed = (one: number, other: number) => one + part.groveShare * (other - one);
  return {
    weakFails: mixed(linear.weakFails, trees.weakFails),
    strongRight: mixed(linear.strongRight, trees.strongRight),
  };
}

/**
 * Own need and prior's, each as its standing among the lines learned from. The stranger a task is to what was
 * learned here, the more of the say is the prior's.
 */
function blended(part: Part, sample: Sample, own: number): number {
  if (part.prior === undefined) return own;
  const { head, spread, reach } = part.prior;
  const share = part.prior.share + (1 - part.prior.share) * strangeness(reach, sample.signals);
  if (share === 0) return own;
  const believed = gain(predictHead(head, sample));
  const standing =
    ((1 - share) * (own - part.spread.mean)) / part.spread.deviation +
    (share * (believed - spread.mean)) / spread.deviation;
  return atStanding(standing, part.spread);
}

/** Back to a need: linear near the mean, and never quite 0 or 1, so that extremes are still told apart. */
function atStanding(standing: number, { mean, deviation }: Spread): number {
  const centre = Math.min(0.98, Math.max(0.02, mean));
  const slope = deviation / (centre * (1 - centre));
  return sigmoid(Math.log(centre / (1 - centre)) + slope * standing);
}

/** Predicted gains of lines by parts that have not seen them. */
function leftOut(samples: readonly Sample[], targets: readonly Target[], options: PartOptions): number[] {
  const thirds = 3;
  const gains: number[] = [];
  for (let third = 0; third < thirds; third++) {
    const kept = (_: unknown, i: number) => i % thirds !== third;
    const part = fitPart(samples.filter(kept), targets.filter(kept), options);
    for (let i = third; i < samples.length; i += thirds)
      gains[i] = gain(ownChances(part, samples[i] as Sample));
  }
  return gains;
}

/** How far above chance a ranking is. */
function edgeOf(needs: readonly number[], targets: readonly Target[]): number {
  const records = targets.map((target) => ({
    weakCorrect: target.weakFails === 0,
    strongCorrect: target.strongRight !== 0,
  }));
  return Math.max(0, (evaluateRanking(needs, records)?.apgr ?? 0.5) - 0.5);
}

function spreadOf(needs: readonly number[]): Spread {
  const mean = needs.reduce((sum, need) => sum + need, 0) / needs.length;
  const variance = needs.reduce((sum, need) => sum + (need - mean) ** 2, 0) / needs.length;
  return { mean, deviation: Math.sqrt(variance) || 1 };
}

/** What the stronger model is expected to gain, 0 to 1: one half where it makes no difference. */
function gain(chances: Chances): number {
  return (chances.weakFails + chances.strongRight) / 2;
}
