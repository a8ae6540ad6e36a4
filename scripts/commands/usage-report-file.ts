/**
 * Reads a usage report for `swarmd budget settle --report`. JSON: an array of lines, or an object with the array
 * under `data`. CSV: a header and lines, fields in double quotes where they hold commas. A line has `cost_usd`
 * and either `call_id`, or `day` (2026-11-21, UTC) and `model`; other fields are ignored. docs/budget.md shows both.
 */
import { readFileSync } from 'node:fs';
import { SwarmdError } from '../../config/errors.ts';
import type { UsageReport } from '../../memory/types/budget.ts';
import { usdAmount } from './budget-settings.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Throws INPUT_INVALID with the line that is wrong, USAGE for a file that cannot be read. */
export function readUsageReport(path: string): UsageReport {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new SwarmdError('USAGE', `cannot read the report: ${(error as Error).message}`, { where: path });
  }
  const lines = /^\s*[[{]/.test(text) ? jsonLines(text, path) : csvLines(text);
  return lines.map((fields, at) => reportLine(fields, `${path}, line ${at + 1} of the report`));
}

function reportLine(fields: Fields, where: string): UsageReport[number] {
  const text = (name: string) => {
    const value = fields[name];
    return value === undefined || value === null ? '' : String(value).trim();
  };
  const cost = usdAmount(text('cost_usd'), `${where}: cost_usd`);
  if (text('call_id') !== '') return { callId: text('call_id'), cost };
  const [day, model] = [text('day'), text('model')];
  if (!/^\d{4}-\d\d-\d\d$/.test(day) || Number.isNaN(Date.parse(day)) || model === '')
    throw new SwarmdError('INPUT_INVALID', `${where} names no call`, {
      where,
      allowed: 'cost_usd with call_id, or cost_usd with day (2026-11-21, UTC) and model',
    });
  return { day, model, cost };
}

function jsonLines(text: string, path: string): Fields[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw new SwarmdError('INPUT_INVALID', `the report is no JSON: ${(error as Error).message}`, {
      where: path,
    });
  }
  const data = Array.isArray(parsed) ? parsed : (parsed as { data?: unknown }).data;
  if (!Array.isArray(data) || data.some((line) => typeof line !== 'object' || line === null))
    throw new SwarmdError('INPUT_INVALID', 'the report holds no list of lines', {
      where: path,
      allowed: '[{"call_id": "…", "cost_usd": 0.01}] or {"data": […]}',
    });
  return data as Fields[];
}

function csvLines(text: string): Fields[] {
  const [header = [], ...rows] = text
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '')
    .map(csvFields);
  return rows.map((row) =>
    Object.fromEntries(header.map((name, at) => [name.trim().toLowerCase(), row[at]])),
  );
}

/** The fields of one line; two double quotes inside quotes are one. */
function csvFields(line: string): string[] {
  const fields: string[] = [];
  for (const [, quoted, plain] of line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g))
    fields.push(quoted === undefined ? (plain ?? '') : quoted.replaceAll('""', '"'));
  return fields;
}
