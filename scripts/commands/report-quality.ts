/** The part of `swarmd report` that says how right the gate is, and whether it still is. */

import type { CalibrationRow, GateQuality } from '../../memory/report/quality.ts';
import { leastLabels, leastOfEach } from '../../router/learning/calibrate.ts';
import type { CalibrationError } from '../../router/learning/calibration-error.ts';
import { leastForError } from '../../router/learning/calibration-error.ts';
import type { DriftRow } from '../../router/learning/drift.ts';
import { labelSources } from '../../router/types/outside.ts';
import { screenWidth } from '../terminal/output.ts';
import { type Column, tableLines } from '../terminal/table.ts';
import { count } from '../terminal/words.ts';

export const noQuality: GateQuality = { labels: [], calibration: [], drift: [] };

export function qualityJson(quality: GateQuality) {
  const error = (one: CalibrationError | undefined) =>
    one === undefined
      ? null
      : { labels: one.sample, error: one.error ?? null, low: one.low ?? null, high: one.high ?? null };
  return {
    labels: quality.labels,
    calibration: quality.calibration.map(({ type, fitted, since, labels }) => ({
      type,
      labels,
      fitted: error(fitted),
      since: error(since),
    })),
    drift: quality.drift.map((row) => ({
      what: row.what,
      test: row.test,
      verdict: row.verdict,
      before: row.before,
      now: row.now,
      p: row.p ?? null,
      size: row.size ?? null,
      matters: row.matters,
      sample: row.sample,
      minimum_sample: row.minimumSample,
    })),
  };
}

export function qualityLines({ labels, calibration, drift }: GateQuality): string[] {
  return ['', ...labelLines(labels), '', ...calibrationLines(calibration), '', ...driftTable(drift)];
}

function labelLines(labels: GateQuality['labels']): string[] {
  if (labels.length === 0)
    return ['labels: none (they come from swarmd feedback, hard failures, escalations and audits)'];
  const said = labelSources.flatMap((source) => {
    const own = labels.filter((one) => one.source === source);
    if (own.length === 0) return [];
    return [`${source} ${own.map((one) => `${count(one.count)} ${one.label.replace('_', '-')}`).join(', ')}`];
  });
  return [`labels: ${said.join('; ')}`];
}

function calibrationLines(rows: readonly CalibrationRow[]): string[] {
  if (rows.length === 0) return ['calibration of the gate: no type has labels yet'];
  const columns: Column<CalibrationRow>[] = [
    { title: 'CALIBRATION OF', value: (row) => row.type },
    {
      title: 'LABELS',
      value: ({ labels }) => `${count(labels.labels)} (${count(labels.good)} good, ${count(labels.bad)} bad)`,
    },
    {
      title: 'ERROR WHEN LEARNED',
      value: (row) => (row.fitted === undefined ? 'not learned' : errorText(row.fitted)),
    },
    { title: 'ERROR SINCE', value: (row) => (row.fitted === undefined ? '-' : errorText(row.since)) },
  ];
  return [
    ...tableLines(rows, columns, screenWidth()),
    `expected calibration error over ten bins, 95 % bootstrap interval corrected for bias (with few labels noise counts as error, so it reaches down to 0 where chance alone would explain it); a type is learned from ${leastLabels} labels, ${leastOfEach} good and ${leastOfEach} bad`,
  ];
}

function errorText({ sample, error, low, high }: CalibrationError): string {
  if (error === undefined || low === undefined || high === undefined)
    return `no data (${count(sample)} of ${leastForError} labels)`;
  return `${error.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}] (${count(sample)} labels)`;
}

function driftTable(rows: readonly DriftRow[]): string[] {
  if (rows.length === 0) return [];
  const columns: Column<DriftRow>[] = [
    { title: 'VERDICT', value: (row) => row.verdict },
    { title: 'DRIFT OF', value: (row) => row.what },
    { title: 'WHEN LEARNED', value: (row) => row.before },
    { title: 'NOW', value: (row) => row.now },
    { title: 'CASES', value: (row) => count(row.sample), align: 'right' },
    { title: 'NEEDED', value: (row) => count(row.minimumSample), align: 'right' },
    { title: 'P', value: (row) => (row.p === undefined ? '-' : row.p.toPrecision(2)), align: 'right' },
    {
      title: 'SIZE',
      value: (row) => (row.size === undefined ? '-' : row.size.toFixed(2)),
      align: 'right',
    },
    { title: 'MATTERS FROM', value: (row) => String(row.matters), align: 'right' },
  ];
  return tableLines(rows, columns, screenWidth());
}
