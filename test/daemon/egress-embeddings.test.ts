/**
 * What is private never leaves, over the paths that embed: the daemon's task, its search and its nearest examples,
 * `mem-db embed` and `mem-db semantic`.
 * Embedding models behind an API stand first in every tier, private entries wait for a vector, and the local
 * model has every fault there is: the simulator's API side receives nothing.
 */
import assert from 'node:assert/strict';
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import type { Config, ModelSpec, TierName } from '../../config/config.ts';
import { packageRoot } from '../../config/paths.ts';
import { systemClock } from '../../daemon/clock.ts';
import { createEntryEmbedder } from '../../daemon/embed-entries.ts';
import { createLogger } from '../../daemon/logger.ts';
import { createSearchEntries } from '../../daemon/search-entries.ts';
import { createBreakers } from '../../router/breakers.ts';
import { classify } from '../../router/classify.ts';
import { createEmbedTexts } from '../../router/embed-call.ts';
import { createNearestExamples, withNearestExample } from '../../router/nearest-examples.ts';
import { createEmbed } from '../../router/providers/embed.ts';
import { createSlots } from '../../router/slots.ts';
import { type FaultName, faultNames } from '../../scripts/simulator/faults.ts';
import { type Simulator, startSimulator } from '../../scripts/simulator/simulator.ts';
import { temporaryDirectory, temporaryMemory } from '../memory/temporary-memory.ts';
import { scriptedServer } from '../router/providers/scripted-server.ts';
import { aConfig, aModel, aRequest } from '../router/support.ts';
import { memDb } from '../scripts/memory/run-mem-db.ts';

let simulator: Simulator;
before(async () => {
  simulator = await startSimulator({ speed: 0 });
});
after(() => simulator.close());

const timeouts = { connect: 500, firstToken: 100, idle: 100, total: 100 };
const never = new AbortController().signal;
const secret = { type: 'd' as const, text: 'The card is 4111 1111 1111 1111.', visibility: 'private' };

function remote(tier: TierName): ModelSpec {
  return aModel(`remote-in-${tier}`, tier, {
    kind: 'embedding',
    provider: 'openai',
    modelId: 'text-embedding-3-small',
    endpoint: simulator.openaiUrl,
    selfHosted: false,
    timeouts,
  });
}

function configWith(local: readonly ModelSpec[]): Config {
  const config = aConfig();
  config.tiers = {
    local_fast: [remote('local_fast'), ...local],
    local_quality: [remote('local_quality')],
    api_fallback: [remote('api_fallback')],
  };
  return config;
}

const localModel = (): ModelSpec =>
  aModel('all-minilm', 'local_fast', { kind: 'embedding', endpoint: simulator.url, timeouts });

const atTheApi = (): number => simulator.received('openai').length + simulator.received('anthropic').length;

/**
 * Over a memory with one private entry: the daemon's task several times, a search for a private text, and the
 * nearest examples of a private query.
 */
async function embedAll(t: TestContext, local: readonly ModelSpec[]) {
  const { memory } = await temporaryMemory(t, { now: Date.now });
  await memory.entries.write(secret);
  const host = { name: 'local', slots: 2, vramGb: undefined, maxLoadedModels: 2, agingBoundMs: 30_000 };
  const config = configWith(local);
  const slots = createSlots({
    hosts: { local: host, openai: { ...host, name: 'openai' } },
    maxWaitersPerHost: 8,
    clock: systemClock,
  });
  let calls = 0;
  const embedTexts = createEmbedTexts({
    ledger: memory.ledger,
    slots,
    breakers: createBreakers({ clock: systemClock, saved: {}, save: () => undefined }),
    clock: systemClock,
    newId: () => {
      calls += 1;
      return `embed-${calls}`;
    },
    send: createEmbed({ apiKey: () => 'simulated-key' }),
  });
  const shared = { config: () => config, memory, embedTexts, hasRoomFor: slots.hasRoomFor };
  const embed = createEntryEmbedder({
    ...shared,
    clock: systemClock,
    logger: createLogger('silent'),
    signal: never,
  });
  for (let round = 0; round < 4; round += 1) await embed();

  const text = 'Which card is 4111 1111 1111 1111?';
  await createSearchEntries(shared)({ text, limit: 5, identity: undefined, signal: never });
  const nearestExamples = createNearestExamples({ ...shared, clock: systemClock, signal: never });
  const request = aRequest(text, { privacy: 'local', deadlineAt: Date.now() + 60_000 });
  for (const name of config.tiers.local_fast.map((model) => model.name)) {
    const asked: Config = {
      ...config,
      routing: { ...config.routing, policy: 'specialists' },
      nearestExamples: {
        model: name,
        examples: [{ text: 'Which tram?', kind: 'simple' }],
        leastSimilarity: 0.3,
        withinMs: 200,
      },
    };
    const parts = { config: () => asked, nearestExamples };
    await withNearestExample(request, classify(request), parts, never);
  }
  return { memory };
}

for (const fault of [undefined, ...faultNames] as (FaultName | undefined)[]) {
  test(`private entries leave nothing at an API while the local model has ${fault ?? 'no fault'}`, async (t) => {
    simulator.clearFaults();
    if (fault !== undefined) simulator.setFaults({ fault, model: 'all-minilm' });
    const sent = atTheApi();
    const { memory } = await embedAll(t, [localModel()]);
    const { missing } = memory.entries.embeddings('all-minilm');
    assert.equal(missing, fault === undefined ? 0 : 1);
    assert.equal(atTheApi() - sent, 0);
  });
}

test('with the local server down, and without any local embedding model', async (t) => {
  simulator.clearFaults();
  const sent = atTheApi();
  await simulator.takeDown();
  await embedAll(t, [localModel()]);
  await simulator.bringUp();
  const { memory } = await embedAll(t, []);
  assert.deepEqual(memory.calls.forAction('entries'), []);
  assert.equal(atTheApi() - sent, 0);
});

test('a local server that points elsewhere is not followed there', async (t) => {
  simulator.clearFaults();
  const sent = atTheApi();
  for (const status of [301, 302, 307, 308]) {
    const server = await scriptedServer(t, (response) => {
      response.writeHead(status, { location: `${simulator.openaiUrl}/embeddings` });
      response.end();
    });
    for (const provider of ['ollama', 'openai-compatible'] as const)
      await embedAll(t, [{ ...localModel(), provider, endpoint: server.url }]);
    assert.ok(server.received.length > 0);
  }
  assert.equal(atTheApi() - sent, 0);
});

test('mem-db embeds and asks by a local model only, whatever becomes of it', async (t) => {
  simulator.clearFaults();
  const sent = atTheApi();
  const directory = temporaryDirectory(t);
  const path = join(directory, 'memory.db');
  const remoteEntry = `{ name: remote, provider: openai, model_id: text-embedding-3-small, kind: embedding, context_window: 8191, cost: { input: 0.02, output: 0 } }`;
  const tiers = (local: string) =>
    `tiers:\n  local_fast: { models: [${remoteEntry}${local}] }\n  api_fallback: { models: [${remoteEntry.replace('remote', 'remote-2')}] }\n`;
  const file = join(directory, 'swarmd.yaml');
  const env = {
    SWARMD_CONFIG: file,
    SWARMD_HOME: directory,
    OLLAMA_HOST: simulator.url,
    OPENAI_BASE_URL: simulator.openaiUrl,
    OPENAI_API_KEY: 'simulated-key',
  };
  await memDb(path, ['import', '-'], JSON.stringify(secret));
  writeFileSync(file, tiers(''));
  const none = await memDb(path, ['embed'], undefined, env);
  assert.deepEqual([none.code, /no embedding model/.test(none.err)], [69, true], none.err);
  writeFileSync(file, tiers(', all-minilm'));
  for (const fault of ['500', 'refuse', undefined] as const) {
    simulator.clearFaults();
    if (fault !== undefined) simulator.setFaults({ fault, model: 'all-minilm' });
    await memDb(path, ['embed'], undefined, env);
  }
  simulator.setFaults({ fault: '503', model: 'all-minilm' });
  const found = await memDb(path, ['semantic', 'my card 4111 1111 1111 1111'], undefined, env);
  assert.match(found.err, /words only/);
  assert.equal(atTheApi() - sent, 0);
});

test('the same model behind the API does answer whoever asks it, or these tests prove nothing', async () => {
  simulator.clearFaults();
  const sent = atTheApi();
  await createEmbed({ apiKey: () => 'simulated-key' })(
    { ...remote('api_fallback'), timeouts: { ...timeouts, total: 5_000 } },
    ['not private'],
    never,
  );
  assert.equal(atTheApi() - sent, 1);
});

test('nothing but embed-call.ts is given the function that embeds', () => {
  const root = packageRoot();
  const users = globSync('{config,router,memory,agents,daemon,scripts}/**/*.ts', { cwd: root }).filter(
    (file) => /import \{ createEmbed \} from/.test(readFileSync(join(root, file), 'utf8')),
  );
  assert.deepEqual(users.sort(), ['daemon/assemble.ts', 'scripts/memory/embedding-model.ts']);
  for (const file of users) {
    const source = readFileSync(join(root, file), 'utf8');
    assert.equal([...source.matchAll(/createEmbed\(/g)].length, 1, file);
    assert.match(source, /createEmbedTexts\(\{[\s\S]*\n +send: createEmbed\(/, file);
  }
});
