import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { HostSpec, SwapSettings } from '../../../config/config.ts';
import { createResidency } from '../../../router/providers/residency.ts';
import { startSimulator } from '../../../scripts/simulator/simulator.ts';
import { tempDir } from '../../support/temp.ts';
import { aHost, onHost } from '../residency/virtual-host.ts';

const residency = createResidency({ apiKey: () => undefined, signal: new AbortController().signal });

function hostWith(swap: Partial<SwapSettings>): HostSpec {
  return { ...aHost(), swap: { timeoutMs: 5_000, ...swap } };
}

test('Ollama loads with the context that is wanted, unloads, and says what it holds; no prompt is sent', async (t) => {
  const simulator = await startSimulator({ speed: 0, hardware: { maxLoadedModels: 1 } });
  t.after(() => simulator.close());
  const model = (modelId: string) => onHost(modelId, { modelId, endpoint: simulator.url });
  const swap = (load: string, contextTokens: number, ...unload: string[]) =>
    residency.swap({ host: aHost(), load: model(load), contextTokens, unload: unload.map(model) });
  await swap('phi3:mini', 4_096);
  assert.deepEqual(await residency.loaded(aHost(), [model('phi3:mini')], 2_000), [
    { modelId: 'phi3:mini', sizeGb: 3.8, contextTokens: 4_096 },
  ]);
  await swap('llama3:8b', 8_192, 'phi3:mini');
  assert.deepEqual(await residency.loaded(aHost(), [model('phi3:mini')], 2_000), [
    { modelId: 'llama3:8b', sizeGb: 4.7, contextTokens: 8_192 },
  ]);
  await assert.rejects(async () => await swap('nobody:7b', 4_096), /loading nobody:7b: HTTP 404/);
  assert.equal(simulator.received().length, 0);
});

test('an embedding model, which refuses to generate, is loaded and unloaded all the same', async (t) => {
  const simulator = await startSimulator({ speed: 0, hardware: { maxLoadedModels: 1 } });
  t.after(() => simulator.close());
  const endpoint = simulator.url;
  const minilm = onHost('all-minilm', { modelId: 'all-minilm', endpoint, kind: 'embedding' });
  const llama = onHost('llama3:8b', { modelId: 'llama3:8b', endpoint });
  const held = async () =>
    (await residency.loaded(aHost(), [minilm], 2_000))?.map((model) => model.modelId.replace(':latest', ''));
  await residency.swap({ host: aHost(), load: minilm, contextTokens: undefined, unload: [] });
  assert.deepEqual(await held(), ['all-minilm']);
  await residency.swap({ host: aHost(), load: llama, contextTokens: 4_096, unload: [minilm] });
  assert.deepEqual(await held(), ['llama3:8b']);
  assert.equal(simulator.received().length, 0);
});

test('a server that is down holds nothing anybody knows of, and an API is not asked', async (t) => {
  const simulator = await startSimulator({ speed: 0 });
  t.after(() => simulator.close());
  const down = onHost('phi3:mini', { endpoint: simulator.url });
  await simulator.takeDown();
  assert.equal(await residency.loaded(aHost(), [down], 1_000), undefined);
  const api = onHost('gpt-5', { provider: 'openai', selfHosted: false });
  assert.equal(residency.swap({ host: aHost(), load: api, contextTokens: undefined, unload: [] }), undefined);
});

test('start and stop commands are run without a shell, and the swap ends when the server answers', async (t) => {
  const folder = tempDir(t);
  const log = join(folder, 'log');
  writeFileSync(log, '');
  const script = join(folder, 'server.mjs');
  writeFileSync(
    script,
    `import { appendFileSync } from 'node:fs'; appendFileSync(${JSON.stringify(log)}, process.argv.slice(2).join(' ') + '\\n');`,
  );
  let asked = 0;
  const endpoint = await server(t, () => {
    asked += 1;
    return asked < 3 ? 503 : 200;
  });
  const [small, large] = ['small', 'large $(touch x)'].map((name) =>
    onHost(name, { provider: 'openai-compatible', endpoint: `${endpoint}/v1`, modelId: `org/${name}` }),
  );
  assert.ok(small !== undefined && large !== undefined);
  const host = hostWith({
    start: [process.execPath, script, 'start', '{model}', '--id={model_id}'],
    stop: [process.execPath, script, 'stop', '{model}'],
  });
  await residency.swap({ host, load: large, contextTokens: undefined, unload: [small] });
  assert.equal(readFileSync(log, 'utf8'), 'stop small\nstart large $(touch x) --id=org/large $(touch x)\n');
  assert.equal(asked, 3);
});

test('a command that fails, is missing or never brings its server up fails the swap with its reason', async (t) => {
  const model = onHost('m', {
    provider: 'openai-compatible',
    endpoint: `${await server(t, () => 503)}/v1`,
  });
  const swap = async (given: Partial<SwapSettings>) =>
    await residency.swap({ host: hostWith(given), load: model, contextTokens: undefined, unload: [model] });
  const fail = [process.execPath, '-e', 'console.error("no such unit"); process.exit(3)'];
  await assert.rejects(swap({ stop: fail }), /for m ended with 3: no such unit/);
  await assert.rejects(swap({ start: ['/nonexistent/start-model'] }), /ENOENT/);
  const nothing = [process.execPath, '-e', ''];
  await assert.rejects(swap({ start: nothing, timeoutMs: 600 }), /\/health did not answer within 600 ms/);
});

test('llama-swap unloads by its endpoint and loads by being asked for the model', async (t) => {
  const paths: string[] = [];
  const llamaSwap = await server(t, (method, path) => {
    paths.push(`${method} ${path}`);
    return 200;
  });
  const model = (name: string) => onHost(name, { provider: 'openai-compatible', modelId: `org/${name}` });
  const host = hostWith({ llamaSwap });
  await residency.swap({ host, load: model('b'), contextTokens: undefined, unload: [model('a')] });
  assert.deepEqual(paths, ['POST /api/models/unload/org%2Fa', 'GET /upstream/org%2Fb/health']);
});

test('what runs is learnt from llama-swap, or from the health of each server that commands start', async (t) => {
  const endpoint = await server(
    t,
    () => 200,
    '{"running":[{"model":"org/a","state":"ready"},{"model":"org/b","state":"starting"}]}',
  );
  const model = (name: string, at: string) =>
    onHost(name, { provider: 'openai-compatible', modelId: `org/${name}`, endpoint: `${at}/v1` });
  const ids = async (host: HostSpec, ...models: Parameters<typeof residency.loaded>[1][number][]) =>
    (await residency.loaded(host, models, 2_000))?.map((one) => one.modelId);
  const here = [model('a', endpoint), model('b', endpoint)];
  assert.deepEqual(await ids(hostWith({ llamaSwap: endpoint }), ...here), ['org/a']);
  const loading = await server(t, () => 503);
  assert.deepEqual(await ids(hostWith({ start: ['x'] }), model('a', endpoint), model('b', loading)), [
    'org/a',
  ]);
  assert.equal(await ids(aHost(), ...here), undefined, 'a server without swaps does not say');
});

/** A server that answers each request with the status it is given. */
async function server(
  t: TestContext,
  status: (method: string, path: string) => number,
  body = '{}',
): Promise<string> {
  const http = createServer((request, response) => {
    request.resume();
    response.writeHead(status(request.method ?? '', request.url ?? '')).end(body);
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    http.closeAllConnections();
    http.close();
  });
  return `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
}
