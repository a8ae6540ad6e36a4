import { listLine, renderLine } from './entry-lines.ts';
import type { Entry } from './types/entries.ts';

/** The marks that `render` and `query` put around a text when they show it. */
const shown =
  /^\[[DQAFNCTGMRLP]\](?:\[[^\]]*\])+ (.*?)(?: \[[^\]]*\])?(?: \((?:[^()]* ago|\d{4}-\d{2}-\d{2})\))?(?: \(?#\d{1,15}\)?)?$/s;
const age =
  /^(\[[A-Z]\]\[.*?)\[ts=[^\]]*\](?:\[FRESH\])?|(?: \((?:\d+[smhd] ago|\d{4}-\d{2}-\d{2})\))?(?: \(?#\d{1,15}\)?)?$/g;

/** What a listing or a model's context showed: the text within the marks, and the number where it has one. */
export function readShown(text: string): { bare: string; id: number | undefined } | undefined {
  const line = text.trim();
  if (!/^\[[DQAFNCTGMRLP]\]\[/.test(line)) return undefined;
  const number = /#(\d{1,15})\)?$/.exec(line)?.[1];
  return {
    bare: shown.exec(line)?.[1] ?? line,
    id: number === undefined ? undefined : Number(number),
  };
}

/** True when the text is a line that shows this entry, whatever its age was then. */
export function shows(text: string, entry: Entry): boolean {
  const said = ageless(text);
  return [listLine, renderLine].some((lineOf) => ageless(lineOf(entry, entry.timestamp)) === said);
}

/** A line without what changes from one showing to the next: age, freshness and number. */
export function ageless(line: string): string {
  return line.replace(/\s+/g, ' ').trim().replace(age, '$1');
}
