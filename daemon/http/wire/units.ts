/**
 * How the record looks to programs: snake_case, dollars (`*_usd`), times as ISO 8601 in UTC. HTTP answers and
 * `--json` output are made in this folder, so that both say the same.
 */
import { toUsd } from '../../../config/money.ts';

export function iso(ms: number | null | undefined): string | null {
  return ms === null || ms === undefined ? null : new Date(ms).toISOString();
}

export function usd(nano: number | null | undefined): number | null {
  return nano === null || nano === undefined ? null : toUsd(nano);
}
