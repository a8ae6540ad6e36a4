import { existsSync } from 'node:fs';
import { exitCodes } from '../../config/errors.ts';
import { schemaVersion } from '../../memory/migrations.ts';
import { openForWriting, using } from './open.ts';
import type { CommandContext } from './options.ts';
import { takeOptions } from './options.ts';
import { printJson, printSafe } from './output.ts';

/** Creates the file, or brings an older one up to date; running it again changes nothing. */
export function run(context: CommandContext): number {
  takeOptions(context.words, { atMost: 0 });
  const created = !existsSync(context.path);
  return using(openForWriting(context.path), () => {
    if (context.json) printJson({ path: context.path, created, version: schemaVersion });
    else printSafe(`${created ? 'created' : 'ready'}: ${context.path} (version ${schemaVersion})`);
    return exitCodes.ok;
  });
}
