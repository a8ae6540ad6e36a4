import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type SchemaNode, settingsJsonSchema } from '../../config/schema-tree.ts';
import { place } from './support.ts';

/** For every key a value other than its default. A key of the schema that is not here fails the test below. */
const values: Record<string, unknown> = {
  preset: 'local-only',
  'tiers.local_fast.models': ['mistral-7b'],
  'tiers.local_quality.models': ['mistral-7b'],
  'tiers.api_fallback.models': ['gpt-5'],
  'model_settings.ollama_endpoint': 'http://127.0.0.1:1111',
  'model_settings.vllm_endpoint': 'http://127.0.0.1:2222',
  'model_settings.llama_cpp_endpoint': 'http://127.0.0.1:3333',
  'model_settings.lm_studio_endpoint': 'http://127.0.0.1:4444',
  'model_settings.openai_endpoint': 'http://127.0.0.1:5555',
  'model_settings.anthropic_endpoint': 'http://127.0.0.1:6666',
  'hosts.ollama.endpoint': 'http://127.0.0.1:11434',
  'hosts.ollama.self_hosted': false,
  'hosts.ollama.slots': 7,
  'hosts.ollama.slots_per_model': 3,
  'hosts.ollama.vram_gb': 16,
  'hosts.ollama.max_loaded_models': 2,
  'hosts.ollama.aging_bound_ms': 5,
  'hosts.ollama.swap.start': ['start-model', '{model}'],
  'hosts.ollama.swap.stop': ['stop-model', '{model}'],
  'hosts.ollama.swap.llama_swap': 'http://127.0.0.1:8080',
  'hosts.ollama.swap.timeout_ms': 5,
  'routing.policy': 'privacy-first',
  'routing.prefer_local': false,
  'routing.quality_threshold': 0.5,
  'routing.max_fallback_attempts': 5,
  'routing.enable_caching': false,
  'routing.cache_ttl': 60,
  'routing.enable_self_critique': false,
  'routing.action_tier_overrides': { summarize: 'local_fast' },
  'routing.deadline_ms': 5,
  'routing.exploration_share': 0.2,
  action_complexity: { summarize: 'simple' },
  'hybrid.threshold_tokens': 5,
  'task_matrix.rows.chat.local': 'phi3-mini',
  'task_matrix.rows.chat.cloud': 'claude-sonnet-5-5',
  'task_matrix.rows.chat.effort': 'low',
  'task_matrix.tasks': { chat: 'chat' },
  'task_matrix.ladder': ['phi3-mini'],
  'task_matrix.emergency': 'phi3-mini',
  'task_matrix.share_of_remaining_day': 0.5,
  'specialists.simple': 'phi3-mini',
  'specialists.creative': 'phi3-mini',
  'specialists.tools': 'phi3-mini',
  'specialists.code': 'phi3-mini',
  'specialists.complex': 'phi3-mini',
  'specialists.research': 'phi3-mini',
  'specialists.general': 'phi3-mini',
  'specialists.nearest_examples.model': 'qwen3-embedding',
  'specialists.nearest_examples.examples': [{ text: 'When does the tram come?', kind: 'simple' }],
  'specialists.nearest_examples.shipped_examples': false,
  'specialists.nearest_examples.least_similarity': 0.5,
  'specialists.nearest_examples.within_ms': 5,
  'privacy_first.small': 'phi3-mini',
  'privacy_first.large': 'phi3-mini',
  'privacy_first.strong': 'phi3-mini',
  'privacy_first.long_form': 'phi3-mini',
  'retry.max_retries': 5,
  'retry.initial_delay_ms': 5,
  'retry.max_delay_ms': 5,
  'quality_checks.min_response_length': 5,
  'quality_checks.check_hallucinations': false,
  'quality_checks.validate_json': false,
  'quality_checks.check_refusals': false,
  'quality_checks.self_critique_threshold': 0.5,
  'quality_checks.accepted_wrong_rate': 0.05,
  'quality_checks.self_critique.api': true,
  'quality_checks.self_critique.samples': 3,
  'quality_checks.audit.share': 0.1,
  'quality_checks.audit.model': 'phi3-mini',
  'quality_checks.audit.daily_budget': 5,
  'cost_control.daily_budget': 5,
  'cost_control.monthly_budget': 5,
  'cost_control.daily_api_calls': 5,
  'cost_control.tree_budget': 5,
  'cost_control.max_share_per_call': 0.1,
  'cost_control.type_budgets': { summarize: 5 },
  'cost_control.agent_budgets': { planner: 5 },
  'cost_control.client_budgets': { alice: 5 },
  'cost_control.alert_threshold': 5,
  'cost_control.usage_log_path': '/x.jsonl',
  'cost_control.time_zone': 'Europe/Berlin',
  'cost_control.api': 'off',
  'privacy.secret': 'local',
  'privacy.identity': 'block',
  'privacy.contact': 'local',
  'privacy.tool_output.secret': 'local',
  'privacy.tool_output.identity': 'warn',
  'privacy.tool_output.contact': 'ignore',
  'queue.url': 'redis://127.0.0.1:1',
  'queue.prefix': 'x',
  'queue.concurrency': 5,
  'queue.attempts': 5,
  'queue.backoff.initial_ms': 5,
  'queue.backoff.max_ms': 5,
  'queue.lock_ms': 5000,
  'queue.reconcile_every_ms': 500,
  'queue.slot_wait_ms': 5,
  'queue.max_waiters_per_host': 5,
  'memory.path': '/x.db',
  'memory.backup_dir': '/x',
  'memory.housekeeping': 'off',
  'memory.keep_backups': 3,
  'memory.prune_days': 60,
  'memory.type_days': { conversation: 14 },
  'memory.topic_days': { scratch: 3 },
  'memory.max_entries': 5,
  'memory.ledger_days': 90,
  'agents.max_children': 5,
  'agents.max_depth': 5,
  'agents.max_descendants': 5,
  agents_dir: '/x',
  actions_dir: 'own-types',
  'http.host': '::1',
  'http.port': 5,
  'notifications.webhook.url': 'https://example.com/hook',
  'notifications.webhook.events': ['done'],
  'notifications.ntfy.url': 'https://ntfy.sh/topic',
  'notifications.ntfy.events': ['done'],
  'notifications.email.host': 'smtp.example.com',
  'notifications.email.port': 25,
  'notifications.email.security': 'tls',
  'notifications.email.user': 'ops',
  'notifications.email.from': 'swarmd@example.com',
  'notifications.email.to': ['ops@example.com'],
  'notifications.email.events': ['done'],
  'notifications.include_answer': true,
  'notifications.callback_hosts': ['example.com'],
  'notifications.callback_private_addresses': true,
  clients: { alice: { privacy: 'local' } },
  drain_ms: 5,
  'log.level': 'debug',
  roles: ['worker'],
};

/** The same for the keys of one model, set on a model of its own name. */
const modelValues: Record<string, unknown> = {
  provider: 'openai-compatible',
  model_id: 'x',
  kind: 'thinking',
  context_window: 100_000,
  max_tokens: 5,
  temperature: 0.1,
  timeout: 5,
  connect_timeout: 1,
  first_token_timeout: 5,
  idle_timeout: 5,
  size_gb: 5,
  cache_kb_per_token: 5,
  endpoint: 'http://127.0.0.1:7777',
  server: 'lm_studio',
  model_file: '/models/x.gguf',
  host: 'spare',
  self_hosted: false,
  api_key_env: 'OTHER_KEY',
  supports_tools: true,
  supports_structured_output: false,
  effort: 'low',
  keep_alive: '10m',
  prompt_caching: '5m',
  native_tools: { names: ['web_search'], max_calls: 2 },
  cost: { input: 1, output: 2 },
  name: 'other',
  enabled: false,
};

/** Keys that other providers have no use for. */
const onlyOf: Readonly<Record<string, string>> = {
  server: 'openai-compatible',
  supports_structured_output: 'openai-compatible',
  prompt_caching: 'anthropic',
  native_tools: 'anthropic',
};

/** The keys of `nearest_examples` need its model, and that a tier. */
const nearestExamples = `
  local_fast: { models: [all-minilm, qwen3-embedding] }
specialists:
  nearest_examples: { model: all-minilm, examples: [{ text: Good morning, kind: simple }] }
`;

/** The dotted paths of the schema's leaves; below a record under the name that the table uses. */
function leaves(node: SchemaNode, path: string): string[] {
  const children =
    node.properties ??
    (path === 'hosts' ? { ollama: node.additionalProperties as SchemaNode } : undefined) ??
    (path === 'task_matrix.rows' ? { chat: node.additionalProperties as SchemaNode } : undefined);
  if (children === undefined) return [path];
  return Object.entries(children).flatMap(([key, child]) =>
    leaves(child, path === '' ? key : `${path}.${key}`),
  );
}

test('the table above covers every key of the schema', () => {
  const all = leaves(settingsJsonSchema(), '').filter((path) => path !== 'models');
  assert.deepEqual(all.sort(), Object.keys(values).sort());
  const models = settingsJsonSchema().properties?.tiers?.properties?.local_fast?.properties?.models;
  const keys = models?.items?.anyOf?.flatMap((branch) => Object.keys(branch.properties ?? {}));
  assert.deepEqual(keys?.sort(), Object.keys(modelValues).sort());
});

for (const [path, value] of Object.entries(values))
  test(`${path} has an effect on the configuration`, (t) => {
    const { folder, load, write } = place(t);
    const base = `
models:
  a: { provider: openai-compatible, server: llama_cpp, context_window: 8192 }
  b: { provider: openai-compatible, server: lm_studio, context_window: 8192 }
notifications: { email: { from: a@example.com, to: [b@example.com] } }
tiers:
  local_quality: { models: [a, b, qwen3-14b] }
${path.startsWith('specialists.nearest_examples') ? nearestExamples : ''}`;
    write('project/own-types/mine.yaml', 'complexity: simple\n');
    write('etc/swarmd.yaml', path === 'preset' ? '' : base);
    const env = { OPENAI_API_KEY: 'x', ANTHROPIC_API_KEY: 'y' };
    const before = load({ env });
    const keys = path.split('.');
    writeFileSync(
      join(folder, 'project/swarmd.yaml'),
      JSON.stringify(keys.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value)),
    );
    const after = load({ env });
    // An endpoint that says what is so already shows in the host only when it names another one.
    if (path === 'hosts.ollama.endpoint') {
      write('project/swarmd.yaml', 'hosts: { spare: { endpoint: "http://127.0.0.1:11434" } }');
      assert.equal(load({ env }).config.tiers.local_fast[0]?.host, 'spare');
    } else assert.notDeepEqual(after.config, before.config);
  });

for (const [key, value] of Object.entries(modelValues))
  test(`${key} of a model has an effect on the configuration`, (t) => {
    const { load, write } = place(t);
    const provider = onlyOf[key] ?? 'ollama';
    const plain = {
      name: 'm',
      provider,
      context_window: 8192,
      supports_structured_output: true,
      endpoint: key === 'server' ? undefined : 'http://127.0.0.1:11434',
      ...(provider === 'anthropic'
        ? { cost: { input: 1, output: 2, per_native_tool_call: { web_search: 0.01 } } }
        : {}),
    };
    const load_ = (model: object) => {
      const settings = { hosts: { spare: {} }, tiers: { local_fast: { models: [model] } } };
      write('project/swarmd.yaml', JSON.stringify(settings));
      return load({ env: { ANTHROPIC_API_KEY: 'k' } }).config;
    };
    assert.notDeepEqual(load_({ ...plain, [key]: value }), load_(plain));
  });

test('an entry of models changes one of the catalogue, or adds one, for every tier that names it', (t) => {
  const { load, write } = place(t);
  write(
    'project/swarmd.yaml',
    `models:
  phi3-mini: { context_window: 2048, max_tokens: 100 }
  mine: { provider: ollama, model_id: "mine:latest", context_window: 4096 }
tiers: { local_fast: { models: [phi3-mini, mine] } }
`,
  );
  const [phi, mine] = load().config.tiers.local_fast;
  assert.equal(phi?.contextWindow, 2048);
  assert.equal(phi?.modelId, 'phi3:mini');
  assert.equal(mine?.modelId, 'mine:latest');
});
