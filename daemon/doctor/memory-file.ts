import { existsSync, statSync } from 'node:fs';
import { SwarmdError } from '../../config/errors.ts';
import type { Finding } from './finding.ts';
import { formatGb } from './format.ts';

/** A log this long says that checkpoints do not get through. */
const longLog = 256e6;

/** SQLite itself (its binary is for one version of Node), the text index, and the file where there is one. */
export async function checkMemory(path: string): Promise<Finding[]> {
  try {
    const { openStore } = await import('../../memory/database.ts');
    const { quickLook, sqliteVersion } = await import('../../memory/quick-look.ts');
    const version = sqliteVersion();
    if (!existsSync(path))
      return [
        { check: 'memory', level: 'ok', message: `SQLite ${version}; ${path} is made by the first start` },
      ];
    const store = openStore(path, { mode: 'read', busyTimeoutMs: 5000 });
    try {
      const { problems, actions } = quickLook(store);
      const log = existsSync(`${path}-wal`) ? statSync(`${path}-wal`).size : 0;
      return [
        ...problems.map(
          (problem): Finding => ({
            check: 'memory',
            level: 'failure',
            message: `${path}: ${problem}`,
            fix: 'stop the daemon, keep a copy of the file, and restore the newest backup',
          }),
        ),
        ...(log < longLog
          ? []
          : [
              {
                check: 'memory',
                level: 'warning',
                message: `${path}-wal is ${formatGb(log)} long`,
                fix: 'some program holds a read open; restart the daemon',
              } satisfies Finding,
            ]),
        ...(problems.length > 0
          ? []
          : [
              {
                check: 'memory',
                level: 'ok',
                message: `SQLite ${version}; ${path} is sound, ${actions} actions, ${formatGb(statSync(path).size)}`,
              } satisfies Finding,
            ]),
      ];
    } finally {
      store.close();
    }
  } catch (error) {
    if (error instanceof SwarmdError)
      return [
        {
          check: 'memory',
          level: 'failure',
          message: error.message,
          ...(error.allowed === undefined ? {} : { fix: error.allowed }),
        },
      ];
    return [
      {
        check: 'memory',
        level: 'failure',
        message: `SQLite does not load: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`,
        fix: 'run `npm install` again with the Node.js that runs swarmd',
      },
    ];
  }
}
