import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { SwarmdError } from '../../config/errors.ts';
import type { Calibration } from './calibrate.ts';
import {
  type PackedHead,
  type PackedPart,
  packHead,
  packPart,
  unpackHead,
  unpackPart,
} from './packed-part.ts';
import type { AnswerPeriod } from './period.ts';
import type { RouterModel } from './router-model.ts';

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
  /** Hashes of the prompts it was learned from (`leaks.ts`): an evaluation on them would say nothing. */
  prompts?: string;
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
const version = 2;

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
