import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { packageRoot } from '../../config/paths.ts';
import {
  type Matrix,
  type MatrixRow,
  matrixFaults,
  openMatrix,
  providers,
  type RouteRow,
  slowFaults,
} from './failure-matrix.ts';
import { failurePage } from './failure-page.ts';

/** Faults whose answer is complete, whatever else is wrong with it. */
const answeredFaults = new Set(['none', 'wrong_usage', 'no_usage']);

let directory: string;
let matrix: Matrix;
let adapterRows: MatrixRow[];
let routeRows: RouteRow[];

before(async () => {
  directory = mkdtempSync(join(tmpdir(), 'swarmd-matrix-'));
  matrix = await openMatrix(directory);
  const cells = matrixFaults.flatMap((fault) => providers.map((provider) => ({ fault, provider })));
  const calls = cells.flatMap((cell) => [false, true].map((streaming) => ({ ...cell, streaming })));
  adapterRows = await slowOnesLast(calls, ({ fault, provider, streaming }) =>
    matrix.adapter(fault, provider, streaming),
  );
  routeRows = await slowOnesLast(cells, ({ fault, provider }) => matrix.route(fault, provider));
});

/** All at once, but those that wait for a timeout after the others: the burst at the start must not use theirs up. */
async function slowOnesLast<Cell extends { fault: string }, Row>(
  cells: readonly Cell[],
  run: (cell: Cell) => Promise<Row>,
): Promise<Row[]> {
  const rows = new Map<Cell, Row>();
  for (const slow of [false, true]) {
    const group = cells.filter(({ fault }) => slowFaults.includes(fault) === slow);
    await Promise.all(group.map(async (cell) => rows.set(cell, await run(cell))));
  }
  return cells.flatMap((cell) => rows.get(cell) ?? []);
}

after(async () => {
  await matrix.close();
  rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
});

test('no fault but a wrong or missing usage is taken for an answer, by any adapter or by the router', () => {
  for (const row of adapterRows) {
    // Ollama's stream has no finish event of its own that could be missing.
    const harmless =
      answeredFaults.has(row.fault) || (row.provider === 'ollama' && row.fault === 'done_without_finish');
    const complete = row.outcome.startsWith('answer, finish "stop"');
    assert.equal(complete, harmless, `${row.fault} ${row.provider}: ${row.outcome}`);
  }
  for (const row of routeRows) {
    const harmless =
      answeredFaults.has(row.fault) || (row.provider === 'ollama' && row.fault === 'done_without_finish');
    assert.equal(row.outcome === 'answered', harmless, `${row.fault} ${row.provider}: ${row.outcome}`);
  }
});

test('streaming changes neither the class of an error nor what is known of the money', () => {
  for (const row of adapterRows.filter(({ streaming }) => streaming)) {
    const whole = adapterRows.find(
      (other) => !other.streaming && other.fault === row.fault && other.provider === row.provider,
    );
    assert.deepEqual(
      [row.errorClass, row.settlement, row.time],
      [whole?.errorClass, whole?.settlement, whole?.time],
      `${row.fault} ${row.provider}`,
    );
  }
});

test('the ledger has exactly one row for each request the server received', () => {
  for (const row of routeRows) {
    const rows = [...row.ledger.matchAll(/(\d+) x/g)].reduce((sum, [, count]) => sum + Number(count), 0);
    assert.equal(rows, row.calls, `${row.fault} ${row.provider}: ${row.ledger}`);
  }
});

test('a spend cap and a bad request are asked once and never again', () => {
  for (const row of routeRows) {
    if (['spend_cap', '402', '400', '401', '404'].includes(row.fault)) assert.equal(row.calls, 1, row.fault);
  }
});

test('every request ends within its deadline and leaves nothing reserved', () => {
  for (const row of routeRows) assert.ok(row.withinDeadline, `${row.fault} ${row.provider}: ${row.ms} ms`);
  assert.equal(matrix.reserved(), 0);
});

test('docs/failures.md shows what happens', (t) => {
  const path = join(packageRoot(), 'docs', 'failures.md');
  const page = failurePage(adapterRows, routeRows);
  for (const row of routeRows) {
    t.diagnostic(
      `${row.fault} ${row.provider}: ${row.outcome}, ${row.calls} calls, ${Math.round(row.ms)} ms; ${row.ledger}`,
    );
  }
  if (process.env.SWARMD_UPDATE_DOCS === '1') writeFileSync(path, page);
  const kept = readFileSync(path, 'utf8').split('\n');
  const now = page.split('\n');
  const different = now.flatMap((line, index) =>
    line === kept[index] ? [] : [`now:  ${line}`, `page: ${kept[index]}`],
  );
  assert.deepEqual(different, [], 'run it with SWARMD_UPDATE_DOCS=1 and look at the difference');
  assert.equal(now.length, kept.length);
});
