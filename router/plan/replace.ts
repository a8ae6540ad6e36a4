import type { Candidate } from '../types.ts';

/**
 * The candidates without those left out. Where one is missing, the next of its tier takes its place: a policy
 * that wants a local model at second place gets the other local one, not the API, when the first is down.
 */
export function replaceLeftOut(candidates: readonly Candidate[], leftOut: ReadonlySet<string>): Candidate[] {
  const placed = new Set<string>();
  const kept: Candidate[] = [];
  const place = (candidate: Candidate): void => {
    placed.add(candidate.model.name);
    kept.push(candidate);
  };
  for (const [at, candidate] of candidates.entries()) {
    const { model, reason } = candidate;
    if (placed.has(model.name)) continue;
    if (!leftOut.has(model.name)) {
      place(candidate);
      continue;
    }
    const standIn = candidates
      .slice(at + 1)
      .find(
        (other) =>
          other.model.tier === model.tier && !leftOut.has(other.model.name) && !placed.has(other.model.name),
      );
    if (standIn === undefined) continue;
    const { onlyAfterErrors: _, ...rest } = standIn;
    place({
      ...rest,
      reason: `${reason} (in place of ${model.name})`,
      ...(candidate.onlyAfterErrors === true ? { onlyAfterErrors: true } : {}),
    });
  }
  return kept;
}
