import type { Command } from 'commander';
import { exitCodes, SwarmdError } from '../../config/errors.ts';
import type { ResultJson } from '../../daemon/http/wire/action-json.ts';
import { print, startProgress, tell } from '../terminal/output.ts';
import { jsonLine } from '../terminal/safe-text.ts';
import { openRecord } from './record.ts';
import { aboutLines, answerText, exitCodeOfResult } from './result-text.ts';
import { type CommonOptions, withCommonOptions } from './settings.ts';

interface ResultOptions extends CommonOptions {
  wait?: boolean;
}

export function registerResult(program: Command): void {
  withCommonOptions(
    program.command('result').description('print the answer of an action').argument('<id>', 'of the action'),
  )
    .option('--wait', 'wait until it has ended')
    .addHelpText(
      'after',
      `
The answer goes to stdout, tier, cost and why to stderr. Exit 75: it has not ended yet.

Example:
  swarmd result 01KA0B… --wait > answer.txt`,
    )
    .action(showResult);
}

async function showResult(id: string, options: ResultOptions): Promise<void> {
  const record = await openRecord(options);
  let result: ResultJson;
  try {
    if (options.wait === true && record.client !== undefined) {
      const progress = startProgress('waiting');
      result = await record.client.waitFor(id).finally(() => progress.end());
    } else {
      result = await record.result(id);
    }
  } finally {
    record.close();
  }
  if (options.json === true) print(jsonLine(result));
  if (result.finished_at === null) {
    if (options.json !== true) tell(`swarmd: action ${id} is ${result.status}`);
    if (options.wait === true)
      throw new SwarmdError('DAEMON_UNREACHABLE', 'no daemon runs that could finish it', {
        allowed: 'swarmd start',
        retryable: true,
      });
    process.exitCode = exitCodes.tryAgain;
    return;
  }
  if (options.json !== true) {
    if (result.status === 'completed') print(answerText(result));
    for (const line of aboutLines(result)) tell(line);
  }
  process.exitCode = exitCodeOfResult(result);
}
