/**
 * What is private never leaves, through the whole daemon: whoever says so (the action, its type, its agent, its
 * client, its parent), on every path that looks for another model. The API comes first in this configuration, so
 * that everything nobody holds back goes there at once.
 */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { connect } from '../../daemon/client.ts';
import type { ActionRecord } from '../../memory/types/actions.ts';
import type { SimulatorOptions } from '../../scripts/simulator/simulator.ts';
import { changeMemory, makeClient } from '../support/client.ts';
import { startTestDaemon, type TestDaemon } from '../support/daemon.ts';
import { hasRedis, type PrivateRedis, startRedis } from '../support/redis.ts';
import { tempDir } from '../support/temp.ts';
import { until } from '../support/until.ts';

const skip = !hasRedis;
let redis: PrivateRedis;
let prefixes = 0;

before(async () => {
  if (hasRedis) redis = await startRedis();
});
after(() => redis?.stop());

interface World extends TestDaemon {
  /** Requests that reached an API. */
  leaked(): number;
  /** Submits over HTTP with this client's token and waits for the end. */
  runAs(token: string, input: Record<string, unknown>): Promise<ActionRecord>;
}

async function startWorld(
  t: TestContext,
  given: {
    agents?: Record<string, string>;
    simulator?: SimulatorOptions;
    set?: Record<string, unknown>;
  } = {},
): Promise<World> {
  const folder = tempDir(t);
  const [agents, types] = ['agents', 'types'].map((name) => join(folder, name));
  for (const place of [agents, types]) if (place !== undefined) mkdirSync(place);
  for (const [name, text] of Object.entries(given.agents ?? { diarist: privateAgent('diarist') }))
    writeFileSync(join(agents ?? '', `${name}.md`), text);
  writeFileSync(join(types ?? '', 'diary.yaml'), 'privacy: local\n');
  prefixes += 1;
  const started = await startTestDaemon(t, {
    queueUrl: redis.url,
    ...(given.simulator === undefined ? {} : { simulator: given.simulator }),
    set: {
      agents_dir: agents,
      actions_dir: types,
      'queue.prefix': `egress${prefixes}`,
      'queue.backoff.initial_ms': 20,
      'retry.initial_delay_ms': 5,
      'retry.max_retries': 1,
      'routing.prefer_local': false,
      'routing.max_fallback_attempts': 5,
      // A paid model may criticise: what is private it may not see all the same.
      'quality_checks.self_critique.api': true,
      'clients.homebody.privacy': 'local',
      ...given.set,
    },
  });
  const { daemon, simulator, ended } = started;
  return {
    ...started,
    leaked: () => simulator.received('openai').length + simulator.received('anthropic').length,
    async runAs(token, input) {
      const client = await connect({ url: daemon.url ?? '', token });
      return await ended((await client.submit(input)).id);
    },
  };
}

function privateAgent(name: string): string {
  return `---\nname: ${name}\ndescription: Keeps it at home.\nprivacy: local\n---\nDo the work and answer with the result only.\n`;
}

const question = 'Refactor the payment service and prove that the migration loses no booking';

/** Everybody who can say that an action is private, one by one; `mark` makes each question another one. */
const sources: readonly [who: string, ask: (world: World, mark: string) => Promise<ActionRecord>][] = [
  ['the action', ({ run }, mark) => run(asked(mark, { privacy: 'local' }))],
  ['its type', ({ run }, mark) => run(asked(mark, { type: 'diary' }))],
  ['its type, against the action', ({ run }, mark) => run(asked(mark, { type: 'diary', privacy: 'any' }))],
  ['its agent', ({ run }, mark) => run(asked(mark, { agent: 'diarist' }))],
  [
    'its agent, against the action',
    ({ run }, mark) => run(asked(mark, { agent: 'diarist', privacy: 'any' })),
  ],
  ['its client’s token', (world, mark) => world.runAs(tokenOf(world, 'shy', 'local'), asked(mark))],
  [
    'its client’s token, against the action',
    (world, mark) => world.runAs(tokenOf(world, 'shy', 'local'), asked(mark, { privacy: 'any' })),
  ],
  ['its client’s settings', (world, mark) => world.runAs(tokenOf(world, 'homebody', 'any'), asked(mark))],
  ['its parent', askBelow],
];

function asked(mark: string, more: Record<string, unknown> = {}): Record<string, unknown> {
  // One attempt: the next one would wait until the models that failed have rested.
  return { prompt: `${question}, case ${mark}`, critical: true, attempts: 1, ...more };
}

const tokens = new WeakMap<World, Map<string, string>>();

function tokenOf(world: World, name: string, privacy: 'local' | 'any'): string {
  const known = tokens.get(world) ?? new Map<string, string>();
  tokens.set(world, known);
  const token = known.get(name) ?? makeClient(world.daemon.memory.path, name, { privacy });
  known.set(name, token);
  return token;
}

/** A child handed in from outside, while its private parent has not been begun. */
async function askBelow({ daemon, submit, ended }: World, mark: string): Promise<ActionRecord> {
  await daemon.control.pause();
  const parent = await submit(asked(`${mark} parent`, { privacy: 'local' }));
  const child = await submit(asked(mark, { parent_id: parent, privacy: 'any' }));
  await daemon.control.resume();
  await ended(parent);
  return await ended(child);
}

for (const [who, ask] of sources)
  test(`what ${who} holds back never reaches an API: answered, criticised, failed, tried again, cached`, {
    skip,
  }, async (t) => {
    const world = await startWorld(t, { simulator: { critic: 'nay_sayer' } });
    const { daemon, simulator, ended, leaked } = world;
    // Critics reject whatever they may judge: every answer asks for an escalation.
    const first = await ask(world, who);
    assert.equal(first.privacy, 'local');
    assert.ok(first.tier !== 'api_fallback');
    await ask(world, who);
    // Every local call fails: fallback, and a retry by hand.
    for (const fault of ['500', 'refuse', 'empty_200'] as const) {
      simulator.setFaults({ protocol: 'ollama', fault });
      const failed = await ask(world, `${who}, ${fault}`);
      assert.equal(failed.status, 'failed');
      assert.equal((await daemon.control.retry(failed.id)).ok, true);
      assert.equal((await ended(failed.id)).status, 'failed');
    }
    simulator.clearFaults();
    assert.equal(leaked(), 0);
    // The same words from somebody who does not mind go to the API, and come back to nobody who does.
    const open = await world.run(asked(who));
    assert.equal(open.tier, 'api_fallback');
    assert.ok(leaked() > 0, 'or the test above proves nothing');
    const before = leaked();
    const again = await ask(world, who);
    assert.notEqual(again.tier, 'api_fallback');
    assert.equal(leaked(), before);
  });

const objective = 'Compare Paris, Berlin and Rome as places for a conference';

const objectiveSources: readonly [
  who: string,
  agents: Record<string, string>,
  ask: (world: World) => Promise<ActionRecord>,
][] = [
  ['itself', {}, ({ run }) => run({ objective, privacy: 'local' })],
  ['its client', {}, (world) => world.runAs(tokenOf(world, 'shy', 'local'), { objective })],
  ...(['planner', 'worker', 'summarizer'] as const).map((name): (typeof objectiveSources)[number] => [
    `the agent ${name}`,
    { [name]: planning(name) },
    ({ run }) => run({ objective, privacy: 'any' }),
  ]),
];

/** The built-in agent, made private as a user would: a file of the same name. */
function planning(name: string): string {
  return privateAgent(name).replace(
    'Do the work',
    name === 'planner' ? 'Split the objective into subtasks' : 'Do the work',
  );
}

for (const [who, agents, ask] of objectiveSources)
  test(`an objective that ${who} makes private is planned, worked on and put together at home`, {
    skip,
  }, async (t) => {
    const world = await startWorld(t, { agents });
    const done = await ask(world);
    assert.equal(done.status, 'completed', done.error?.message);
    const children = world.daemon.memory.actions.children(done.id);
    assert.ok(children.length >= 2);
    for (const child of [done, ...children]) assert.equal(child.privacy, 'local');
    assert.equal(world.leaked(), 0);
  });

test('the same objective goes to the API where nobody minds, or the test above proves nothing', {
  skip,
}, async (t) => {
  const world = await startWorld(t);
  const done = await world.run({ objective });
  assert.equal(done.status, 'completed', done.error?.message);
  assert.ok(world.leaked() >= 3, 'the plan, the parts and the summary');
});

test('chat through the gateway with a private client’s token stays at home, streamed or not', {
  skip,
}, async (t) => {
  const world = await startWorld(t);
  const chat = async (token: string, stream: boolean) => {
    const response = await fetch(`${world.daemon.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'auto', stream, messages: [{ role: 'user', content: question }] }),
    });
    return await response.text();
  };
  for (const stream of [false, true]) await chat(tokenOf(world, 'shy', 'local'), stream);
  assert.equal(world.leaked(), 0);
  const refused = await fetch(`${world.daemon.url}/v1/chat/completions`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${tokenOf(world, 'shy', 'local')}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({ model: 'api_fallback', messages: [{ role: 'user', content: question }] }),
  });
  assert.equal(refused.status, 400);
  assert.match(await refused.text(), /has only models elsewhere, but client shy is private/);
  await chat(tokenOf(world, 'open', 'any'), false);
  assert.ok(world.leaked() > 0);
});

test('what was accepted before its client or agent became private stays at home from then on', {
  skip,
}, async (t) => {
  const world = await startWorld(t);
  const { daemon, submit, ended } = world;
  const client = await connect({ url: daemon.url ?? '', token: tokenOf(world, 'late', 'any') });
  await daemon.control.pause();
  const { id } = await client.submit(asked('late'));
  assert.equal(daemon.memory.actions.get(id)?.privacy, 'any');
  changeMemory(daemon.memory.path, (store) => void store.run("update _clients set privacy = 'local'"));
  await daemon.control.resume();
  const done = await ended(id);
  assert.notEqual(done.tier, 'api_fallback');
  assert.match(JSON.stringify(done.trail?.plan), /client late is private: it may not leave this house/);
  assert.equal(world.leaked(), 0);
  await ended(await submit(asked('owner')));
  assert.ok(world.leaked() > 0);
});

test('shadows and audits, which look for a paid model on purpose, respect each of them', {
  skip,
}, async (t) => {
  const right = { simple: 1, moderate: 1, complex: 1 };
  const world = await startWorld(t, {
    simulator: { models: ['phi3:mini', 'llama3:8b', 'mixtral:8x7b'].map((name) => ({ name, pass: right })) },
    set: {
      'routing.prefer_local': true,
      'routing.enable_self_critique': false,
      'quality_checks.audit.share': 1,
      'quality_checks.audit.daily_budget': 5,
    },
  });
  const { daemon, leaked, run } = world;
  await daemon.memory.experiments.start({
    name: 'api',
    kind: 'shadow',
    baseline: { name: 'live', settings: {} },
    tried: { name: 'shadow', settings: { first_tier: 'api_fallback' } },
    shares: [1],
    minimumAnswers: 0,
    tolerance: 0,
    budget: 500_000_000,
    at: Date.now(),
  });
  const easy = (n: number) => ({
    prompt: `What is ${n} + ${n}? Answer with the number only.`,
    critical: false,
  });
  let asked = 0;
  const both = () => {
    const { done, leftOut } = daemon.afterOutcomes();
    return done + leftOut >= 2 * asked;
  };
  // The same sources, asking something that local models answer well.
  const easyWorld: World = {
    ...world,
    run: (input) => run({ ...input, ...easy(asked) }),
    runAs: (token, input) => world.runAs(token, { ...input, ...easy(asked) }),
  };
  for (const [who, ask] of sources.slice(0, -1)) {
    asked += 1;
    const action = await ask(easyWorld, who);
    assert.equal(action.status, 'completed', action.error?.message);
    assert.equal(action.degraded, null);
  }
  await until('every shadow and audit to be over', both);
  assert.equal(leaked(), 0);
  asked += 1;
  const open = await run(easy(100));
  assert.notEqual(open.tier, 'api_fallback');
  await until('those of the open one', both);
  assert.ok(leaked() > 0, 'or the test above proves nothing');
});
