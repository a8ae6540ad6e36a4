import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask } from '../../memory/ask.ts';
import { openStore } from '../../memory/database.ts';
import { listLine } from '../../memory/entry-lines.ts';
import { parseQuery } from '../../memory/grammar.ts';
import { prune } from '../../memory/retention.ts';
import type { Memory } from '../../memory/types/memory.ts';
import type { CallStart } from '../../router/types/call.ts';
import { callEnd, callStart, noon, temporaryMemory } from './temporary-memory.ts';

const dollar = 1_000_000_000;

async function call(
  memory: Memory,
  at: number,
  cost: number,
  judged: { quality: number; accepted: boolean } | undefined,
  fields: Partial<CallStart> = {},
): Promise<void> {
  const local = cost === 0;
  const start = callStart({
    reserve: cost,
    tier: local ? 'local_fast' : 'api_fallback',
    startedAt: at,
    ...fields,
  });
  await memory.ledger.begin(start);
  await memory.ledger.finish(
    callEnd(start.callId, { cost, settlement: local ? 'free' : 'settled', finishedAt: at + 100 }),
  );
  if (judged === undefined) return;
  memory.ledger.judge({ callId: start.callId, ...judged, checks: [], reason: 'reason' });
  await memory.writable();
}

test('model calls are asked for as memories, in the promised words, and add up to the day', async (t) => {
  const { memory, path, clock } = await temporaryMemory(t, { limits: { timeZone: 'America/New_York' } });
  const now = noon + 300_000;
  clock.now = now;
  const good = { quality: 0.85, accepted: true };
  await call(memory, noon, 0, good, { origin: { actionId: 'a', agent: 'coder', client: 'ci' } });
  // One answer rejected, a paid critique, then the API's answer: one line with the sum.
  await call(memory, noon + 1000, 0, { quality: 0.4, accepted: false }, { origin: { actionId: 'b' } });
  await call(memory, noon + 2000, dollar / 100, undefined, { origin: { actionId: 'b' }, role: 'critique' });
  await call(
    memory,
    noon + 3000,
    dollar / 10,
    { quality: 0.9, accepted: true },
    { origin: { actionId: 'b' } },
  );
  // Paid for nothing.
  await call(
    memory,
    noon + 4000,
    dollar / 100,
    { quality: 0.3, accepted: false },
    { origin: { actionId: 'c' } },
  );
  // From the cache.
  await call(memory, noon + 5000, 0, good, { origin: { actionId: 'd' }, provider: 'cache' });
  await call(memory, noon - 86_400_000, 0, good, { origin: { actionId: 'e' } });

  const store = openStore(path, { mode: 'read', busyTimeoutMs: 100 });
  t.after(() => store.close());
  const lines = (...terms: string[]) => {
    const answer = ask(store, parseQuery(terms, now), { now });
    return answer.kind === 'entries' ? answer.entries.map((entry) => listLine(entry, now)) : [answer];
  };
  assert.deepEqual(lines('topic=llm_cost', 'recent=24h'), [
    '[A][llm_cost] Tier: local_fast, Cost: $0.00, Quality: 0.85 (4m ago)',
    '[A][llm_cost] Tier: api_fallback, Cost: $0.0100, Quality: 0.30, not accepted (4m ago)',
    '[A][llm_cost] Tier: api_fallback, Cost: $0.11, Quality: 0.90 (4m ago)',
    '[A][llm_cost] Tier: local_fast, Cost: $0.00, Quality: 0.85 (4m ago)',
  ]);
  assert.deepEqual(lines('topic=llm_summary', 'recent=1d', 'limit=1'), [
    '[N][llm_summary] Today: 2 calls, $0.12 spent, 50% local, 50% API, 1 more from the cache',
  ]);
  assert.deepEqual(lines('topic=llm_summary', 'sort=oldest', 'limit=1'), [
    '[N][llm_summary] 2026-11-20: 1 calls, $0.00 spent, 100% local, 0% API',
  ]);
  assert.equal(lines('topic=llm_cost', 'text=api_fallback').length, 2);
  assert.equal(lines('topic=llm_cost', 't=d').length, 0);
  assert.equal(lines('topic=llm_cost', 'agent=coder').length, 1);
  assert.equal(lines('topic=llm_cost', 'client=ci', 'task=a').length, 1);
  assert.deepEqual(lines('topic=llm_cost', 'count'), [{ kind: 'count', count: 5 }]);
  assert.deepEqual(lines('topic=llm_cost', 'recent=7d', 'by=tier'), [
    {
      kind: 'ledger_groups',
      groups: [
        { key: 'api_fallback', answers: 1, cost: 0.12 * dollar, quality: 0.9, cached: 0 },
        { key: 'local_fast', answers: 2, cost: 0, quality: 0.85, cached: 1 },
      ],
    },
  ]);
  const types = ask(store, parseQuery(['topic=llm_cost', 'by=type'], now), { now });
  assert.deepEqual(
    types.kind === 'ledger_groups' && types.groups.map((group) => group.key),
    ['prompt'],
    'the action’s type, not the entry’s',
  );
  const days = ask(store, parseQuery(['topic=llm_cost', 'by=day'], now), { now });
  assert.deepEqual(days.kind === 'ledger_groups' && days.groups.map((group) => [group.key, group.cost]), [
    ['2026-11-21', memory.budget.status().spent],
    ['2026-11-20', 0],
  ]);
});

test('the summary of a day stays what it was when its calls are pruned', async (t) => {
  const { memory, path } = await temporaryMemory(t, { limits: { timeZone: 'America/New_York' } });
  const day = 86_400_000;
  for (let index = 0; index < 80; index += 1) {
    const at = noon - Math.floor(index * 0.31 * day);
    const cost = index % 3 === 0 ? dollar / 100 : 0;
    const judged = { quality: 0.9, accepted: index % 5 !== 0 };
    const cached = index % 7 === 0 && cost === 0 ? { provider: 'cache' } : {};
    await call(memory, at, cost, judged, { origin: { actionId: `a${index}` }, ...cached });
  }
  const store = openStore(path, { mode: 'write', busyTimeoutMs: 1000 });
  t.after(() => store.close());
  const summaries = () => {
    const answer = ask(store, parseQuery(['topic=llm_summary', 'limit=-1'], noon), { now: noon });
    return answer.kind === 'entries' ? answer.entries.map((entry) => [entry.timestamp, entry.text]) : [];
  };
  const before = summaries();
  assert.ok(before.length > 20);
  const pruned = store.transaction(() => prune(store, { now: noon, days: 30, ledgerDays: 5, batch: 1000 }));
  assert.ok(pruned.calls > 50);
  assert.deepEqual(summaries(), before);
});

test('a client sees its own calls only', async (t) => {
  const { memory, path } = await temporaryMemory(t);
  const good = { quality: 0.85, accepted: true };
  await call(memory, noon, 0, good, { origin: { actionId: 'a', client: 'one' } });
  await call(memory, noon, 0, good, { origin: { actionId: 'b', client: 'two' } });
  const store = openStore(path, { mode: 'read', busyTimeoutMs: 100 });
  t.after(() => store.close());
  for (const terms of [['topic=llm_cost'], ['topic=llm_cost', 'client=two']]) {
    const answer = ask(store, parseQuery(terms, noon + 1000), {
      now: noon + 1000,
      identity: { client: 'one' },
    });
    assert.equal(answer.kind === 'entries' && answer.entries.length, terms.length === 1 ? 1 : 0);
  }
  const summary = ask(store, parseQuery(['topic=llm_summary'], noon + 1000), {
    now: noon + 1000,
    identity: { client: 'one' },
  });
  assert.match((summary.kind === 'entries' && summary.entries[0]?.text) || '', /^Today: 1 calls/);
});
