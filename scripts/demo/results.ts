import type { ActionJson } from '../../daemon/http/wire/action-json.ts';
import type { EventJson } from '../../daemon/http/wire/event-json.ts';
import { paint, screenWidth } from '../terminal/output.ts';
import { cut, safeLine } from '../terminal/safe-text.ts';
import { type Column, tableLines } from '../terminal/table.ts';
import { dollars, duration, quality, tierWord } from '../terminal/words.ts';

export interface DemoRow {
  /** `7`, or `19.2` for the second child of 19. */
  number: string;
  label: string;
  action: ActionJson;
}

/** `  3.2 s  7  JSON by schema   assessed    phi3-mini accepted (0.98): …`. */
export function demoEventLine(event: EventJson, name: string, elapsedMs: number): string {
  const text = `${duration(elapsedMs).padStart(7)}  ${cut(name, 22).padEnd(22)} ${event.kind.replace('_', ' ').padEnd(9)} ${safeLine(event.line)}`;
  const line = cut(text, screenWidth());
  if (event.kind === 'finished') return paint(event.status === 'completed' ? 'green' : 'red', line);
  if (event.kind === 'escalated' || event.kind === 'fell_back') return paint('yellow', line);
  return paint('dim', line);
}

/** The table of results, and under each row why it was that tier. */
export function resultLines(rows: readonly DemoRow[]): string[] {
  const columns: Column<DemoRow>[] = [
    { title: '#', value: (row) => row.number, align: 'right' },
    { title: 'ACTION', value: (row) => safeLine(row.label, 18) },
    { title: 'TIER', value: ({ action }) => tierWord(action.tier) },
    { title: 'MODEL', value: ({ action }) => safeLine(action.model ?? '-', 20) },
    { title: 'QUALITY', value: ({ action }) => quality(action.quality), align: 'right' },
    { title: 'COST', value: ({ action }) => dollars(action.cost_usd), align: 'right' },
    { title: 'TIME', value: ({ action }) => duration(action.duration_ms), align: 'right' },
  ];
  const [head, ...lines] = tableLines(rows, columns, screenWidth());
  return [
    paint('bold', head ?? ''),
    ...lines.flatMap((line, i) => {
      const why = whyOf(rows[i]?.action);
      return [line, paint('dim', cut(`      ${why}`, screenWidth()))];
    }),
  ];
}

function whyOf(action: ActionJson | undefined): string {
  if (action === undefined) return '';
  if (action.error !== null) return safeLine(`${action.status}: ${action.error.message}`);
  const cached = action.cached ? 'from the cache: ' : '';
  const degraded = action.degraded === null ? '' : `; degraded: ${action.degraded}`;
  return safeLine(`${cached}${action.reason ?? '-'}${degraded}`);
}
