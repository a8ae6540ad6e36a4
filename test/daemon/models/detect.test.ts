import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { loadConfig } from '../../../config/load.ts';
import { newConfigFile } from '../../../config/write.ts';
import { benchModels } from '../../../daemon/models/bench-models.ts';
import { addressesToAsk, findServers, usableModels } from '../../../daemon/models/find-models.ts';
import { type Measured, proposeTiers, tiersYaml } from '../../../daemon/models/propose-tiers.ts';
import { quickSet } from '../../../daemon/models/quick-set.ts';
import { startSimulator } from '../../../scripts/simulator/simulator.ts';
import { tempDir } from '../../support/temp.ts';

/** A simulated Ollama on which each model gets right, of each class, as many questions as are stated. */
async function answering(
  t: TestContext,
  right: Record<string, [simple: number, moderate: number, complex: number]>,
) {
  const order = ['simple', 'moderate', 'complex'] as const;
  const seen = { simple: 0, moderate: 0, complex: 0 };
  const lines = quickSet.map((item) => {
    const index = seen[item.complexity]++;
    const responses = Object.entries(right).map(([model, counts]) => {
      const count = counts[order.indexOf(item.complexity)] ?? 0;
      return [model, index < count ? item.reference : 'I would rather not say.'];
    });
    return JSON.stringify({ prompt: item.prompt, responses: Object.fromEntries(responses) });
  });
  const folder = tempDir(t);
  const replay = join(folder, 'replay.jsonl');
  writeFileSync(replay, lines.join('\n'));
  const simulator = await startSimulator({ speed: 0, replay });
  t.after(() => simulator.close());
  const env = { HOME: folder, OLLAMA_HOST: simulator.url };
  const load = () => loadConfig({ env, cwd: folder, systemFile: join(folder, 'none') });
  return { simulator, folder, env, load };
}

async function benched(
  models: readonly string[],
  { load, env }: Awaited<ReturnType<typeof answering>>,
): Promise<Measured[]> {
  const loaded = load();
  const all = usableModels(await findServers(addressesToAsk(loaded.settings, [])), loaded);
  return benchModels(
    all.filter((model) => models.includes(model.found.modelId)),
    { items: 30, env, signal: AbortSignal.timeout(30_000), onProgress() {}, onMeasured() {} },
  );
}

test('models are found with what the catalogue knows of them; embeddings and cloud models are left out', async (t) => {
  const { load, simulator } = await answering(t, {});
  const loaded = load();
  const servers = await findServers(addressesToAsk(loaded.settings, []));
  assert.deepEqual(
    servers.map((server) => [server.kind, server.address]),
    [['ollama', simulator.url]],
  );
  const models = usableModels(servers, loaded);
  const phi = models.find((model) => model.found.modelId === 'phi3:mini');
  assert.equal(phi?.entry.name, 'phi3-mini');
  assert.equal(phi?.spec.endpoint, simulator.url);
  assert.equal(
    models.some((model) => model.found.kind === 'embedding'),
    false,
  );
  assert.ok(models.every((model) => model.spec.selfHosted));
  assert.equal(new Set(models.map((model) => model.entry.name)).size, models.length);
});

test('the bench counts what each model gets right, and spends no paid call', async (t) => {
  const sim = await answering(t, { 'phi3:mini': [9, 4, 1], 'mixtral:8x7b': [10, 8, 6] });
  const measured = await benched(['phi3:mini', 'mixtral:8x7b'], sim);
  assert.deepEqual(
    measured.map(({ usable, measurement: { scores } }) => [
      usable.entry.name,
      scores.simple.passed,
      scores.moderate.passed,
      scores.complex.passed,
    ]),
    [
      ['phi3-mini', 9, 4, 1],
      ['mixtral-8x7b', 10, 8, 6],
    ],
  );
  for (const { measurement } of measured) {
    assert.equal(measurement.error, undefined);
    assert.ok((measurement.answerMs ?? -1) >= 0 && (measurement.firstTokenMs ?? -1) >= 0);
  }
  assert.equal(sim.simulator.received('openai').length + sim.simulator.received('anthropic').length, 0);
});

test('a model whose calls fail is given up after three, with the reason', async (t) => {
  const sim = await answering(t, { 'phi3:mini': [10, 10, 10] });
  sim.simulator.setFaults({ fault: '500', model: 'phi3:mini', after: 2 });
  const [measured] = await benched(['phi3:mini'], sim);
  assert.match(measured?.measurement.error ?? '', /500/);
  assert.ok(sim.simulator.received('ollama').length <= 5);
  sim.simulator.setFaults({ fault: '500', model: 'phi3:mini' });
  const [dead] = await benched(['phi3:mini'], sim);
  assert.equal(dead?.measurement.answerMs, undefined);
});

/** A measurement as the bench would give it. */
function made(
  name: string,
  [simple, moderate, complex]: [number, number, number],
  answerMs: number | undefined,
): Measured {
  const score = (passed: number) => ({ passed, of: 10 });
  const entry = { name, provider: 'ollama' as const, model_id: name, context_window: 8192, enabled: true };
  return {
    usable: { entry } as Measured['usable'],
    measurement: {
      model: {} as Measured['measurement']['model'],
      loadMs: 1200,
      firstTokenMs: answerMs === undefined ? undefined : 100,
      tokensPerSecond: answerMs === undefined ? undefined : 50,
      answerMs,
      scores: { simple: score(simple), moderate: score(moderate), complex: score(complex) },
      error: answerMs === undefined ? 'HTTP 500' : undefined,
    },
  };
}

test('tiers are proposed by what was measured', () => {
  const names = (measured: readonly Measured[]) => measured.map(({ usable }) => usable.entry.name);
  for (const [what, all, fast, quality, left] of [
    ['one model does all', [made('a', [9, 5, 2], 500)], [], ['a'], []],
    ['small and large', [made('s', [9, 5, 1], 300), made('l', [10, 8, 6], 2000)], ['s'], ['l'], []],
    ['small but wrong', [made('s', [5, 2, 0], 300), made('l', [10, 8, 6], 2000)], [], ['l'], ['s']],
    ['small but slow', [made('s', [9, 5, 1], 1900), made('l', [10, 8, 6], 2000)], [], ['l'], ['s']],
    ['two equally good', [made('a', [9, 8, 6], 2000), made('b', [10, 8, 5], 1900)], [], ['a', 'b'], []],
    [
      'three fast ones',
      [
        made('x', [9, 1, 0], 300),
        made('y', [9, 1, 0], 200),
        made('z', [9, 1, 0], 400),
        made('l', [9, 8, 8], 2000),
      ],
      ['y', 'x'],
      ['l'],
      ['z'],
    ],
    ['one is broken', [made('a', [9, 5, 2], 500), made('b', [0, 0, 0], undefined)], [], ['a'], ['b']],
    ['all are broken', [made('b', [0, 0, 0], undefined)], [], [], ['b']],
  ] as const) {
    const proposal = proposeTiers(all);
    assert.deepEqual(
      [
        names(proposal.localFast),
        names(proposal.localQuality),
        proposal.leftOut.map((one) => one.measured.usable.entry.name),
      ],
      [fast, quality, left],
      what,
    );
  }
});

test('a model is left out with a reason that is true of it', () => {
  const reasonOf = (all: readonly Measured[]) => proposeTiers(all).leftOut.map(({ reason }) => reason);
  const three = [made('a', [10, 8, 8], 1000), made('b', [10, 8, 8], 1000), made('c', [10, 8, 8], 1000)];
  assert.deepEqual(reasonOf(three), ['no better than a, and not clearly faster']);
  assert.deepEqual(reasonOf([made('a', [10, 8, 8], 1000), made('c', [10, 4, 4], 900)]), [
    'not clearly faster than a, and not as good at hard questions',
  ]);
  const close = [made('a', [10, 8, 8], 1000), made('b', [10, 8, 8], 1100), made('c', [10, 8, 7], 800)];
  assert.deepEqual(reasonOf(close), [
    'two at least as good at hard questions are there, and it is not clearly faster than a',
  ]);
});

test('the written tiers load, and say what they rest on', async (t) => {
  const sim = await answering(t, {
    'phi3:mini': [9, 4, 1],
    'mixtral:8x7b': [10, 8, 6],
    'mistral:7b': [3, 1, 0],
  });
  const measured = await benched(['phi3:mini', 'mixtral:8x7b', 'mistral:7b'], sim);
  const tiers = tiersYaml(proposeTiers(measured), ['gpt-6-luna'], '2026-11-21', 30);
  assert.match(tiers, /# 10\/10 simple, 8\/10 moderate, 6\/10 complex; .* first token/);
  writeFileSync(join(sim.folder, 'swarmd.yaml'), newConfigFile('tiers', tiers));
  const { config } = sim.load();
  const models = [...config.tiers.local_fast, ...config.tiers.local_quality].map((model) => model.name);
  assert.ok(models.includes('mixtral-8x7b') && !models.includes('mistral-7b'), models.join());
  assert.match(tiers, /# left out: mistral-7b: /);
});
