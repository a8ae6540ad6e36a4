import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SwarmdError } from '../../config/errors.ts';
import { packageRoot } from '../../config/paths.ts';
import { knownTypes } from '../../daemon/action-input.ts';
import { type LearnedFile, readLearned } from '../../router/learning/model-file.ts';
import { unknownFields } from '../../router/learning/recorded.ts';
import { tell } from '../terminal/output.ts';
import { safeLine } from '../terminal/safe-text.ts';
import { type CommonOptions, configOf, dataDirOf } from './settings.ts';

/** Where this installation keeps what it has learned. */
export function learnedPath(options: CommonOptions): string {
  return join(dataDirOf(options), 'learned.json');
}

/** What ships with the product: fitted on GSM8K and MMLU, see docs/quality.md. */
export function shippedPrior(): LearnedFile {
  const path = join(packageRoot(), 'config', 'prior.json');
  const prior = readLearned(path);
  if (prior === undefined) {
    throw new SwarmdError('INTERNAL', 'the prior that ships with swarmd is missing', { where: path });
  }
  return prior;
}

/** What was learned here; what cannot be read (an older version's, a damaged file) is said and left out. */
export function learnedHere(options: CommonOptions): LearnedFile | undefined {
  try {
    return readLearned(learnedPath(options));
  } catch (error) {
    tell(`swarmd: ${safeLine((error as Error).message)}; left out`);
    return undefined;
  }
}

/** What was learned here, else what ships with the product. */
export function learnedOrPrior(options: CommonOptions): LearnedFile & { own: boolean } {
  const own = readLearned(learnedPath(options));
  return own === undefined ? { ...shippedPrior(), own: false } : { ...own, own: true };
}

/** Says on standard error which fields of the lines nothing reads, and which action types there are not. */
export function tellUnknownFields(text: string, options: CommonOptions): void {
  for (const field of unknownFields(text, knownTypes(configOf(options).config)))
    tell(`swarmd: ${safeLine(field)}`);
}

/** The text of a file, or of standard input for `-`. */
export function readInput(file: string): { text: string; sha256: string } {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file === '-' ? 0 : file);
  } catch (error) {
    throw new SwarmdError('INPUT_INVALID', `cannot read ${file === '-' ? 'standard input' : file}`, {
      where: file,
      allowed: 'the path of a JSONL file, or - for standard input',
      cause: error,
    });
  }
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { text: bytes.toString('utf8').replace(/^\ufeff/, ''), sha256 };
}
