import { copyFileSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
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
  /** When a rollback put it back: answers between were another file's. Milliseconds since 1970, UTC. */
  restoredAt?: number;
}

const format = 'swarmd-learned';
/** Raised whenever signals or hashing change their meaning: an old file is then refused, not misread. */
const version = 3;

/**
 * Writes the file whole or not at all, and keeps the one before it for `swarmd learn --rollback`. Learning the
 * same again keeps the older, different one; a first learn has nothing before it but what ships. Killed at any
 * moment, there is one of the two at `path` and one that can be read to go back to, or none; what else is left
 * is cleared by the next learn or rollback.
 */
export function writeLearned(path: string, learned: LearnedFile): void {
  finishReplacing(path);
  const packed: Packed = {
    format,
    version,
    provenance: learned.provenance,
    prompt: packPart(learned.model.prompt),
    answer: packPart(learned.model.answer),
    calibrations: learned.calibrations.map((one) => ({ ...one, head: packHead(one.head) })),
    ...(learned.period === undefined ? {} : { period: learned.period }),
  };
  if (!existsSync(path)) rmSync(previousOf(path), { force: true });
  replace(path, packed, existsSync(path) && isWorthKeeping(path, packed));
}

/**
 * Puts another file at `path`, and what was there at `previous` if it is to be kept. A copy is set aside first,
 * while the fresh one stands beside it: `.aside` without `.new` says that only the last step is missing.
 */
function replace(path: string, packed: Packed, keep: boolean): void {
  writeFileSync(newOf(path), `${JSON.stringify(packed)}\n`, { mode: 0o600, flush: true });
  if (keep) copyFileSync(path, asideOf(path));
  renameSync(newOf(path), path);
  if (keep) renameSync(asideOf(path), previousOf(path));
}

/** Ends what a killed process began, or undoes it. */
function finishReplacing(path: string): void {
  if (existsSync(newOf(path)) && existsSync(path)) rmSync(asideOf(path), { force: true });
  for (const one of [path, previousOf(path)]) rmSync(newOf(one), { force: true });
  if (!existsSync(asideOf(path))) return;
  // Before 0.1.0 a rollback moved the present file aside, and for a moment there was none.
  renameSync(asideOf(path), existsSync(path) ? previousOf(path) : path);
}

/** Nobody wants to go back to what teaches the same, and nobody can to a file that cannot be read. */
function isWorthKeeping(path: string, next: Packed): boolean {
  const taught = ({ prompt, answer, calibrations }: Packed) => JSON.stringify([prompt, answer, calibrations]);
  return isReadable(path) && taught(JSON.parse(readFileSync(path, 'utf8')) as Packed) !== taught(next);
}

function isReadable(path: string): boolean {
  try {
    return readLearned(path) !== undefined;
  } catch {
    return false;
  }
}

/**
 * Puts back what was known before the last `learn`, and returns it: undefined is what ships with swarmd, before
 * the first. The present file becomes the previous, so that it can be undone.
 */
export function rollBackLearned(path: string): LearnedFile | undefined {
  finishReplacing(path);
  const previous = previousOf(path);
  const restored = readLearned(previous);
  if (restored === undefined) {
    if (!existsSync(path)) {
      throw new SwarmdError('NOT_FOUND', 'there is nothing to roll back: nothing was learned here', {
        where: path,
        allowed: 'after swarmd learn',
      });
    }
    renameSync(path, previous);
    return undefined;
  }
  const packed: Packed = {
    ...(JSON.parse(readFileSync(previous, 'utf8')) as Packed),
    restoredAt: Date.now(),
  };
  if (existsSync(path)) replace(path, packed, isReadable(path));
  else {
    // Back from what ships: the one set aside is written anew where it stands, then moved.
    replace(previous, packed, false);
    renameSync(previous, path);
  }
  return restored;
}

function newOf(path: string): string {
  return `${path}.new`;
}

function asideOf(path: string): string {
  return `${path}.aside`;
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
      ...(value.restoredAt === undefined ? {} : { restoredAt: value.restoredAt }),
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
  prompt?: PackedPart | undefined;
  answer?: PackedPart | undefined;
  calibrations?: readonly (Omit<Calibration, 'head'> & { head: PackedHead })[];
  period?: AnswerPeriod;
  restoredAt?: number;
}
