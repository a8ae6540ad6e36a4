import type { ActionError, ActionRecord } from '../memory/types/actions.ts';
import type { Outcome, RouteTrail } from '../router/types.ts';

/** What one visit to an action came to, before it is recorded. */
export type Step =
  | { kind: 'outcome'; outcome: Outcome }
  /** Children are at work, or were just spawned: free the slot until they have ended. */
  | { kind: 'children'; spawned: readonly ActionRecord[]; trail?: RouteTrail }
  | { kind: 'failed'; error: ActionError };
