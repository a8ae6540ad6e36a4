/** What a host holds, as far as room for another model is concerned. */
export interface Held {
  modelId: string;
  /** GB of memory; undefined when nobody knows. */
  sizeGb: number | undefined;
  /** Answering, or being loaded: never pushed out. */
  busy: boolean;
  /** Requests in line for it: models nobody waits for go first. */
  waiting: number;
  /** Counts up with every use. */
  lastUsed: number;
}

export interface Memory {
  /** Undefined: only the number of models counts. */
  vramGb: number | undefined;
  maxLoadedModels: number;
}

/**
 * Which models have to leave so that `wanted` fits, the least wanted first: those nobody waits for, then the
 * least recently used. `now`: they can leave at once; else `busy` names those that must finish answering first.
 * A model larger than the whole memory gets it alone, and the server decides what goes to the CPU.
 */
export function makeRoom(
  held: readonly Held[],
  wanted: { modelId: string; sizeGb: number | undefined },
  memory: Memory,
): { unload: string[]; busy: string[] } {
  // Loaded with too small a context: it is loaded anew in its own place.
  const itself = held.find((model) => model.modelId === wanted.modelId);
  const kept = held.filter((model) => model !== itself);
  const order = [...kept].sort(
    (left, right) =>
      Number(left.busy) - Number(right.busy) ||
      Math.sign(left.waiting) - Math.sign(right.waiting) ||
      left.lastUsed - right.lastUsed,
  );
  const gone = new Set<Held>();
  for (const next of order) {
    if (
      fits(
        kept.filter((model) => !gone.has(model)),
        wanted.sizeGb,
        memory,
      )
    )
      break;
    gone.add(next);
  }
  const leaving = [...gone, ...(itself?.busy === true ? [itself] : [])];
  return {
    unload: leaving.map((model) => model.modelId),
    busy: leaving.filter((model) => model.busy).map((model) => model.modelId),
  };
}

function fits(kept: readonly Held[], sizeGb: number | undefined, memory: Memory): boolean {
  if (kept.length === 0) return true;
  if (kept.length + 1 > memory.maxLoadedModels) return false;
  if (memory.vramGb === undefined || sizeGb === undefined) return true;
  const used = kept.reduce((sum, model) => sum + (model.sizeGb ?? 0), 0);
  return used + sizeGb <= memory.vramGb;
}
