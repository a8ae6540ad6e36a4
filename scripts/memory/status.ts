import { existsSync, statSync } from 'node:fs';
import { exitCodes } from '../../config/errors.ts';
import { entryTypes } from '../../memory/entry-types.ts';
import { memoryStatus } from '../../memory/status.ts';
import { ageWords, isoTime } from '../../memory/time-words.ts';
import { openForReading, using } from './open.ts';
import { type CommandContext, takeOptions } from './options.ts';
import { printJson, printOut, printSafe } from './output.ts';

export function run(context: CommandContext): number {
  takeOptions(context.words, { atMost: 0 });
  const exists = existsSync(context.path);
  return using(openForReading(context.path), (store) => {
    const status = memoryStatus(store, context.now);
    const bytes = fileSize(context.path) + fileSize(`${context.path}-wal`);
    if (context.json) {
      const { byType, newest, ...counts } = status;
      printJson({
        path: context.path,
        exists,
        bytes,
        ...counts,
        version: exists ? status.version : null,
        by_type: byType,
        newest: newest === null ? null : isoTime(newest),
      });
      return exitCodes.ok;
    }
    printSafe(
      `File:     ${context.path} (${exists ? `${megabytes(bytes)}, version ${status.version}` : 'none yet'})`,
    );
    const newest = status.newest === null ? '' : `, the newest ${ageWords(status.newest, context.now)}`;
    printOut(`Entries:  ${status.entries}${newest}`);
    for (const { code, name, label } of entryTypes) {
      const count = status.byType[code] ?? 0;
      if (count > 0) printOut(`  ${label.padEnd(13)} ${String(count).padStart(8)}  (t=${code}, ${name})`);
    }
    const actions = Object.entries(status.actions).filter(([, count]) => count > 0);
    printOut(`Actions:  ${actions.map(([name, count]) => `${count} ${name}`).join(', ') || 'none'}`);
    printOut(`Ledger:   ${status.calls} calls`);
    printSafe(status.today);
    return exitCodes.ok;
  });
}

function fileSize(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

function megabytes(bytes: number): string {
  return bytes < 1_000_000 ? `${Math.ceil(bytes / 1000)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
