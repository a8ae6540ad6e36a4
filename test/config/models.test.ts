import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadCatalogue } from '../../config/catalogue.ts';
import { loadPrices, modelPrice } from '../../config/prices.ts';
import { place } from './support.ts';

const now = Date.parse('2026-11-21');

test('prompts stay on the user’s hardware only where that is certain', (t) => {
  const { load, write } = place(t);
  const selfHosted = (model: object, hosts: object = {}): boolean | undefined => {
    const entry = { name: 'm', context_window: 8192, cost: { input: 1, output: 1 }, ...model };
    write('project/swarmd.yaml', JSON.stringify({ hosts, tiers: { local_fast: { models: [entry] } } }));
    return load({ env: { K: 'k', OPENAI_API_KEY: 'x', ANTHROPIC_API_KEY: 'x' } }).config.tiers.local_fast[0]
      ?.selfHosted;
  };
  const compatible = { provider: 'openai-compatible' };
  const ollama = { provider: 'ollama' };
  for (const [expected, model, hosts] of [
    [true, ollama],
    [true, { ...ollama, endpoint: 'http://gpu:11434' }],
    [true, { ...ollama, endpoint: 'http://192.168.1.5:11434' }],
    [false, { ...ollama, endpoint: 'https://ollama.com' }],
    [false, { ...ollama, endpoint: 'http://203.0.113.5:11434' }],
    [true, { ...ollama, endpoint: 'http://203.0.113.5:11434', self_hosted: true }],
    [false, { ...ollama, model_id: 'gpt-oss:120b-cloud' }],
    [false, { ...ollama, self_hosted: false }],
    [true, compatible],
    [false, { ...compatible, endpoint: 'http://gpu:8000' }],
    [false, { ...compatible, endpoint: 'https://openrouter.ai/api/v1' }],
    [true, { ...compatible, endpoint: 'http://gpu:8000', self_hosted: true }],
    [true, { ...compatible, endpoint: 'http://gpu:8000' }, { gpu: { endpoint: 'http://gpu:8000' } }],
    [true, { ...compatible, host: 'gpu' }, { gpu: { endpoint: 'http://gpu:8000' } }],
    [false, { ...compatible, host: 'far' }, { far: { endpoint: 'https://far.example.com' } }],
    [
      true,
      { ...compatible, host: 'far' },
      { far: { endpoint: 'https://far.example.com', self_hosted: true } },
    ],
    [false, { ...compatible, host: 'gpu' }, { gpu: { endpoint: 'http://gpu:8000', self_hosted: false } }],
    [false, { provider: 'openai', endpoint: 'http://127.0.0.1:9' }],
    [false, { provider: 'anthropic', endpoint: 'http://127.0.0.1:9' }],
  ] as const)
    assert.equal(selfHosted(model, hosts), expected, JSON.stringify([model, hosts]));
});

test('an API and a model in Ollama’s cloud cannot be called self-hosted', (t) => {
  const { write, refusal } = place(t);
  write(
    'project/swarmd.yaml',
    `tiers:
  local_fast:
    models:
      - { name: gpt-5, self_hosted: true }
      - { name: gpt-oss, provider: ollama, model_id: "gpt-oss:120b-cloud", self_hosted: true, context_window: 9 }
`,
  );
  assert.match(refusal(), /:4: tiers\.local_fast\.models\.0: gpt-5: provider openai cannot be self_hosted/);
  assert.match(refusal(), /:5: tiers\.local_fast\.models\.1: gpt-oss: runs in Ollama’s cloud/);
});

test('models on one endpoint share its host, others have their own', (t) => {
  const { write, load } = place(t);
  write(
    'project/swarmd.yaml',
    `hosts:
  big: { endpoint: "http://10.0.0.2:11434", slots: 3, vram_gb: 48, max_loaded_models: 2, aging_bound_ms: 9 }
  ollama: { slots: 2 }
tiers:
  local_fast:
    models:
      - phi3-mini
      - { name: llama3-8b, host: big }
      - { name: mistral-7b, endpoint: "10.0.0.2" }
      - { name: mixtral-8x7b, endpoint: "http://10.0.0.3:11434" }
  local_quality: { models: [llama3-70b] }
`,
  );
  const { tiers, hosts } = load().config;
  assert.deepEqual(
    tiers.local_fast.map((model) => model.host),
    ['ollama', 'big', 'big', '10.0.0.3:11434'],
  );
  assert.equal(tiers.local_fast[1]?.endpoint, 'http://10.0.0.2:11434');
  assert.deepEqual(hosts.big, { name: 'big', slots: 3, vramGb: 48, maxLoadedModels: 2, agingBoundMs: 9 });
  assert.equal(hosts.ollama?.slots, 2);
  assert.equal(hosts.vllm?.slots, 4);
  assert.equal(tiers.local_quality[0]?.endpoint, 'http://127.0.0.1:8000/v1');
});

test('a host is told how to swap: by commands or by llama-swap, not by both, and an address must be one', (t) => {
  const { write, load, refusal } = place(t);
  const tiers = 'tiers: { local_quality: { models: [llama3-70b] } }';
  write(
    'project/swarmd.yaml',
    `hosts: { vllm: { swap: { start: [systemctl, start, "vllm@{model}"], stop: [systemctl, stop, "vllm@{model}"] } } }\n${tiers}\n`,
  );
  assert.deepEqual(load().config.hosts.vllm?.swap, {
    start: ['systemctl', 'start', 'vllm@{model}'],
    stop: ['systemctl', 'stop', 'vllm@{model}'],
    timeoutMs: 300_000,
  });
  write(
    'project/swarmd.yaml',
    `hosts: { vllm: { swap: { start: [x], llama_swap: "http://127.0.0.1:1" } } }\n${tiers}\n`,
  );
  assert.match(refusal(), /hosts\.vllm\.swap: start and stop commands and llama_swap exclude each other/);
  write('project/swarmd.yaml', `hosts: { vllm: { swap: { llama_swap: "no address" } } }\n${tiers}\n`);
  assert.match(refusal(), /hosts\.vllm\.swap\.llama_swap: must be an address such as/);
});

test('OLLAMA_HOST, OPENAI_BASE_URL, ANTHROPIC_BASE_URL and MEMORY_DB are honoured, SWARMD_ ones before them', (t) => {
  const { load, folder } = place(t);
  const env = {
    OLLAMA_HOST: 'gpu',
    OPENAI_BASE_URL: 'http://proxy/v1',
    OPENAI_API_KEY: 'x',
    ANTHROPIC_BASE_URL: 'http://proxy2',
    ANTHROPIC_API_KEY: 'x',
    MEMORY_DB: 'mine.db',
  };
  const { config, origin } = load({ env });
  assert.equal(config.tiers.local_fast[0]?.endpoint, 'http://gpu:11434');
  assert.deepEqual(
    config.tiers.api_fallback.map((model) => model.endpoint),
    ['http://proxy2', 'http://proxy/v1', 'http://proxy2', 'http://proxy/v1'],
  );
  assert.equal(config.memory.path, `${folder}/project/mine.db`);
  assert.equal(origin.get('model_settings.ollama_endpoint'), 'environment variable OLLAMA_HOST');
  const stronger = load({ env: { ...env, SWARMD_MODEL_SETTINGS__OLLAMA_ENDPOINT: 'http://other:1' } });
  assert.equal(stronger.config.tiers.local_fast[0]?.endpoint, 'http://other:1');
});

test('REDIS_URL counts only where the queue says redis', (t) => {
  const { load } = place(t);
  const env = { REDIS_URL: 'redis://cache:6379/3' };
  assert.equal(load({ env }).config.queue.url, 'embedded');
  assert.equal(load({ env, flags: { 'queue.url': 'redis' } }).config.queue.url, 'redis://cache:6379/3');
  assert.equal(load({ flags: { 'queue.url': 'redis' } }).config.queue.url, 'redis://127.0.0.1:6379');
});

test('SWARMD_HOME and XDG_DATA_HOME place the data, and the memory in it', (t) => {
  const { load, folder } = place(t);
  assert.equal(load().config.memory.path, `${folder}/home/.local/share/swarmd/memory.db`);
  assert.equal(load({ env: { XDG_DATA_HOME: '/d' } }).config.dataDir, '/d/swarmd');
  assert.equal(load({ env: { XDG_DATA_HOME: '/d', SWARMD_HOME: '/s' } }).config.memory.path, '/s/memory.db');
});

test('lists and mappings in the environment are written with commas or as YAML flow', (t) => {
  const { load, refusal } = place(t);
  assert.deepEqual(load({ env: { SWARMD_ROLES: 'worker, api' } }).config.roles, ['worker', 'api']);
  assert.deepEqual(load({ env: { SWARMD_ROLES: '[memory]' } }).config.roles, ['memory']);
  const { config } = load({ env: { SWARMD_TIERS__LOCAL_FAST__MODELS: 'mistral-7b,llama3-8b' } });
  assert.deepEqual(
    config.tiers.local_fast.map((model) => model.name),
    ['mistral-7b', 'llama3-8b'],
  );
  const flow = load({ env: { SWARMD_TIERS__LOCAL_FAST__MODELS: '[{name: mistral-7b, timeout: 9}]' } });
  assert.equal(flow.config.tiers.local_fast[0]?.timeouts.total, 9000);
  assert.equal(load({ env: { SWARMD_LOG_LEVEL: 'debug' } }).config.log.level, 'debug');
  assert.equal(load({ env: { SWARMD_QUEUE__PREFIX: '007' } }).config.queue.prefix, '007');
  assert.match(
    refusal({ env: { SWARMD_HTTP__PORT: 'many' } }),
    /environment variable SWARMD_HTTP__PORT: http\.port: must be a number, not "many"/,
  );
});

test('a variable that container platforms invent is a warning, not a refusal', (t) => {
  const { warnings } = place(t).load({ env: { SWARMD_PORT: 'tcp://10.0.0.1:7717' } });
  assert.match(warnings[0] ?? '', /SWARMD_PORT is not a setting/);
});

test('two models of one name are refused, the same model under two names is not', (t) => {
  const { write, load, refusal } = place(t);
  write(
    'project/swarmd.yaml',
    'tiers: { local_fast: { models: [phi3-mini] }, local_quality: { models: [phi3-mini] } }',
  );
  assert.match(refusal(), /the name phi3-mini is taken by tiers\.local_fast\.models\.0/);
  write(
    'project/swarmd.yaml',
    'tiers: { local_fast: { models: [phi3-mini] }, local_quality: { models: [{ name: phi-big, model_id: "phi3:mini", context_window: 4096 }] } }',
  );
  assert.match(load({ flags: {} }).config.tiers.local_quality[0]?.modelId ?? '', /phi3:mini/);
});

test('what a model cannot do is refused: an answer longer than its limit, an API model of unknown context', (t) => {
  const { write, refusal } = place(t);
  write(
    'project/swarmd.yaml',
    'tiers: { api_fallback: { models: [{ name: gpt-5, max_tokens: 200000 }, { name: gpt-9, provider: openai }] } }',
  );
  assert.match(refusal(), /gpt-5: max_tokens 200000 is more than one answer can have \(at most 128000\)/);
  assert.match(refusal(), /gpt-9: its context_window is not known/);
});

test('a retired model takes no part and says what to use instead', (t) => {
  const { write, load } = place(t);
  write('project/swarmd.yaml', 'tiers: { api_fallback: { models: [claude-3-opus] } }');
  assert.deepEqual(load({ env: { ANTHROPIC_API_KEY: 'x' } }).leftOut, [
    { name: 'llama3-70b', tier: 'local_quality', reason: 'enabled is false' },
    { name: 'claude-3-opus', tier: 'api_fallback', reason: 'its provider retired it: use claude-opus-5-5' },
  ]);
});

test('every API model of the catalogue has a price today, unless it is retired', () => {
  for (const model of loadCatalogue()) {
    if (model.provider !== 'openai' && model.provider !== 'anthropic') continue;
    const price = modelPrice({ modelId: model.model_id, selfHosted: false, prices: undefined }, now, 1000);
    assert.equal(price === undefined, model.retired !== undefined, model.name);
  }
  assert.equal(loadPrices().checked, '2026-11-21');
});

test('a native tool without a known fee is refused, with what to write; a fee of the user’s own is taken', (t) => {
  const { load, write, refusal } = place(t);
  const env = { OPENAI_API_KEY: 'x', ANTHROPIC_API_KEY: 'x' };
  const withTools = (names: string[], more: object = {}, model = 'gpt-6-sol') =>
    write(
      'project/swarmd.yaml',
      JSON.stringify({
        tiers: {
          api_fallback: { models: [{ name: model, native_tools: { names, max_calls: 2 }, ...more }] },
        },
      }),
    );
  withTools(['web_search', 'file_search']);
  assert.equal(load({ env }).config.tiers.api_fallback[0]?.nativeTools?.maxCalls, 2);
  withTools(['web_search', 'image_generation']);
  assert.match(
    refusal({ env }),
    /gpt-6-sol: no price is known for a use of image_generation, so no call that offers it can be paid \(cost with per_native_tool_call: \{ image_generation: DOLLARS \}, the most that one use may cost you\)/,
  );
  const cost = { input: 2, output: 10 };
  withTools(['image_generation'], { cost });
  assert.match(refusal({ env }), /no price is known for a use of image_generation/);
  withTools(['image_generation'], { cost: { ...cost, per_native_tool_call: { image_generation: 0.06 } } });
  assert.equal(
    load({ env }).config.tiers.api_fallback[0]?.prices?.perNativeToolCall.image_generation,
    60_000_000,
  );
  withTools(['file_search'], {}, 'claude-sonnet-5-5');
  assert.match(refusal({ env }), /claude-sonnet-5-5: no price is known for a use of file_search/);
});

test('what only another provider heeds is refused', (t) => {
  const { write, refusal } = place(t);
  const cases: [object, RegExp][] = [
    [
      { native_tools: { names: ['web_search'], max_calls: 1 } },
      /native tool web_search has no effect with provider ollama/,
    ],
    [{ prompt_caching: '5m' }, /prompt_caching has no effect with provider ollama/],
    [
      { provider: 'openai-compatible', keep_alive: '5m' },
      /keep_alive has no effect with provider openai-compatible/,
    ],
  ];
  for (const [more, says] of cases) {
    const model = { name: 'm', provider: 'ollama', context_window: 8192, ...more };
    write('project/swarmd.yaml', JSON.stringify({ tiers: { local_fast: { models: [model] } } }));
    assert.match(refusal(), says);
  }
});
