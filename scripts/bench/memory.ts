/**
 * Figures of the memory beside plain SQL in the same run: `node scripts/bench/memory.ts [entries=100000]
 * [calls=100000] [vectors=100000] [passes=3] [only=filters,writes,…] [file=PATH]`. Of several passes over the
 * same questions the one with the lowest p99 is printed: what else the machine does is not the memory's. A file
 * that is there already is used as it is, and kept. Goals are those of DESIGN.md section 12 for 1,000,000 entries.
 */
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore } from '../../memory/database.ts';
import { migrate } from '../../memory/migrations.ts';
import { fill } from './memory/fill.ts';
import { filters } from './memory/filters.ts';
import { processes } from './memory/processes.ts';
import { contains, ledger, vectors, words } from './memory/reads.ts';
import { writes } from './memory/writes.ts';

const options = new Map(process.argv.slice(2).map((word) => word.split('=') as [string, string]));
const amount = (name: string, otherwise: number) => Number(options.get(name) ?? otherwise);
const entries = amount('entries', 100_000);
const amounts = {
  entries,
  calls: amount('calls', 100_000),
  vectors: amount('vectors', Math.min(entries, 100_000)),
};
const passes = amount('passes', 3);
const parts = options.get('only')?.split(',');
const wanted = (part: string) => parts === undefined || parts.includes(part);

const directory = mkdtempSync(join(tmpdir(), 'swarmd-bench-memory-'));
const path = options.get('file') ?? join(directory, 'memory.db');
try {
  const filled = existsSync(path);
  const store = openStore(path, { mode: 'write', busyTimeoutMs: 1000 });
  migrate(store);
  if (!filled) fill(store, amounts);
  const bytes = statSync(path).size + (statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0);
  const count = store.get<{ count: number }>('select count(*) as count from entries')?.count ?? 0;
  console.log(
    `${count} entries of 20 words, ${amounts.calls} calls: ${Math.round(bytes / count)} bytes an entry; best of ${passes} passes`,
  );
  if (wanted('filters')) filters(store, passes);
  if (wanted('words')) words(store, passes);
  if (wanted('contains')) contains(store, passes);
  if (wanted('ledger')) ledger(store, passes);
  if (wanted('vectors')) vectors(store, passes, amounts.vectors);
  store.close();
  if (wanted('writes')) await writes(path);
  if (wanted('processes')) await processes(path);
} finally {
  rmSync(directory, { recursive: true, force: true });
}
