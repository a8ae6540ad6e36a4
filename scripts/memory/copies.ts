import { existsSync } from 'node:fs';
import { exitCodes, SwarmdError } from '../../config/errors.ts';
import { backup as backUp, restore as putBack } from '../../memory/backup.ts';
import { openForReading } from './open.ts';
import { type CommandContext, takeOptions } from './options.ts';
import { printJson, printSafe } from './output.ts';

/** Copies the file while others write, and checks the copy. */
export const backup = {
  async run(context: CommandContext): Promise<number> {
    const { rest } = takeOptions(context.words, {});
    const name = `backup-${new Date(context.now).toISOString().replaceAll(/[:.]/g, '-')}.db`;
    const target = rest[0] ?? `${context.path.replace(/[^/]*$/, '')}${name}`;
    if (!existsSync(context.path)) {
      throw new SwarmdError('MEMORY_UNAVAILABLE', 'there is no memory file', {
        where: context.path,
        allowed: 'mem-db init, or any write, creates it',
      });
    }
    const store = openForReading(context.path);
    try {
      const { pages } = await backUp(store, target);
      if (context.json) printJson({ path: target, pages });
      else printSafe(`backed up to ${target} (${pages} pages, checked)`);
      return exitCodes.ok;
    } finally {
      store.close();
    }
  },
};

/** Puts a backup in the place of the memory, which is kept beside it. */
export const restore = {
  run(context: CommandContext): number {
    const { rest } = takeOptions(context.words, {});
    const [source] = rest;
    if (source === undefined) throw new SwarmdError('USAGE', 'which backup?', { where: 'FILE' });
    const { kept } = putBack(source, context.path, context.now);
    if (context.json) printJson({ path: context.path, restored_from: source, kept });
    else printSafe(`restored from ${source}${kept === undefined ? '' : `; the file before is ${kept}`}`);
    return exitCodes.ok;
  },
};
