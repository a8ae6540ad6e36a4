import type { Command } from 'commander';
import { connect } from '../../daemon/client.ts';
import { print } from '../terminal/output.ts';
import { jsonLine } from '../terminal/safe-text.ts';
import { type CommonOptions, dataDirOf, withCommonOptions } from './settings.ts';

export function registerRetry(program: Command): void {
  withCommonOptions(
    program
      .command('retry')
      .description('try a failed or cancelled action again')
      .argument('<ids...>', 'of the actions'),
  )
    .addHelpText('after', '\nExample:\n  swarmd retry 01KA0B…')
    .action(async (ids: readonly string[], options: CommonOptions) => {
      const client = await connect({ dataDir: dataDirOf(options) });
      for (const id of ids) {
        const action = await client.retry(id);
        print(options.json === true ? jsonLine(action) : `${action.status} ${action.id}`);
      }
    });
}
