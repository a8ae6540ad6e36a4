import { existsSync, realpathSync } from 'node:fs';
import { exitCodes, SwarmdError } from '../../config/errors.ts';
import { backup as backUp, restore as putBack } from '../../memory/backup.ts';
import { openForReading } from './open.ts';
import { type CommandContext, takeOptions } from './options.ts';
import { printJson, printSafe } from './output.ts';

/** Copies the file while others write, and checks the copy. */
export const backup = {
  async run(context: CommandContext): Promise<number> {
    const { flags, rest } = takeOptions(context.words, { flags: ['force'], atMost: 1 });
    const name = `backup-${new Date(context.now).toISOString().replaceAll(/[:.]/g, '-')}.db`;
    const target = rest[0] ?? `${context.path.replace(/[^/]*$/, '')}${name}`;
    if (!existsSync(context.path)) {
      throw new SwarmdError('MEMORY_UNAVAILABLE', 'there is no memory file', {
        where: context.path,
        allowed: 'mem-db init, or any write, creates it',
      });
    }
    refuseOverwriting(target, context.path, flags.has('force'));
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

/** The memory itself is never a place for its backup, nor are the files of its log. */
function refuseOverwriting(target: string, path: string, force: boolean): void {
  if (!existsSync(target)) return;
  const memory = realpathSync(path);
  const own = [memory, `${memory}-wal`, `${memory}-shm`].includes(realpathSync(target));
  if (force && !own) return;
  throw new SwarmdError('USAGE', own ? 'this is the memory itself' : 'the file exists already', {
    where: target,
    allowed: own ? 'another file' : 'another file, or --force to replace it',
  });
}

/** Puts a backup in the place of the memory, which is kept beside it. */
export const restore = {
  run(context: CommandContext): number {
    const { rest } = takeOptions(context.words, { atMost: 1 });
    const [source] = rest;
    if (source === undefined) throw new SwarmdError('USAGE', 'which backup?', { where: 'FILE' });
    const { kept } = putBack(source, context.path, context.now);
    if (context.json) printJson({ path: context.path, restored_from: source, kept });
    else printSafe(`restored from ${source}${kept === undefined ? '' : `; the file before is ${kept}`}`);
    return exitCodes.ok;
  },
};
