import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromUsd } from '../../../config/money.ts';
import { openStore } from '../../../memory/database.ts';
import type { CallFact, ReportFacts } from '../../../memory/report/facts.ts';
import { reportFacts } from '../../../memory/report/facts.ts';
import {
  failover95,
  fallbackRate,
  latency95,
  localAnswers,
  passRate,
  percentile95,
  throughput,
  tokensPerSecond,
} from '../../../memory/report/measures.ts';
import { checkTargets, type ReportInputs, type TargetRow, targets } from '../../../memory/report/targets.ts';
import { aConfig, aModel } from '../../router/support.ts';
import { callEnd, callStart, noon, temporaryMemory } from '../temporary-memory.ts';

function aCall(fields: Partial<CallFact> = {}): CallFact {
  return {
    actionId: 'a',
    role: 'answer',
    tier: 'local_fast',
    model: 'phi3-mini',
    outcome: 'ok',
    accepted: true,
    quality: 0.9,
    latencyMs: 100,
    outputTokens: 50,
    startedAt: noon,
    finishedAt: noon + 100,
    cached: false,
    ...fields,
  };
}

const repeat = (count: number, fields: Partial<CallFact> = {}): CallFact[] =>
  Array.from({ length: count }, () => aCall(fields));

function inputs(facts: Partial<ReportFacts>, rest: Partial<ReportInputs> = {}): ReportInputs {
  return {
    facts: { calls: [], days: [], spentInMonth: 0, activeDays: 0, cut: false, ...facts },
    config: aConfig(),
    savings: undefined,
    decision95: { value: Number.NaN, sample: 0 },
    ...rest,
  };
}

function row(target: string, given: ReportInputs): TargetRow {
  const found = checkTargets(given).find((one) => one.target === target);
  assert.ok(found !== undefined, target);
  return found;
}

test('an empty record has no data for any target but those of the configuration', () => {
  const rows = checkTargets(inputs({}));
  assert.equal(rows.length, targets.length);
  assert.ok(rows.length >= 30);
  for (const one of rows) {
    assert.ok(one.formula.length > 0 && one.source.length > 0 && one.minimumSample > 0);
    assert.equal(one.verdict, 'no data', one.target);
  }
});

test('a verdict needs its minimum of cases', () => {
  const few = row('p95 of local_fast under 200 ms', inputs({ calls: repeat(19) }));
  assert.equal(few.verdict, 'no data');
  assert.equal(few.value, 100);
  assert.equal(row('p95 of local_fast under 200 ms', inputs({ calls: repeat(20) })).verdict, 'met');
  const slow = inputs({ calls: repeat(20, { latencyMs: 201 }) });
  assert.equal(row('p95 of local_fast under 200 ms', slow).verdict, 'missed');
});

test('the 95th percentile is the nearest rank', () => {
  assert.equal(percentile95(Array.from({ length: 100 }, (_, at) => at + 1)).value, 95);
  assert.equal(percentile95([7]).value, 7);
  assert.equal(percentile95([]).sample, 0);
});

test('cache hits, critiques, probes and cancelled calls are not answers of a model', () => {
  const calls = [
    ...repeat(4),
    aCall({ cached: true, latencyMs: 0 }),
    aCall({ role: 'critique', latencyMs: 9_000 }),
    aCall({ role: 'probe', latencyMs: 9_000 }),
    aCall({ outcome: 'cancelled', latencyMs: 9_000 }),
  ];
  assert.deepEqual(latency95(calls), { value: 100, sample: 4 });
  assert.equal(localAnswers(calls).sample, 4);
});

test('pass, fallback and local shares', () => {
  const calls = [
    ...repeat(6),
    ...repeat(2, { accepted: false }),
    aCall({ outcome: 'error', accepted: null, quality: null, latencyMs: null }),
    aCall({ tier: 'api_fallback', model: 'gpt-4o' }),
  ];
  assert.equal(passRate(calls).value, 7 / 9);
  assert.equal(fallbackRate(calls).value, 3 / 10);
  assert.equal(localAnswers(calls).value, 6 / 7);
});

test('tokens a second of a call, and of a server over its busy time', () => {
  const calls = [
    aCall({ outputTokens: 100, latencyMs: 500, startedAt: noon, finishedAt: noon + 500 }),
    aCall({ outputTokens: 100, latencyMs: 500, startedAt: noon + 250, finishedAt: noon + 750 }),
    aCall({ outputTokens: 100, latencyMs: 250, startedAt: noon + 10_000, finishedAt: noon + 10_250 }),
  ];
  assert.equal(tokensPerSecond(calls, 'phi3-mini').value, (200 + 200 + 400) / 3);
  // Busy from 0 to 750 ms and for 250 ms later: 300 tokens in one second.
  assert.equal(throughput(calls, 'phi3-mini').value, 300);
});

test('failover is the time from a failed call to the next model of the same action', () => {
  const calls = [
    aCall({ outcome: 'error', startedAt: noon, finishedAt: noon + 1_000 }),
    aCall({ outcome: 'error', startedAt: noon + 1_500, finishedAt: noon + 2_000 }),
    aCall({ model: 'gpt-4o', startedAt: noon + 2_300, finishedAt: noon + 3_000 }),
    aCall({ actionId: 'b', outcome: 'error', finishedAt: noon + 100 }),
  ];
  assert.deepEqual(failover95(calls), { value: 1_300, sample: 2 });
});

test('money: the dearest day, the month, days over the budget; a day without paid calls is a day of $0', () => {
  const day = (name: string, spent: number) => ({
    day: name,
    spent: fromUsd(spent),
    reserved: 0,
    apiCalls: 1,
  });
  const given = inputs({
    days: [day('2026-11-20', 0.4), day('2026-11-21', 12)],
    spentInMonth: fromUsd(12.4),
    activeDays: 5,
  });
  assert.deepEqual(
    [row('at most $1 a day', given).value, row('at most $1 a day', given).verdict],
    [12, 'missed'],
  );
  assert.equal(row('at most $10 a month', given).verdict, 'missed');
  assert.equal(row('at most $50 a month', given).verdict, 'met');
  assert.equal(row('no budget overrun', given).verdict, 'missed');
  const free = inputs({ activeDays: 3 });
  assert.deepEqual([row('at most $1 a day', free).value, row('at most $1 a day', free).verdict], [0, 'met']);
  assert.equal(row('no budget overrun', free).verdict, 'met');
  const unlimited = aConfig();
  unlimited.costControl.dailyBudget = 0;
  assert.equal(row('no budget overrun', inputs({ activeDays: 3 }, { config: unlimited })).verdict, 'no data');
});

test('VRAM is checked against the hosts of the configuration', () => {
  const config = aConfig();
  const withSizes = (sizeGb: number) => ({
    ...config,
    tiers: { ...config.tiers, local_fast: [aModel('phi3-mini', 'local_fast', { sizeGb })] },
  });
  assert.equal(row('every local model fits its VRAM', inputs({}, { config: withSizes(16) })).verdict, 'met');
  assert.equal(
    row('every local model fits its VRAM', inputs({}, { config: withSizes(17) })).verdict,
    'missed',
  );
});

test('the facts come from the ledger as it is written', async (t) => {
  const { memory, path } = await temporaryMemory(t);
  for (let at = 0; at < 3; at += 1) {
    const start = callStart({ origin: { actionId: `a${at}` }, startedAt: noon + at });
    await memory.ledger.begin(start);
    await memory.ledger.finish(callEnd(start.callId, { cost: fromUsd(0.1), finishedAt: noon + at + 12 }));
    memory.ledger.judge({ callId: start.callId, quality: 0.8, accepted: at > 0, checks: [], reason: 'r' });
  }
  const open = callStart({ startedAt: noon + 10 });
  await memory.ledger.begin(open);
  await memory.close();
  const store = openStore(path, { mode: 'read', busyTimeoutMs: 1_000 });
  t.after(() => store.close());
  const facts = reportFacts(store, {
    since: noon,
    until: noon + 60_000,
    firstDay: '2026-11-21',
    lastDay: '2026-11-21',
    monthFirstDay: '2026-10-23',
  });
  assert.equal(facts.calls.length, 3, 'calls under way are left out');
  assert.equal(facts.activeDays, 1);
  assert.equal(facts.spentInMonth, fromUsd(0.3));
  assert.equal(facts.days[0]?.spent, fromUsd(0.3));
  assert.equal(passRate(facts.calls).value, 2 / 3);
  assert.equal(latency95(facts.calls, { model: 'gpt-4o' }).value, 12);
});
