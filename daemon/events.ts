import type { ActionEvent } from './control.ts';

/** Tells everybody who watches what happens to actions in this daemon. A listener that throws loses its place. */
export interface EventHub {
  tell(event: ActionEvent): void;
  subscribe(listener: (event: ActionEvent) => void): () => void;
}

export function createEventHub(): EventHub {
  const listeners = new Set<(event: ActionEvent) => void>();
  return {
    tell(event) {
      for (const listener of listeners) {
        try {
          listener(event);
        } catch {
          listeners.delete(listener);
        }
      }
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
