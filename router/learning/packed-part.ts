import type { Grove } from './grove.ts';
import type { Head } from './head.ts';
import type { LogisticModel } from './logistic.ts';
import type { Part } from './part.ts';
import type { Reach } from './reach.ts';

/** Parts as they stand in a file: names and numbers as JSON, long tables of numbers in base64. */
export interface PackedPart extends Omit<Part, 'head' | 'grove' | 'prior' | 'choices' | 'reach'> {
  head: PackedHead;
  grove?: PackedGrove;
  choices?: PackedPart;
  reach?: PackedReach;
  prior?: { head: PackedHead; spread: Part['spread']; share: number; reach: PackedReach };
}

export interface PackedHead {
  names: readonly string[];
  means: number[];
  deviations: number[];
  furthest: number;
  reads_text: boolean;
  weak: PackedLogistic;
  strong?: PackedLogistic;
}

/** Weights of signals as they are; those of hashed places as 16-bit steps of `scale`. */
interface PackedLogistic {
  intercept: number;
  signals: number[];
  scale: number;
  places: string;
}

interface PackedGrove {
  names: readonly string[];
  topics?: { count: number; words: string; steps: string; scales: string };
  forest: {
    outputs: number;
    roots: string;
    features: string;
    thresholds: string;
    above: string;
    means: string;
  };
}

interface PackedReach {
  names: readonly string[];
  means: number[];
  deviations: number[];
  factor: string;
  usual: number;
}

export function packPart(part: Part | undefined): PackedPart | undefined {
  if (part === undefined) return undefined;
  const { head, grove, prior, choices, reach, ...rest } = part;
  const packedChoices = packPart(choices);
  return {
    ...rest,
    head: packHead(head),
    ...(packedChoices === undefined ? {} : { choices: packedChoices }),
    ...(grove === undefined ? {} : { grove: packGrove(grove) }),
    ...(reach === undefined ? {} : { reach: packReach(reach) }),
    ...(prior === undefined
      ? {}
      : { prior: { ...prior, head: packHead(prior.head), reach: packReach(prior.reach) } }),
  };
}

export function unpackPart(packed: PackedPart | undefined): Part | undefined {
  if (packed === undefined) return undefined;
  const { head, grove, prior, choices, reach, ...rest } = packed;
  return {
    ...rest,
    choices: unpackPart(choices),
    ...(reach === undefined ? {} : { reach: unpackReach(reach) }),
    head: unpackHead(head),
    grove: grove === undefined ? undefined : unpackGrove(grove),
    prior:
      prior === undefined
        ? undefined
        : { ...prior, head: unpackHead(prior.head), reach: unpackReach(prior.reach) },
  };
}

export function packHead(head: Head): PackedHead {
  const own = head.names.length;
  return {
    names: head.names,
    means: [...head.means],
    deviations: [...head.deviations],
    furthest: head.furthest,
    reads_text: head.readsText,
    weak: packLogistic(head.weak, own),
    ...(head.strong === undefined ? {} : { strong: packLogistic(head.strong, own) }),
  };
}

export function unpackHead(packed: PackedHead): Head {
  return {
    names: packed.names,
    means: Float64Array.from(packed.means),
    deviations: Float64Array.from(packed.deviations),
    furthest: packed.furthest,
    readsText: packed.reads_text,
    weak: unpackLogistic(packed.weak),
    strong: packed.strong === undefined ? undefined : unpackLogistic(packed.strong),
  };
}

function packLogistic(model: LogisticModel, signals: number): PackedLogistic {
  const places = model.weights.subarray(signals);
  const scale = places.reduce((most, weight) => Math.max(most, Math.abs(weight)), 0) / 32767 || 1;
  return {
    intercept: model.intercept,
    signals: [...model.weights.subarray(0, signals)],
    scale,
    places: base64(Int16Array.from(places, (weight) => Math.round(weight / scale))),
  };
}

function unpackLogistic(packed: PackedLogistic): LogisticModel {
  const steps = new Int16Array(bytesOf(packed.places));
  const weights = new Float64Array(packed.signals.length + steps.length);
  weights.set(packed.signals);
  for (const [k, step] of steps.entries()) weights[packed.signals.length + k] = step * packed.scale;
  return { weights, intercept: packed.intercept };
}

function packGrove({ names, topics, forest }: Grove): PackedGrove {
  return {
    names,
    ...(topics === undefined
      ? {}
      : {
          topics: {
            count: topics.count,
            words: base64(topics.words),
            steps: base64(topics.steps),
            scales: base64(topics.scales),
          },
        }),
    forest: {
      outputs: forest.outputs,
      roots: base64(forest.roots),
      features: base64(forest.features),
      thresholds: base64(forest.thresholds),
      above: base64(forest.above),
      means: base64(forest.means),
    },
  };
}

function unpackGrove({ names, topics, forest }: PackedGrove): Grove {
  return {
    names,
    topics:
      topics === undefined
        ? undefined
        : {
            count: topics.count,
            words: new Int32Array(bytesOf(topics.words)),
            steps: new Int16Array(bytesOf(topics.steps)),
            scales: new Float64Array(bytesOf(topics.scales)),
          },
    forest: {
      outputs: forest.outputs,
      roots: new Int32Array(bytesOf(forest.roots)),
      features: new Int16Array(bytesOf(forest.features)),
      thresholds: new Float32Array(bytesOf(forest.thresholds)),
      above: new Int32Array(bytesOf(forest.above)),
      means: new Float32Array(bytesOf(forest.means)),
    },
  };
}

function packReach({ names, means, deviations, factor, usual }: Reach): PackedReach {
  return { names, means: [...means], deviations: [...deviations], factor: base64(factor), usual };
}

function unpackReach({ names, means, deviations, factor, usual }: PackedReach): Reach {
  return {
    names,
    means: Float64Array.from(means),
    deviations: Float64Array.from(deviations),
    factor: new Float64Array(bytesOf(factor)),
    usual,
  };
}

/** The numbers as they lie in memory, little-endian: a file is read on the machine, or the kind of machine, that wrote it. */
function base64(numbers: { buffer: ArrayBufferLike; byteOffset: number; byteLength: number }): string {
  return Buffer.from(numbers.buffer, numbers.byteOffset, numbers.byteLength).toString('base64');
}

/** Bytes of their own, so that numbers of any width can be read from the first one on. */
function bytesOf(text: string): ArrayBuffer {
  return new Uint8Array(Buffer.from(text, 'base64')).buffer;
}
