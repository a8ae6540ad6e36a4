import type { ActionEvent } from '../../control.ts';
import { iso, usd } from './units.ts';

export interface EventJson {
  kind: string;
  action_id: string;
  root_id: string;
  parent_id: string | null;
  type: string;
  at: string | null;
  line: string;
  status: string | null;
  tier: string | null;
  model: string | null;
  quality: number | null;
  cost_usd: number | null;
}

export function eventJson(event: ActionEvent): EventJson {
  return {
    kind: event.kind,
    action_id: event.actionId,
    root_id: event.rootId,
    parent_id: event.parentId ?? null,
    type: event.type,
    at: iso(event.at),
    line: event.line,
    status: event.status ?? null,
    tier: event.tier ?? null,
    model: event.model ?? null,
    quality: event.quality ?? null,
    cost_usd: usd(event.cost),
  };
}
