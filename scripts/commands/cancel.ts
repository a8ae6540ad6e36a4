import type { Command } from 'commander';
import { SwarmdError } from '../../config/errors.ts';
import { print, tell } from '../terminal/output.ts';
import { jsonLine } from '../terminal/safe-text.ts';
import { runningDaemon } from './record.ts';
import { type CommonOptions, configOf, withCommonOptions } from './settings.ts';

interface CancelOptions extends CommonOptions {
  reason: string;
}

export function registerCancel(program: Command): void {
  withCommonOptions(
    program
      .command('cancel')
      .description('end an action and its sub-agents')
      .argument('<ids...>', 'of the actions'),
  )
    .option('--reason <text>', 'kept with the action', 'cancelled by the user')
    .addHelpText('after', '\nExample:\n  swarmd cancel 01KA0B… --reason "no longer needed"')
    .action(cancel);
}

async function cancel(ids: readonly string[], options: CancelOptions): Promise<void> {
  const client = await runningDaemon(options);
  for (const id of ids) {
    const cancelled =
      client === undefined ? await cancelHere(id, options) : await client.cancel(id, options.reason);
    if (options.json === true) print(jsonLine({ id, cancelled }));
    else if (cancelled.length === 0) tell(`swarmd: action ${id} had ended already`);
    else for (const one of cancelled) print(`cancelled ${one}`);
  }
}

/** Without a daemon the record is enough: a job whose action has ended does nothing. */
async function cancelHere(id: string, options: CancelOptions): Promise<readonly string[]> {
  const { config } = configOf(options);
  const { openMemory } = await import('../../memory/memory.ts');
  const memory = await openMemory({
    path: config.memory.path,
    budget: config.costControl,
    cacheTtlMs: config.routing.cacheTtlMs,
    usageLogPath: undefined,
    now: () => Date.now(),
    onError: (error) => tell(`swarmd: ${error.message}`),
  });
  try {
    if (memory.actions.get(id) === undefined)
      throw new SwarmdError('NOT_FOUND', `no action ${JSON.stringify(id)}`, { where: id });
    return await memory.actions.cancel(id, options.reason, Date.now());
  } finally {
    await memory.close();
  }
}
