import { mkdirSync } from 'node:fs';
import { Argument, type Command } from 'commander';
import { killReason, liftKill, writeKill } from '../../daemon/kill-switch.ts';
import { print } from '../terminal/output.ts';
import { jsonLine, safeLine } from '../terminal/safe-text.ts';
import { type CommonOptions, dataDirOf, withCommonOptions } from './settings.ts';

/** `swarmd kill`: a file, not a message, so that it works when nothing else does. */
export function registerKill(program: Command): void {
  withCommonOptions(
    program
      .command('kill')
      .description('stop everything now, and keep it stopped until `swarmd unkill`')
      .addArgument(new Argument('[reason]', 'shown to whoever starts it again').default('by swarmd kill')),
  )
    .addHelpText('after', '\nExample:\n  swarmd kill "it is spending too much"')
    .action((reason: string, options: CommonOptions) => {
      const dataDir = dataDirOf(options);
      mkdirSync(dataDir, { recursive: true, mode: 0o700 });
      writeKill(dataDir, reason);
      if (options.json === true) print(jsonLine({ killed: true, data_dir: dataDir, reason }));
      else
        print(`stopped: every daemon on ${dataDir} ends within seconds, and stays so until: swarmd unkill`);
    });
}

export function registerUnkill(program: Command): void {
  withCommonOptions(program.command('unkill').description('lift the kill switch'))
    .addHelpText('after', '\nExample:\n  swarmd unkill && swarmd start')
    .action((options: CommonOptions) => {
      const dataDir = dataDirOf(options);
      const reason = killReason(dataDir);
      const lifted = liftKill(dataDir);
      if (options.json === true)
        print(jsonLine({ killed: false, was_killed: lifted, reason: reason ?? null }));
      else print(lifted ? `lifted (it was: ${safeLine(reason ?? '')})` : 'it was not set');
    });
}
