import { glyphOf } from './entry-types.ts';
import { reservedTopics } from './reserved-topics.ts';
import { ageWords } from './time-words.ts';
import type { Entry } from './types/entries.ts';

const freshForMs = 3_600_000;

/** How a list shows an entry: `[D][auth] Use JWT (5m ago) #12`. What comes from the ledger keeps its own form. */
export function listLine(entry: Entry, now: number): string {
  const head = `${glyphOf(entry.type)}[${oneLine(entry.topic ?? 'general')}] ${oneLine(entry.text)}`;
  if (entry.topic === 'llm_summary') return head;
  const age = `(${ageWords(entry.timestamp, now)})`;
  if (reservedTopics.includes(entry.topic ?? '')) return `${head} ${age}`;
  const choice = entry.choice === null ? '' : ` [${oneLine(entry.choice)}]`;
  return `${head}${choice} ${age}${statusMark(entry)} #${entry.id}`;
}

/**
 * How a model's context shows an entry: `[D][topic=auth][ts=1s ago][FRESH][choice=jwt] Use JWT (#12)`. FRESH
 * means younger than an hour.
 */
export function renderLine(entry: Entry, now: number): string {
  const parts = [
    glyphOf(entry.type),
    `[topic=${oneLine(entry.topic ?? 'general')}]`,
    `[ts=${ageWords(entry.timestamp, now)}]`,
    now - entry.timestamp < freshForMs ? '[FRESH]' : '',
    entry.choice === null ? '' : `[choice=${oneLine(entry.choice)}]`,
    ` ${oneLine(entry.text)}`,
    reservedTopics.includes(entry.topic ?? '') ? '' : ` (#${entry.id})`,
  ];
  return parts.join('');
}

function statusMark(entry: Entry): string {
  if (entry.status === 'active') return '';
  return entry.supersededBy === null ? ` ${entry.status}` : ` ${entry.status} by #${entry.supersededBy}`;
}

function oneLine(text: string): string {
  return text.replace(/\s*[\r\n\u2028\u2029]+\s*/g, ' ').trim();
}
