import { createHash } from 'node:crypto';

/**
 * Whether this action tries what its record speaks against, so that what was learned can be found wrong. Decided by
 * the action's id: every attempt of one action is routed alike, and the share is kept without a counter. `about`
 * keeps two explorations apart, so that one action does not do both.
 */
export function explores(actionId: string, share: number, about: string): boolean {
  return draw(`${about} ${actionId}`) < share;
}

/** One of so many, by the action's id. */
export function chosenOf(actionId: string, count: number): number {
  return Math.floor(draw(`which ${actionId}`) * count);
}

function draw(text: string): number {
  return createHash('sha256').update(text).digest().readUInt32BE(0) / 2 ** 32;
}
