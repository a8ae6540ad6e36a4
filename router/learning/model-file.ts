import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { SwarmdError } from '../../config/errors.ts';
import type { Calibration } from './calibrate.ts';
import type { Head } from './head.ts';
import type { LogisticModel } from './logistic.ts';
import type { AnswerPeriod } from './period.ts';
import type { Part, RouterModel } from './router-model.ts';

/** Where what was learned came from: enough to learn it again and to doubt it. */
export interface Provenance {
  /** ISO date and time, UTC. */
  learnedAt: string;
  /** The file's name, or `ledger`. */
  source: string;
  sha256: string;
  lines: number;
  swarmd: string;
  /** From the ledger: how many labels of each source. */
  labels?: Readonly<Record<string, number>>;
  /** What was not learned anew but kept from the file before, and where that came from. */
  kept?: string;
}

export interface LearnedFile {
  provenance: Provenance;
  model: RouterModel;
  /** Of the types with enough labelled answers. */
  calibrations: readonly Calibration[];
  /** The answers it was learned among: what later ones are compared with. Undefined where it was learned from a file. */
  period?: AnswerPeriod;
}

const format = 'swarmd-learned';
/** Raised whenever signals or hashing change their meaning: an old file is then refused, not misread. */
const version = 1;

/** Writes the file whole or not at all, and keeps the one before it for `swarmd learn --rollback`. */
export function writeLearned(path: string, learned: LearnedFile): void {
  const content = JSON.stringify({
    format,
    version,
    provenance: learned.provenance,
    prompt: packPart(learned.model.prompt),
    answer: packPart(learned.model.answer),
    calibrations: learned.calibrations.map((one) => ({ ...one, head: packHead(one.head) })),
    period: learned.period,
  });
  const fresh = `${path}.new`;
  writeFileSync(fresh, `${content}\n`, { mode: 0o600 });
  if (existsSync(path)) renameSync(path, previousOf(path));
  renameSync(fresh, path);
}

/** Puts the file before the last `learn` back; the present one becomes the previous, so that it can be undone. */
export function rollBackLearned(path: string): LearnedFile {
  const previous = previousOf(path);
  const restored = readLearned(previous);
  if (restored === undefined) {
    throw new SwarmdError('NOT_FOUND', 'there is nothing to roll back to', {
      where: previous,
      allowed: 'a second `swarmd learn` keeps what the first one learned',
    });
  }
  const aside = `${path}.aside`;
  if (existsSync(path)) renameSync(path, aside);
  renameSync(previous, path);
  if (existsSync(aside)) renameSync(aside, previous);
  return restored;
}

function previousOf(path: string): string {
  return path.replace(/(\.json)?$/, '.previous.json');
}

/** Undefined where there is no file; an error where there is one that cannot be used. */
export function readLearned(path: string): LearnedFile | undefined {
  if (!existsSync(path)) return undefined;
  try {
    const value = JSON.parse(readFileSync(path, 'utf8')) as Packed;
    if (value.format !== format || value.version !== version) {
      throw new Error(`format ${value.format} ${value.version} where ${format} ${version} is read`);
    }
    return {
      provenance: value.provenance,
      model: { prompt: unpackPart(value.prompt), answer: unpackPart(value.answer) },
      calibrations: (value.calibrations ?? []).map((one) => ({ ...one, head: unpackHead(one.head) })),
      ...(value.period === undefined ? {} : { period: value.period }),
    };
  } catch (error) {
    throw new SwarmdError('CONFIG_INVALID', `what was learned cannot be read: ${(error as Error).message}`, {
      where: path,
      allowed:
        'learn again with `swarmd learn FILE`, go back with `swarmd learn --rollback`, or delete the file',
      cause: error,
    });
  }
}

interface Packed {
  format: string;
  version: number;
  provenance: Provenance;
  prompt?: PackedPart;
  answer?: PackedPart;
  calibrations?: readonly (Omit<Calibration, 'head'> & { head: PackedHead })[];
  period?: AnswerPeriod;
}

interface PackedPart extends Omit<Part, 'head' | 'prior'> {
  head: PackedHead;
  prior?: { head: PackedHead; spread: Part['spread']; share: number };
}

interface PackedHead {
  names: readonly string[];
  means: number[];
  deviations: number[];
  reads_text: boolean;
  weak: PackedLogistic;
  strong?: PackedLogistic;
}

/** Weights of signals as they are; those of hashed places as 16-bit steps of `scale`, in base64. */
interface PackedLogistic {
  intercept: number;
  signals: number[];
  scale: number;
  places: string;
}

function packPart(part: Part | undefined): PackedPart | undefined {
  if (part === undefined) return undefined;
  const { head, lines, spread, prior } = part;
  return {
    lines,
    spread,
    head: packHead(head),
    ...(prior === undefined ? {} : { prior: { ...prior, head: packHead(prior.head) } }),
  };
}

function unpackPart(part: PackedPart | undefined): Part | undefined {
  if (part === undefined) return undefined;
  const { head, lines, spread, prior } = part;
  return {
    lines,
    spread,
    head: unpackHead(head),
    prior: prior === undefined ? undefined : { ...prior, head: unpackHead(prior.head) },
  };
}

function packHead(head: Head): PackedHead {
  const own = head.names.length;
  return {
    names: head.names,
    means: [...head.means],
    deviations: [...head.deviations],
    reads_text: head.readsText,
    weak: packLogistic(head.weak, own),
    ...(head.strong === undefined ? {} : { strong: packLogistic(head.strong, own) }),
  };
}

function unpackHead(packed: PackedHead): Head {
  return {
    names: packed.names,
    means: Float64Array.from(packed.means),
    deviations: Float64Array.from(packed.deviations),
    readsText: packed.reads_text,
    weak: unpackLogistic(packed.weak),
    strong: packed.strong === undefined ? undefined : unpackLogistic(packed.strong),
  };
}

function packLogistic(model: LogisticModel, signals: number): PackedLogistic {
  const places = model.weights.subarray(signals);
  const scale = places.reduce((most, weight) => Math.max(most, Math.abs(weight)), 0) / 32767 || 1;
  const steps = Int16Array.from(places, (weight) => Math.round(weight / scale));
  return {
    intercept: model.intercept,
    signals: [...model.weights.subarray(0, signals)],
    scale,
    places: Buffer.from(steps.buffer).toString('base64'),
  };
}

function unpackLogistic(packed: PackedLogistic): LogisticModel {
  const bytes = Buffer.from(packed.places, 'base64');
  const count = bytes.length / 2;
  const weights = new Float64Array(packed.signals.length + count);
  weights.set(packed.signals);
  for (let k = 0; k < count; k++)
    weights[packed.signals.length + k] = bytes.readInt16LE(2 * k) * packed.scale;
  return { weights, intercept: packed.intercept };
}
