import { formatUsd, fromUsd } from '../../config/money.ts';

/** `340 ms`, `2.4 s`, `3 min 5 s`, `2 h 10 min`. */
export function duration(ms: number | null): string {
  if (ms === null) return '-';
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 60) return `${minutes} min ${Math.round((ms % 60_000) / 1000)} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** `12 s ago`, `5 min ago`, `3 h ago`, then the date. */
export function ago(iso: string | null, now: number): string {
  if (iso === null) return '-';
  const seconds = Math.max(0, Math.round((now - Date.parse(iso)) / 1000));
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.round(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.round(seconds / 3600)} h ago`;
  return iso.slice(0, 10);
}

/** Dollars as they come over the wire. */
export function dollars(usd: number | null): string {
  return usd === null ? '-' : formatUsd(fromUsd(usd));
}

/** What an action came to: of a root with children what its whole tree cost, and that it is so. */
export function actionCost(action: { cost_usd: number | null; tree_cost_usd: number | null }): {
  cost: string;
  ofTree: boolean;
} {
  const tree = action.tree_cost_usd;
  const ofTree = tree !== null && tree !== action.cost_usd;
  return { cost: dollars(ofTree ? tree : action.cost_usd), ofTree };
}

export function quality(value: number | null): string {
  return value === null ? '-' : value.toFixed(2);
}

/** `LOCAL_FAST`: how tiers are shown to people. */
export function tierWord(tier: string | null): string {
  return tier === null ? '-' : tier.toUpperCase();
}

/** What an action that was put aside waits for: `for slot`, `budget paused`. */
export function waitWord(waitingFor: string): string {
  return waitingFor === 'budget_paused' ? 'budget paused' : `for ${waitingFor}`;
}

export function count(number: number): string {
  return number.toLocaleString('en-US');
}

export function plural(number: number, one: string, many = `${one}s`): string {
  return `${count(number)} ${number === 1 ? one : many}`;
}
