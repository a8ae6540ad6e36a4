import { mkdirSync } from 'node:fs';
import { basename } from 'node:path';
import type { Command } from 'commander';
import { SwarmdError } from '../../config/errors.ts';
import { version } from '../../daemon/version.ts';
import { calibrate, type LabelledAnswer } from '../../router/learning/calibrate.ts';
import { crossValidate } from '../../router/learning/cross-validate.ts';
import { rollBackLearned, writeLearned } from '../../router/learning/model-file.ts';
import { checksOf } from '../../router/learning/offline-checks.ts';
import { type RecordedLine, readRecorded } from '../../router/learning/recorded.ts';
import { fitRouterModel, leastLines } from '../../router/learning/router-model.ts';
import { print, startProgress } from '../terminal/output.ts';
import { jsonLine } from '../terminal/safe-text.ts';
import { learnedPath, readInput, shippedPrior } from './learned-file.ts';
import { type CommonOptions, dataDirOf, withCommonOptions } from './settings.ts';

interface LearnOptions extends CommonOptions {
  rollback?: boolean;
  check: boolean;
}

export function registerLearn(program: Command): void {
  withCommonOptions(
    program
      .command('learn')
      .description('learn from recorded outcomes which prompts and answers need a stronger model')
      .argument(
        '[file]',
        'JSONL, one {id, prompt, weak: {correct, response?}, strong?: {…}, domain?} a line',
      ),
  )
    .option('--rollback', 'go back to what was known before the last learn')
    .option('--no-check', 'do not measure by cross-validation what was learned')
    .addHelpText('after', '\nExample:\n  swarmd learn recorded.jsonl && swarmd score prompts.jsonl')
    .action(learn);
}

function learn(file: string | undefined, options: LearnOptions): void {
  const path = learnedPath(options);
  if (options.rollback === true) {
    const { provenance } = rollBackLearned(path);
    print(`back to what was learned ${provenance.learnedAt} from ${provenance.source}`);
    return;
  }
  if (file === undefined) {
    throw new SwarmdError('USAGE', 'nothing to learn from', {
      allowed: 'swarmd learn FILE.jsonl, or swarmd learn --rollback',
    });
  }
  const { text, sha256 } = readInput(file);
  const lines = readRecorded(text, file === '-' ? 'stdin' : file);
  if (lines.length < leastLines) {
    throw new SwarmdError('INPUT_INVALID', `${lines.length} labelled lines are too few to learn from`, {
      where: file,
      allowed: `at least ${leastLines}: with fewer the uncertainty is greater than what could be learned`,
    });
  }
  const progress = startProgress(`learning from ${lines.length} lines`);
  const prior = shippedPrior().model;
  const model = fitRouterModel(lines, prior);
  progress.update('measuring by cross-validation');
  const measured = options.check ? crossValidate(lines, undefined) : undefined;
  progress.end();
  const provenance = {
    learnedAt: new Date().toISOString(),
    source: file === '-' ? 'stdin' : basename(file),
    sha256,
    lines: lines.length,
    swarmd: version,
  };
  mkdirSync(dataDirOf(options), { recursive: true, mode: 0o700 });
  const calibrations = calibrate(lines.flatMap(labelOf));
  writeLearned(path, { provenance, model, calibrations });
  if (options.json === true) {
    const types = calibrations.map(({ type, labels, calibrationError }) => ({
      type,
      labels,
      calibrationError,
    }));
    print(jsonLine({ ...provenance, path, measured: measured ?? null, calibrated: types }));
    return;
  }
  print(`learned from ${lines.length} lines of ${provenance.source}`);
  for (const row of measured ?? [])
    print(
      `  ${row.name}: APGR ${row.apgr.toFixed(3)} [${row.low.toFixed(3)}, ${row.high.toFixed(3)}] (5-fold; chance is 0.5)`,
    );
  for (const { type, labels, calibrationError } of calibrations)
    print(
      `  gate calibrated for type ${type}: ${labels} labels, expected calibration error ${calibrationError.toFixed(3)}`,
    );
  print(`kept in ${path}; undo with swarmd learn --rollback`);
}

/** An answer with its label, where the line says of which action type it is: the gate is calibrated by type. */
function labelOf(line: RecordedLine): LabelledAnswer[] {
  const { prompt, type, weak } = line;
  if (type === undefined || weak.response === undefined) return [];
  return [{ type, checks: checksOf(prompt, weak.response), critique: weak.critique, good: weak.correct }];
}
