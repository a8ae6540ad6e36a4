import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { schedule, validate } from 'node-cron';
import type { Config } from '../config/config.ts';
import { SwarmdError } from '../config/errors.ts';
import { packageRoot } from '../config/paths.ts';
import { entryTypeCode } from '../memory/entry-types.ts';
import type { Logger } from './logger.ts';

const run = promisify(execFile);

/** A backup of a large file takes its time; one that takes this long hangs. Milliseconds. */
const longestRunMs = 3_600_000;

/**
 * Once a day, at `memory.housekeeping`: a checked backup, the oldest backups dropped, what has outlived its
 * use pruned. `mem-db` does it, in a process of its own, so that no scan and no copy ever holds up the daemon.
 * Returns the function that ends the schedule.
 */
export function scheduleHousekeeping(
  config: () => Config,
  env: NodeJS.ProcessEnv,
  logger: Logger,
): () => void {
  const { housekeeping, typeDays } = config().memory;
  for (const type of Object.keys(typeDays)) checkType(type);
  if (housekeeping === 'off') return () => {};
  if (!validate(housekeeping)) {
    throw new SwarmdError('CONFIG_INVALID', `memory.housekeeping: "${housekeeping}" is no time`, {
      where: 'memory.housekeeping',
      allowed: 'five fields of a cron expression such as 17 3 * * *, or off',
    });
  }
  const task = schedule(
    housekeeping,
    async () => {
      try {
        logger.info(await keepHouse(config().memory, env, new Date()), 'housekeeping done');
      } catch (error) {
        logger.error({ err: error }, 'housekeeping failed');
      }
    },
    { name: 'housekeeping', noOverlap: true },
  );
  return () => void task.destroy();
}

function checkType(type: string): void {
  try {
    entryTypeCode(type);
  } catch (error) {
    if (!(error instanceof SwarmdError)) throw error;
    const { message, allowed } = error;
    const where = 'memory.type_days';
    throw new SwarmdError('CONFIG_INVALID', message, {
      where,
      ...(allowed === undefined ? {} : { allowed }),
    });
  }
}

/** Backs up, rotates, prunes; resolves with what was done. Rejects with what `mem-db` said. */
export async function keepHouse(
  memory: Config['memory'],
  env: NodeJS.ProcessEnv,
  now: Date,
): Promise<{ backup: string; dropped: string[]; pruned: unknown }> {
  mkdirSync(memory.backupDir, { recursive: true, mode: 0o700 });
  const backup = join(memory.backupDir, `memory-${now.toISOString().slice(0, 10)}.db`);
  rmSync(backup, { force: true });
  await memDb(['backup', backup], memory, env);
  const dropped = rotate(memory);
  const ledger = memory.ledgerDays === 0 ? [] : ['--ledger-days', String(memory.ledgerDays)];
  const kept = [
    ...['--type-days', pairs(memory.typeDays), '--topic-days', pairs(memory.topicDays)],
    ...['--max-entries', String(memory.maxEntries)],
  ];
  const pruned: unknown = JSON.parse(
    await memDb(['prune', `days=${memory.pruneDays}`, ...kept, ...ledger, '--json'], memory, env),
  );
  return { backup, dropped, pruned };
}

function pairs(days: Readonly<Record<string, number>>): string {
  return Object.entries(days)
    .map(([name, number]) => `${name}=${number}`)
    .join(',');
}

/** Drops the oldest of our daily backups; files with other names are the user's own. */
function rotate({ backupDir, keepBackups }: Config['memory']): string[] {
  const ours = readdirSync(backupDir)
    .filter((name) => /^memory-\d{4}-\d\d-\d\d\.db$/.test(name))
    .sort();
  const old = ours.slice(0, Math.max(0, ours.length - keepBackups));
  for (const name of old) rmSync(join(backupDir, name));
  return old;
}

async function memDb(args: string[], memory: Config['memory'], env: NodeJS.ProcessEnv): Promise<string> {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const folder = extension === 'ts' ? packageRoot() : join(packageRoot(), 'dist');
  const program = join(folder, 'scripts', `mem-db.${extension}`);
  const { stdout } = await run(process.execPath, [program, ...args], {
    env: { ...env, MEMORY_DB: memory.path },
    timeout: longestRunMs,
  });
  return stdout;
}
