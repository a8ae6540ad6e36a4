import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { queryKinds } from '../../config/config.ts';
import { presetNames } from '../../config/schema.ts';
import { place } from './support.ts';

test('with no file at all the preset tiers works on Ollama of this machine and no API', (t) => {
  const { config, files, leftOut, warnings } = place(t).load();
  assert.deepEqual(files, []);
  assert.deepEqual(warnings, []);
  assert.deepEqual(
    config.tiers.local_fast.map((model) => [model.name, model.modelId, model.endpoint, model.selfHosted]),
    [
      ['phi3-mini', 'phi3:mini', 'http://127.0.0.1:11434', true],
      ['llama3-8b', 'llama3:8b', 'http://127.0.0.1:11434', true],
    ],
  );
  assert.deepEqual(config.tiers.api_fallback, []);
  assert.ok(leftOut.some((model) => model.reason === 'ANTHROPIC_API_KEY is not set'));
  assert.equal(config.costControl.dailyBudget, 10_000_000_000);
  assert.equal(config.queue.url, 'embedded');
});

test('each layer is stronger than the next: flag, environment, project, user, system, preset, default', (t) => {
  const { write, load } = place(t);
  const system = write('etc/swarmd.yaml', 'routing: { quality_threshold: 0.1, max_fallback_attempts: 9 }');
  const user = write('home/.config/swarmd/swarmd.yaml', 'routing: { quality_threshold: 0.2 }\ndrain_ms: 7');
  const project = write('project/swarmd.yaml', 'routing:\n  quality_threshold: 0.3\n');
  const env = { SWARMD_ROUTING__QUALITY_THRESHOLD: '0.4' };
  const flags = { 'routing.quality_threshold': '0.5' };
  const threshold = 'routing.quality_threshold';

  const all = load({ env, flags });
  assert.equal(all.config.routing.qualityThreshold, 0.5);
  assert.equal(all.origin.get(threshold), 'flag routing.quality_threshold');
  assert.deepEqual(all.files, [project, user, system]);
  assert.equal(all.config.routing.maxFallbackAttempts, 9);
  assert.equal(all.origin.get('drain_ms'), `${user}:2`);
  assert.equal(all.config.routing.actionTierOverrides.spawn_daemon, 'api_fallback');
  assert.match(all.origin.get('routing.action_tier_overrides.spawn_daemon') ?? '', /^preset tiers:\d+$/);
  assert.equal(all.origin.has('http.port'), false);

  const byEnv = load({ env });
  assert.equal(byEnv.config.routing.qualityThreshold, 0.4);
  assert.equal(byEnv.origin.get(threshold), 'environment variable SWARMD_ROUTING__QUALITY_THRESHOLD');
  const byProject = load();
  assert.equal(byProject.config.routing.qualityThreshold, 0.3);
  assert.equal(byProject.origin.get(threshold), `${project}:2`);
});

test('--config comes before SWARMD_CONFIG, which comes before ./swarmd.yaml; a named file must exist', (t) => {
  const { write, load, refusal, folder } = place(t);
  write('project/swarmd.yaml', 'drain_ms: 1');
  const one = write('one.yaml', 'drain_ms: 2');
  write('project/two.yaml', 'drain_ms: 3');
  assert.equal(load().config.drainMs, 1);
  assert.equal(load({ env: { SWARMD_CONFIG: one } }).config.drainMs, 2);
  assert.equal(load({ env: { SWARMD_CONFIG: one }, file: 'two.yaml' }).config.drainMs, 3);
  assert.match(
    refusal({ file: 'three.yaml' }),
    new RegExp(`there is no file ${join(folder, 'project/three.yaml')}`),
  );
  assert.match(refusal({ env: { SWARMD_CONFIG: '/nowhere.yaml' } }), /there is no file \/nowhere\.yaml/);
});

test('XDG_CONFIG_HOME moves the user’s file', (t) => {
  const { write, load, folder } = place(t);
  write('xdg/swarmd/swarmd.yaml', 'drain_ms: 4');
  assert.equal(load({ env: { XDG_CONFIG_HOME: join(folder, 'xdg') } }).config.drainMs, 4);
});

test('every problem is reported at once, with file and line, the key, a suggestion and what is allowed', (t) => {
  const { write, refusal } = place(t);
  const file = write(
    'project/swarmd.yaml',
    `routing:
  quality_treshold: 0.5
  policy: tokens-threshold
  prefer_local: "yes"
  action_tier_overrides: { spawn_deamon: local_fast }
tiers:
  local_fast:
    models:
      - nam: x
      - { name: phi3-mini, timeout: -1 }
routng:
roles: []
`,
  );
  const message = refusal({
    env: { SWARMD_ROUTING__QUALTY_THRESHOLD: '1' },
    flags: { 'routing.polcy': 'x' },
  });
  for (const expected of [
    '10 problems in the configuration:',
    `${file}:2: routing.quality_treshold: unknown key (did you mean "quality_threshold"?)`,
    'allowed here: policy, prefer_local, quality_threshold',
    `${file}:3: routing.policy: "tokens-threshold" is not one of its values (did you mean "token-threshold"?)`,
    `${file}:4: routing.prefer_local: must be true or false, not "yes"`,
    `${file}:9: tiers.local_fast.models.0.nam: unknown key (did you mean "name"?)`,
    `${file}:9: tiers.local_fast.models.0.name: is required`,
    `${file}:10: tiers.local_fast.models.1.timeout: must be more than 0, not -1`,
    `${file}:11: routng: unknown key (did you mean "routing"?)`,
    `${file}:12: roles: needs at least 1`,
    'environment variable SWARMD_ROUTING__QUALTY_THRESHOLD: routing.qualty_threshold: unknown key',
    'flag: routing.polcy: unknown key (did you mean "policy"?)',
  ])
    assert.ok(message.includes(expected), `${expected}\nnot in\n${message}`);
});

test('names that mean nothing are refused where they stand: action types, models, hosts', (t) => {
  const { write, refusal } = place(t);
  const file = write(
    'project/swarmd.yaml',
    `action_complexity:
  sumarize: simple
routing:
  action_tier_overrides:
    spawn_deamon: local_fast
tiers:
  local_fast:
    models:
      - phi3-min
      - { name: llama3-8b, host: gpu }
specialists:
  code: phi9
`,
  );
  const message = refusal();
  for (const expected of [
    `${file}:2: action_complexity.sumarize: there is no action type "sumarize" (did you mean "summarize"?)`,
    `${file}:5: routing.action_tier_overrides.spawn_deamon: there is no action type "spawn_deamon" (did you mean "spawn_daemon"?)`,
    `${file}:9: tiers.local_fast.models.0: phi3-min: not in the catalogue (did you mean "phi3-mini"?)`,
    `${file}:10: tiers.local_fast.models.1: llama3-8b: there is no host called "gpu"`,
    `${file}:12: specialists.code: no tier has a model called "phi9"`,
  ])
    assert.ok(message.includes(expected), `${expected}\nnot in\n${message}`);
});

test('broken YAML is refused with its line, a key written twice too', (t) => {
  const { write, refusal } = place(t);
  const file = write('project/swarmd.yaml', 'routing:\n  policy: tiers\n  policy: tiers\n');
  assert.ok(refusal().startsWith(`${file}:3: Map keys must be unique`), refusal());
  write('project/swarmd.yaml', 'a: [1\nb: 2');
  assert.match(refusal(), /swarmd\.yaml:\d+: /);
  write('project/swarmd.yaml', '- a list');
  assert.match(refusal(), /must hold keys and values/);
});

test('a file cannot reach into JavaScript’s own objects', (t) => {
  const { write, refusal } = place(t);
  write(
    'project/swarmd.yaml',
    '__proto__: { polluted: 1 }\nrouting: { __proto__: { polluted: 2 } }\naction_complexity: { constructor: simple }\n',
  );
  assert.match(refusal(), /swarmd\.yaml:1: __proto__: unknown key[\s\S]*:2: routing\.__proto__: unknown key/);
  assert.equal(({} as { polluted?: number }).polluted, undefined);
  write('project/swarmd.yaml', 'action_complexity: { constructor: simple }\n');
  assert.match(refusal(), /there is no action type "constructor"/);
});

test('a section without content changes nothing', (t) => {
  const { write, load } = place(t);
  write('project/swarmd.yaml', 'routing:\nqueue:\n  backoff:\nlog: {}\n');
  assert.equal(load().config.routing.policy, 'tiers');
  assert.equal(load().config.queue.backoff.initialMs, 1000);
});

const dollar = '$';

test('a variable in braces takes the environment, typed after it, and cannot bring in structure', (t) => {
  const { write, load, refusal } = place(t);
  write(
    'project/swarmd.yaml',
    `http:
  port: ${dollar}{PORT}
queue:
  prefix: "${dollar}{PREFIX}"
  url: ${dollar}{URL:-embedded}
memory:
  path: "/x/${dollar}${dollar}{y}"
`,
  );
  const { config } = load({ env: { PORT: '8123', PREFIX: 'a, url: redis' } });
  assert.equal(config.http.port, 8123);
  assert.equal(config.queue.prefix, 'a, url: redis');
  assert.equal(config.queue.url, 'embedded');
  assert.equal(config.memory.path, `/x/${dollar}{y}`);
  assert.match(
    refusal({ env: { PREFIX: 'x' } }),
    /swarmd\.yaml:2: http\.port: \$\{PORT\} is not set in the environment \(set PORT, or give a default as \$\{PORT:-value\}\)/,
  );
});

test('relative paths start from the file that has them, ~ from home', (t) => {
  const { write, load, folder } = place(t);
  write('etc/swarmd.yaml', 'memory: { path: data/memory.db, backup_dir: ~/backups }');
  const { config } = load({ env: { SWARMD_COST_CONTROL__USAGE_LOG_PATH: 'usage.jsonl' } });
  assert.equal(config.memory.path, join(folder, 'etc/data/memory.db'));
  assert.equal(config.memory.backupDir, join(folder, 'home/backups'));
  assert.equal(config.costControl.usageLogPath, join(folder, 'project/usage.jsonl'));
});

test('a tier that is named replaces the preset’s tier, the others stay', (t) => {
  const { write, load } = place(t);
  write('project/swarmd.yaml', 'tiers: { local_fast: { models: [mistral-7b] } }');
  const { tiers } = load().config;
  assert.deepEqual(
    tiers.local_fast.map((model) => model.name),
    ['mistral-7b'],
  );
  assert.deepEqual(
    tiers.local_quality.map((model) => model.name),
    ['mixtral-8x7b', 'codestral-22b'],
  );
});

for (const preset of presetNames)
  test(`preset ${preset} loads without a complaint, with all keys and with none`, (t) => {
    const { load } = place(t);
    const rich = load({ flags: { preset }, env: { OPENAI_API_KEY: 'x', ANTHROPIC_API_KEY: 'y' } });
    assert.deepEqual(rich.warnings, []);
    assert.deepEqual(
      rich.leftOut.filter((model) => model.reason !== 'enabled is false'),
      [],
    );
    assert.deepEqual(load({ flags: { preset } }).warnings, []);
  });

test('replacing the tiers of a preset leaves its policy’s section without the models that are gone', (t) => {
  const { write, load } = place(t);
  write('project/swarmd.yaml', 'preset: specialists\ntiers: { local_quality: { models: [mistral-7b] } }');
  const { config, warnings } = load();
  assert.deepEqual(config.specialists, { simple: 'llama-3.1-8b', creative: 'llama-3.1-8b' });
  assert.ok(warnings.some((warning) => warning.includes('no tier has a model called "llama-3.3-70b"')));
});

test('nearest_examples takes an embedding model on own hardware and no other', (t) => {
  const { write, load, refusal } = place(t);
  const withModel = (entry: string, rest = '') =>
    write(
      'project/swarmd.yaml',
      `tiers:\n  local_fast: { models: [phi3-mini, ${entry}] }\nspecialists:\n  nearest_examples: { model: embedder${rest} }\n`,
    );
  const shared = 'name: embedder, kind: embedding, context_window: 512, model_id: x';
  const file = withModel(`{ ${shared}, provider: ollama }`);
  const { config } = load();
  assert.deepEqual(
    [
      config.nearestExamples?.model,
      config.nearestExamples?.leastSimilarity,
      config.nearestExamples?.withinMs,
    ],
    ['embedder', 0.35, 200],
  );
  for (const kind of queryKinds)
    assert.equal(
      config.nearestExamples?.examples.filter((example) => example.kind === kind).length,
      10,
      kind,
    );
  withModel(`{ ${shared}, provider: ollama }`, ', examples: [{ text: tram?, kind: simple }]');
  assert.deepEqual(load().config.nearestExamples?.examples.at(-1), { text: 'tram?', kind: 'simple' });

  withModel(`{ ${shared}, provider: openai-compatible, endpoint: "https://models.example.com/v1" }`);
  assert.match(
    refusal(),
    new RegExp(`${file}:4: specialists.nearest_examples.model: embedder is behind an API, and every query`),
  );
  withModel('{ name: embedder, provider: ollama, model_id: x, context_window: 512 }');
  assert.match(refusal(), /nearest_examples.model: embedder is no embedding model/);
  withModel(`{ ${shared}, provider: ollama }`, ', shipped_examples: false');
  assert.match(refusal(), /nearest_examples.examples: there is no example to compare with/);
  withModel(`{ ${shared}, provider: ollama }`, ', examples: [{ text: x, kind: simpel }]');
  assert.match(refusal(), /"simpel" is not one of its values \(did you mean "simple"\?\)/);
});
