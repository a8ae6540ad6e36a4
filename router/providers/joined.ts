import type { Delta } from '../types/call.ts';

/** Neighbours of one kind become one delta: a network read often holds several tokens. */
export function joined(deltas: readonly Delta[]): readonly Delta[] {
  if (deltas.length < 2) return deltas;
  const result: Delta[] = [];
  for (const delta of deltas) {
    const last = result.at(-1);
    if (last?.kind === 'text' && delta.kind === 'text') {
      result[result.length - 1] = { kind: 'text', text: last.text + delta.text };
    } else if (last?.kind === 'reasoning' && delta.kind === 'reasoning') {
      result[result.length - 1] = { kind: 'reasoning', text: last.text + delta.text };
    } else {
      result.push(delta);
    }
  }
  return result;
}
