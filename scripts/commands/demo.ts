import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { exitCodes, SwarmdError } from '../../config/errors.ts';
import type { DemoOutcome } from '../demo/run-demo.ts';
import { print, startProgress, tell } from '../terminal/output.ts';
import { jsonLine } from '../terminal/safe-text.ts';
import { plural } from '../terminal/words.ts';

interface DemoOptions {
  keep?: string;
  speed: number;
  json?: boolean;
}

export function registerDemo(program: Command): void {
  program
    .command('demo')
    .description('show everything on simulated models, in under a minute')
    .option('--keep <dir>', 'keep its data in this new or empty directory, to look around afterwards')
    .addOption(new Option('--speed <x>', 'multiplies the simulated delays').default(0.1).argParser(factor))
    .addOption(
      new Option('--json', 'print one JSON document instead: every action, its cost, the comparison'),
    )
    .addHelpText(
      'after',
      `
Needs no model, no key, no Redis and no network. Without --keep its data is removed at the end.

Example:
  swarmd demo
  swarmd demo --keep /tmp/demo && swarmd list --data-dir /tmp/demo
  swarmd demo --json`,
    )
    .action(demo);
}

function factor(text: string): number {
  const number = Number(text);
  if (text.trim() === '' || !(number >= 0 && number <= 10))
    throw new InvalidArgumentError('It must be a number from 0 to 10.');
  return number;
}

async function demo({ keep, speed, json }: DemoOptions): Promise<void> {
  const dataDir = keep === undefined ? mkdtempSync(join(tmpdir(), 'swarmd-demo-')) : emptyDirectory(keep);
  const remove = () => {
    if (keep === undefined) rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
  };
  const interrupted = () => {
    remove();
    process.exit(130);
  };
  process.once('SIGINT', interrupted);
  process.once('SIGTERM', interrupted);
  const started = Date.now();
  const progress = json === true ? startProgress('the demo runs') : undefined;
  try {
    const { runDemo } = await import('../demo/run-demo.ts');
    const show = json === true ? () => {} : print;
    const outcome = await runDemo({ dataDir, speed, show });
    progress?.end();
    const { failed } = outcome;
    const seconds = Math.round((Date.now() - started) / 1000);
    if (json === true) print(jsonLine(demoJson(outcome, seconds, keep === undefined ? null : dataDir)));
    show();
    show(
      `done in ${seconds} s; everything is stopped${keep === undefined ? ' and its data removed' : `, its data is in ${dataDir}`}`,
    );
    show('On your own models: swarmd doctor says what is there, swarmd init writes a configuration, then');
    show('  swarmd start       and, from another terminal:  swarmd run "Name three colours"');
    if (failed === 0) return;
    tell(`swarmd: ${plural(failed, 'action')} of the demo failed`);
    process.exitCode = exitCodes.failure;
  } finally {
    progress?.end();
    process.off('SIGINT', interrupted);
    process.off('SIGTERM', interrupted);
    remove();
  }
}

function demoJson({ rows, failed, baseline, budget }: DemoOutcome, seconds: number, dataDir: string | null) {
  return {
    simulated: true,
    seconds,
    data_dir: dataDir,
    failed,
    actions: rows.map(({ number, label, action }) => ({ number, label, ...action })),
    baseline: baseline ?? null,
    budget,
  };
}

function emptyDirectory(path: string): string {
  const dataDir = resolve(path);
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  if (readdirSync(dataDir).length > 0)
    throw new SwarmdError('USAGE', `${dataDir} is not empty`, {
      where: '--keep',
      allowed: 'a new or empty directory',
    });
  return dataDir;
}
