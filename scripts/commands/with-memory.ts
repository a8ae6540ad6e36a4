import type { Memory } from '../../memory/types/memory.ts';
import { tell } from '../terminal/output.ts';
import { safeText } from '../terminal/safe-text.ts';
import { type CommonOptions, configOf, isSimulated } from './settings.ts';

/** Opens the memory for writing, beside a running daemon or without one, and closes it after the work. */
export async function withMemory<T>(
  options: CommonOptions,
  work: (memory: Memory) => Promise<T>,
): Promise<T> {
  const { config } = configOf(options);
  if (isSimulated(options)) (await import('./local-daemon.ts')).markSimulated(config.dataDir);
  const { openMemory } = await import('../../memory/memory.ts');
  const memory = await openMemory({
    path: config.memory.path,
    budget: config.costControl,
    cacheTtlMs: config.routing.cacheTtlMs,
    usageLogPath: undefined,
    now: () => Date.now(),
    onError: (error) => tell(`swarmd: ${safeText(error.message)}`),
  });
  try {
    return await work(memory);
  } finally {
    await memory.close();
  }
}
