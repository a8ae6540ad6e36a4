import { createInterface } from 'node:readline/promises';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { tierNames } from '../../config/config.ts';
import type { Daemon } from '../../daemon/daemon.ts';
import { runDaemon } from '../../daemon/main.ts';
import { withoutPassword } from '../../daemon/queue/redis.ts';
import { tell } from '../terminal/output.ts';
import { safeColumns, safeLine } from '../terminal/safe-text.ts';
import { tierWord } from '../terminal/words.ts';
import { type LocalSetup, prepareLocal } from './local-daemon.ts';
import { type CommonOptions, withCommonOptions } from './settings.ts';

interface StartOptions extends CommonOptions {
  drain?: boolean;
  maxActions?: number;
  yesSpend?: boolean;
  simulateSeed?: number;
  simulateSpeed?: number;
}

/** `swarmd start`: the daemon in the foreground. Its log is JSON on stdout; what is for people is on stderr. */
export function registerStart(program: Command): void {
  withCommonOptions(program.command('start').description('run the daemon in the foreground'))
    .option('--drain', 'end when no action is open')
    .addOption(new Option('--max-actions <n>', 'end after this many finished actions').argParser(wholeNumber))
    .option('--yes-spend', 'agree that paid models may be called, within the budget')
    .addOption(
      new Option('--simulate-seed <n>', 'with --simulate: which prompts go well').argParser(wholeNumber),
    )
    .addOption(
      new Option('--simulate-speed <x>', 'with --simulate: multiplies delays; 0: none').argParser(factor),
    )
    .addHelpText(
      'after',
      `
The log goes to stdout as JSON; SIGTERM and SIGINT finish what runs, a second one ends at once.

Example:
  swarmd start --set queue.concurrency=8
  swarmd start --simulate`,
    )
    .action(start);
}

async function start(options: StartOptions): Promise<void> {
  const setup = await prepareLocal(options, {
    ...(options.simulateSeed === undefined ? {} : { seed: options.simulateSeed }),
    ...(options.simulateSpeed === undefined ? {} : { speed: options.simulateSpeed }),
  });
  const { config, env, reload, simulator } = setup;
  for (const warning of setup.loaded.warnings) tell(`swarmd: ${safeLine(warning)}`);
  if (config.queue.url === 'embedded')
    tell('swarmd: opening the embedded queue; the first start takes some seconds');
  try {
    process.exitCode = await runDaemon(
      {
        config,
        env,
        reload,
        simulated: simulator !== undefined,
        yesSpend: options.yesSpend === true,
        ...(process.stdin.isTTY && process.stderr.isTTY ? { askToSpend: askYesOrNo } : {}),
        drain: options.drain === true,
        ...(options.maxActions === undefined ? {} : { maxActions: options.maxActions }),
      },
      (daemon) => announce(daemon, setup),
    );
  } finally {
    await simulator?.close();
  }
}

/** Which models of each tier can be asked, which cannot and why, and what may be spent. */
function announce(daemon: Daemon, { config, loaded, simulator }: LocalSetup): void {
  for (const tier of tierNames) {
    const models = daemon.models.filter((model) => model.tier === tier);
    const live = models.filter((model) => model.live !== false).map((model) => model.name);
    tell(safeColumns(`swarmd: ${tierWord(tier).padEnd(13)} ${live.join(', ') || 'no model'}`));
    const missing = [
      ...models.filter((model) => model.live === false),
      ...loaded.leftOut.filter((model) => model.tier === tier),
    ];
    for (const { name, reason } of missing) tell(safeColumns(`swarmd:   without ${name}: ${reason ?? ''}`));
  }
  for (const line of daemon.banner) tell(`swarmd: ${safeLine(line)}`);
  if (config.queue.url !== 'embedded') {
    tell(
      safeColumns(
        `swarmd: queue "actions", prefix "${config.queue.prefix}", on ${withoutPassword(config.queue.url)}`,
      ),
    );
  }
  tell(`swarmd: ready at ${daemon.url ?? '(no HTTP)'}, data in ${config.dataDir}`);
  if (simulator !== undefined) tell('swarmd: other commands reach it with --simulate');
}

/** Asks on the terminal; anything but yes is no. */
async function askYesOrNo(question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await terminal.question(`swarmd: ${safeLine(question)} [y/N] `)).trim());
  } finally {
    terminal.close();
  }
}

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('a whole number');
  return Number(text);
}

function factor(text: string): number {
  const number = Number(text);
  if (text.trim() === '' || !(number >= 0 && number <= 100))
    throw new InvalidArgumentError('a number from 0 to 100');
  return number;
}
