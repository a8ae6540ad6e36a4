/** From measurements to tiers, with the evidence. Pure. */
import type { Complexity } from '../../config/config.ts';
import { toYaml } from '../../config/write.ts';
import type { UsableModel } from './find-models.ts';
import type { Measurement, Score } from './measure.ts';

export interface Measured {
  usable: UsableModel;
  measurement: Measurement;
}

export interface Proposal {
  localFast: readonly Measured[];
  localQuality: readonly Measured[];
  leftOut: readonly { measured: Measured; reason: string }[];
}

/** A fast tier is for simple actions: it must get them right. */
const simpleEnough = 0.8;
/** And it must be worth a tier of its own: at most this share of the time of the best model. */
const fastEnough = 0.7;
/** A second model of the quality tier may be this much behind the best, in points. */
const closeToBest = 0.1;
const perTier = 2;
/** Ten a class, of three: with fewer, one answer more or less moves a model to another tier. */
const fewItems = 30;

/**
 * The best model on moderate and complex questions makes the quality tier, with one more that comes close. The
 * fast tier takes up to two that get the simple ones right in clearly less time. Everything else is left out
 * with its reason.
 */
export function proposeTiers(all: readonly Measured[]): Proposal {
  const leftOut: { measured: Measured; reason: string }[] = [];
  const answering = all.filter((measured) => {
    if (measured.measurement.answerMs !== undefined) return true;
    leftOut.push({ measured, reason: 'no answers' });
    return false;
  });
  const byQuality = answering.toSorted(
    (a, b) => hardShare(b) - hardShare(a) || simpleShare(b) - simpleShare(a) || timeOf(a) - timeOf(b),
  );
  const best = byQuality[0];
  if (best === undefined) return { localFast: [], localQuality: [], leftOut };
  const isFast = (measured: Measured) =>
    measured !== best &&
    simpleShare(measured) >= simpleEnough &&
    timeOf(measured) <= fastEnough * timeOf(best);
  const localFast = answering
    .filter(isFast)
    .toSorted((a, b) => timeOf(a) - timeOf(b))
    .slice(0, perTier);
  const localQuality = byQuality
    .filter(
      (measured) => !localFast.includes(measured) && hardShare(best) - hardShare(measured) <= closeToBest,
    )
    .slice(0, perTier);
  for (const measured of answering)
    if (!localFast.includes(measured) && !localQuality.includes(measured))
      leftOut.push({ measured, reason: whyNot(measured, best, isFast(measured)) });
  return { localFast, localQuality, leftOut };
}

function whyNot(measured: Measured, best: Measured, isFast: boolean): string {
  if (isFast) return 'two faster ones are there';
  const { name } = best.usable.entry;
  if (simpleShare(measured) < simpleEnough)
    return `misses too many simple questions and is no better than ${name} at hard ones`;
  const behind = hardShare(best) - hardShare(measured);
  if (behind > closeToBest) return `not clearly faster than ${name}, and not as good at hard questions`;
  if (behind === 0 && simpleShare(measured) <= simpleShare(best))
    return `no better than ${name}, and not clearly faster`;
  return `two at least as good at hard questions are there, and it is not clearly faster than ${name}`;
}

function simpleShare({ measurement }: Measured): number {
  return share(measurement.scores.simple);
}

function hardShare({ measurement: { scores } }: Measured): number {
  return share({
    passed: scores.moderate.passed + scores.complex.passed,
    of: scores.moderate.of + scores.complex.of,
  });
}

function share({ passed, of }: Score): number {
  return of === 0 ? 0 : passed / of;
}

function timeOf({ measurement }: Measured): number {
  return measurement.answerMs ?? Number.POSITIVE_INFINITY;
}

/** `9/10 simple, 6/10 moderate, 3/10 complex; 85 tokens/s, first token 0.2 s, load 1.2 s` */
export function evidence({ scores, tokensPerSecond, firstTokenMs, loadMs, error }: Measurement): string {
  if (error !== undefined) return `not measured: ${error}`;
  const passed = (['simple', 'moderate', 'complex'] satisfies Complexity[])
    .filter((complexity) => scores[complexity].of > 0)
    .map((complexity) => `${scores[complexity].passed}/${scores[complexity].of} ${complexity}`)
    .join(', ');
  const speed = tokensPerSecond === undefined ? 'speed unknown' : `${Math.round(tokensPerSecond)} tokens/s`;
  return `${passed}; ${speed}, first token ${seconds(firstTokenMs)}, load ${seconds(loadMs)}`;
}

function seconds(ms: number | undefined): string {
  return ms === undefined ? 'unknown' : `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 0)} s`;
}

/** The `tiers` section for swarmd.yaml, each model under the evidence for it. */
export function tiersYaml(
  proposal: Proposal,
  apiModels: readonly string[],
  day: string,
  items: number,
): string {
  const tier = (name: string, measured: readonly Measured[]) => [
    `  ${name}:`,
    ...(measured.length === 0
      ? ['    models: []']
      : [
          '    models:',
          ...measured.flatMap(({ usable, measurement }) => {
            const { enabled: _, ...entry } = usable.entry;
            const lines = toYaml([entry]).trimEnd().split('\n');
            return [`      # ${oneLine(evidence(measurement))}`, ...lines.map((line) => `      ${line}`)];
          }),
        ]),
  ];
  return [
    `# Measured on ${day} with ${items} questions a model; \`swarmd models bench\` measures again.`,
    ...(items < fewItems
      ? [
          `# Fewer than 10 questions a class prove little: measure with --items ${fewItems} before you rely on it.`,
        ]
      : []),
    'tiers:',
    ...tier('local_fast', proposal.localFast),
    ...tier('local_quality', proposal.localQuality),
    ...proposal.leftOut.map(
      ({ measured, reason }) =>
        `  # left out: ${oneLine(`${measured.usable.entry.name}: ${reason} (${evidence(measured.measurement)})`)}`,
    ),
    '  api_fallback:',
    `    models: [${apiModels.join(', ')}]`,
  ].join('\n');
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').slice(0, 300);
}
