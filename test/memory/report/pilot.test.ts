import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { openStore } from '../../../memory/database.ts';
import { tallyExperiment } from '../../../memory/experiments.ts';
import { addLabel } from '../../../memory/labels.ts';
import { meanFigure, quantileFigure, shareFigure } from '../../../memory/report/intervals.ts';
import { pilotReport } from '../../../memory/report/pilot.ts';
import type { Memory } from '../../../memory/types/memory.ts';
import type { Experiment } from '../../../router/experiment/experiment.ts';
import { callEnd, callStart, noon, temporaryMemory } from '../temporary-memory.ts';

const period = { since: 0, until: noon + 86_400_000 };

test('intervals are deterministic, hold the value, and say where they cannot hold it', () => {
  const values = Array.from({ length: 200 }, (_, at) => (at * 37) % 100);
  const mean = meanFigure(values);
  assert.deepEqual(mean, meanFigure(values));
  assert.ok(mean !== undefined && mean.low !== undefined && mean.high !== undefined);
  assert.ok(mean.low < 49.5 && 49.5 < mean.high && mean.high - mean.low < 12);
  assert.equal(meanFigure([1, 2, 3])?.low, undefined, 'three values bound nothing');
  // Ranks 40 and 61 of 100 are the textbook's for the median.
  const hundred = Array.from({ length: 100 }, (_, at) => at + 1);
  assert.deepEqual(quantileFigure(hundred, 0.5), { value: 50, low: 40, high: 61, count: 100 });
  const p95 = quantileFigure(hundred.slice(0, 20), 0.95);
  assert.equal(p95?.high, undefined, 'twenty values have no upper end of a 95th percentile');
  assert.equal(shareFigure(0, 0), undefined);
});

/** An action as an arm served it: a rejected answer first where it escalated. */
async function served(
  memory: Memory,
  arm: string,
  n: number,
  { cost, escalated = false, cached = false }: { cost: number; escalated?: boolean; cached?: boolean },
): Promise<string> {
  const origin = { actionId: `${arm}-${n}`, rootId: `${arm}-${n}`, experiment: 'strict', arm };
  const answer = async (accepted: boolean, from?: string) => {
    const start = callStart({
      origin,
      reserve: cost,
      startedAt: noon + n,
      ...(from === undefined ? {} : { escalatedFrom: from }),
      ...(cached ? { provider: 'cache', reserve: 0 } : {}),
    });
    await memory.ledger.begin(start);
    await memory.ledger.finish(callEnd(start.callId, { cost: cached ? 0 : cost, latencyMs: 100 + n }));
    const quality = accepted ? 0.9 : 0.3;
    memory.ledger.judge({ callId: start.callId, quality, accepted, checks: [], reason: '' });
    return start.callId;
  };
  if (!escalated) return await answer(true);
  return await answer(true, await answer(false));
}

async function twoArms(t: TestContext, requests: number) {
  const { memory, path } = await temporaryMemory(t);
  const experiment: Experiment = await memory.experiments.start({
    name: 'strict',
    kind: 'ab',
    baseline: { name: 'a', settings: {} },
    tried: { name: 'b', settings: { quality_threshold: 0.8 } },
    shares: [0.5],
    minimumAnswers: 0,
    tolerance: 0,
    budget: 0,
    at: noon,
  });
  const ids: string[] = [];
  for (let n = 0; n < requests; n += 1) {
    ids.push(await served(memory, 'a', n, { cost: 100 }));
    await served(memory, 'b', n, { cost: 200, escalated: n % 2 === 0 });
  }
  await served(memory, 'b', requests, { cost: 0, cached: true });
  await memory.state.set('written', true);
  const store = openStore(path, { mode: 'read', busyTimeoutMs: 1000 });
  t.after(() => store.close());
  return { memory, store, experiment, ids, path };
}

test('each arm has its cost, quality, latency and escalations with intervals, and the verdict names what differs', async (t) => {
  const { store, experiment, ids, path } = await twoArms(t, 60);
  const writing = openStore(path, { mode: 'write', busyTimeoutMs: 1000 });
  const label = { source: 'audit', confidence: 0.8, at: noon } as const;
  addLabel(writing, { ...label, callId: ids[0] ?? '', label: 'good' });
  addLabel(writing, { ...label, callId: ids[1] ?? '', label: 'bad' });
  for (const callId of ids.slice(2, 13))
    addLabel(writing, { callId, label: 'bad', source: 'check', confidence: 0.99, at: noon });
  writing.close();
  const report = pilotReport(store, period, experiment);
  const [a, b] = report.arms;
  assert.deepEqual([a?.requests, b?.requests], [60, 60], 'cache hits are not requests of an arm');
  assert.equal(a?.cost?.value, 100);
  // Half of them paid for two answers.
  assert.equal(b?.cost?.value, 300);
  assert.deepEqual([a?.escalated?.value, b?.escalated?.value], [0, 0.5]);
  assert.equal(b?.quality?.value.toFixed(3), '0.900');
  assert.equal(a?.latency50?.value, 129);
  assert.deepEqual([a?.labelledGood?.value, a?.labelledGood?.count], [0.5, 2]);
  assert.deepEqual(
    [a?.hardFailures, b?.hardFailures],
    [11, 0],
    'they say bad only, and are no share of good',
  );
  assert.deepEqual(
    [b?.accepted?.value, b?.firstAccepted?.value],
    [1, 0.5],
    'after escalation, and before it',
  );
  const status = tallyExperiment(store, experiment);
  assert.deepEqual(
    [status.baseline, status.tried].map(({ answers, labels, hardFailures }) => [
      answers.good / answers.count,
      answers.count,
      labels.count,
      hardFailures,
    ]),
    [a, b].map((arm) => [
      arm?.firstAccepted?.value,
      arm?.firstAccepted?.count,
      arm?.labelledGood?.count ?? 0,
      arm?.hardFailures,
    ]),
    'swarmd rollout status says the same',
  );
  assert.equal(report.costDifference?.value, 200);
  assert.equal(
    report.verdict,
    'b against a: cost higher, quality the same; first answers accepted lower (50.0 % against 100.0 %); ' +
      'hard failures lower (0.0 % against 18.3 %); escalations higher (50.0 % against 0.0 %); latency p50 higher (159 ms against 129 ms)',
  );
  assert.equal(pilotReport(store, { since: noon + 90, until: noon + 91 }, experiment).arms[0]?.requests, 0);
});

test('with few requests the verdict admits it', async (t) => {
  const { store, experiment } = await twoArms(t, 3);
  assert.equal(
    pilotReport(store, period, experiment).verdict,
    'too little data: a has 3 requests and b 3; at least 50 each are needed',
  );
  const all = pilotReport(store, period, undefined);
  assert.deepEqual([all.arms[0]?.name, all.arms[0]?.requests], ['everything', 6]);
  assert.match(all.verdict, /^too little data: 6 requests/);
});
