/**
 * What a user may write in swarmd.yaml, key by key: the single source of the refusals, of `swarmd config
 * schema`, of docs/configuration.md and of the defaults. Keys of the predecessor and of the design documents
 * keep their names, and with them their units: a bare `timeout` or `cache_ttl` is in seconds, as it was there;
 * every other duration carries its unit in its name.
 */
import { z } from 'zod';
import { complexities, type personalDataClasses, policyNames, roles, tierNames } from './config.ts';
import { hostSettings, modelDefinition, modelEntry } from './schema-models.ts';
import { notificationSettings } from './schema-notifications.ts';
import { privacyFirstSettings, specialistSettings, taskMatrixSettings } from './schema-policies.ts';

export const presetNames = [
  'tiers',
  'local-only',
  'api-only',
  'cloud-first',
  'token-threshold',
  'task-matrix',
  'specialists',
  'privacy-first',
] as const;
export type PresetName = (typeof presetNames)[number];

const count = z.int().min(0);
const atLeastOne = z.int().min(1);
const share = z.number().min(0).max(1);
const dollars = z.number().min(0).max(1_000_000);
const endpoint = z.string().min(1);

const tier = z
  .strictObject({ models: z.array(modelEntry).describe('Models of this tier, in the order they are tried.') })
  .optional();

const rule = z.enum(['block', 'local', 'warn', 'ignore']);

const timeZone = z
  .string()
  .refine(isTimeZone, { error: 'is not a time zone; write one as Europe/Berlin or UTC' });

const queueUrl = z.string().regex(/^(embedded|redis|(redis|rediss|postgres|postgresql):\/\/.+)$/, {
  error: 'must be embedded, redis (takes REDIS_URL), redis://…, rediss://… or postgres://…',
});

export const settingsSchema = z.strictObject({
  preset: z
    .enum(presetNames)
    .default('tiers')
    .describe('Which preset the models and the routing begin from; what you write yourself comes before it.'),
  tiers: z
    .strictObject(Object.fromEntries(tierNames.map((name) => [name, tier])) as Record<TierKey, typeof tier>)
    .prefault({})
    .describe('The models of each tier. A tier you name replaces the whole tier of the preset.'),
  models: z
    .record(z.string(), modelDefinition)
    .default({})
    .describe('Your own additions to the model catalogue, and changes to its entries, by name.'),
  model_settings: z
    .strictObject({
      ollama_endpoint: endpoint
        .default('http://127.0.0.1:11434')
        .describe('Ollama; also OLLAMA_HOST in any of its forms.'),
      vllm_endpoint: endpoint.default('http://127.0.0.1:8000').describe('vLLM server.'),
      llama_cpp_endpoint: endpoint.default('http://127.0.0.1:8080').describe('llama.cpp server.'),
      lm_studio_endpoint: endpoint.default('http://127.0.0.1:1234').describe('LM Studio server.'),
      openai_endpoint: endpoint.default('https://api.openai.com/v1').describe('Also OPENAI_BASE_URL.'),
      anthropic_endpoint: endpoint.default('https://api.anthropic.com').describe('Also ANTHROPIC_BASE_URL.'),
    })
    .prefault({})
    .describe('Where models without an endpoint of their own are served.'),
  hosts: z
    .record(z.string(), hostSettings)
    .default({})
    .describe('Machines that serve models: what they hold and how many calls they take at once.'),
  routing: z
    .strictObject({
      policy: z.enum(policyNames).default('tiers').describe('How plans are made.'),
      prefer_local: z.boolean().default(true).describe('False: the API first, local models as fallback.'),
      quality_threshold: share
        .default(0.7)
        .describe('The quality, 0 to 1, from which an answer is accepted.'),
      max_fallback_attempts: count
        .default(2)
        .describe('How many further candidates may be tried after the first.'),
      enable_caching: z.boolean().default(true).describe('Answer identical requests from the cache.'),
      cache_ttl: count.default(3600).describe('Seconds a cached answer stays valid.'),
      exploration_share: share
        .default(0.05)
        .describe(
          'Of the actions so many try a local model that its record speaks against, so many are classified by the rules where something was learned, and so many ask a local critic that was found of no help: else what was learned could never be found wrong. 0: none.',
        ),
      enable_self_critique: z
        .boolean()
        .default(true)
        .describe('Let a model criticise local answers that the checks cannot decide.'),
      action_tier_overrides: z
        .record(z.string(), z.enum(tierNames))
        .default({})
        .describe('The tier to begin with, by action type.'),
      deadline_ms: atLeastOne
        .default(300_000)
        .describe(
          'How long one request may take, all candidates together, unless the action says otherwise.',
        ),
    })
    .prefault({}),
  action_complexity: z
    .record(z.string(), z.enum(complexities))
    .default({})
    .describe('The complexity of an action type; comes before what the type itself says.'),
  hybrid: z
    .strictObject({
      threshold_tokens: atLeastOne
        .default(8000)
        .describe('Policy token-threshold: prompts under this many tokens stay local.'),
    })
    .prefault({}),
  task_matrix: taskMatrixSettings.optional().describe('Policy task-matrix; made from the tiers when absent.'),
  specialists: specialistSettings.optional().describe('Policy specialists; made from the tiers when absent.'),
  privacy_first: privacyFirstSettings
    .optional()
    .describe('Policy privacy-first; made from the tiers when absent.'),
  retry: z
    .strictObject({
      max_retries: count.default(3).describe('How often one candidate is tried again after a passing error.'),
      initial_delay_ms: atLeastOne.default(1000).describe('The first wait; each further one doubles.'),
      max_delay_ms: atLeastOne.default(10_000).describe('The longest wait between two tries.'),
    })
    .prefault({}),
  quality_checks: z
    .strictObject({
      min_response_length: count
        .default(20)
        .describe('Characters below which a prose answer counts as incomplete.'),
      check_hallucinations: z
        .boolean()
        .default(true)
        .describe('Compare names, numbers and quotes of an extractive answer with its source.'),
      validate_json: z
        .boolean()
        .default(true)
        .describe('Fail answers whose required JSON does not parse or fit.'),
      check_refusals: z.boolean().default(true).describe('Fail answers that decline the task.'),
      self_critique_threshold: share
        .default(0.7)
        .describe('A self-critique below this fails the answer whatever the checks say.'),
      accepted_wrong_rate: z
        .number()
        .gt(0)
        .lt(1)
        .optional()
        .describe(
          'How many of the accepted answers may be wrong (0.05: one in twenty): for types with enough labels the threshold that keeps it with 95 % confidence takes the place of routing.quality_threshold.',
        ),
      self_critique: z
        .strictObject({
          api: z.boolean().default(false).describe('May a paid model criticise when no local one is up?'),
          samples: z
            .int()
            .min(1)
            .max(9)
            .default(1)
            .describe('How many critiques of one answer are asked for; their median counts.'),
        })
        .prefault({}),
      audit: z
        .strictObject({
          share: share
            .default(0)
            .describe('Of the accepted local answers, how many another model judges afterwards; 0: none.'),
          model: z
            .string()
            .min(1)
            .optional()
            .describe(
              'The judge: a model or a tier; default a paid one within the budget, else a local one.',
            ),
          daily_budget: dollars
            .default(0)
            .describe('US dollars a day for paid judges; 0: only local models judge.'),
        })
        .prefault({}),
    })
    .prefault({}),
  cost_control: z
    .strictObject({
      daily_budget: dollars.default(10).describe('US dollars a day; 0 = no limit.'),
      monthly_budget: dollars.default(0).describe('US dollars a month; 0 = no limit.'),
      daily_api_calls: count.default(0).describe('Paid calls a day; 0 = no limit.'),
      tree_budget: dollars
        .default(0)
        .describe('US dollars for one action with everything it spawns; 0 = no limit.'),
      max_share_per_call: z
        .number()
        .gt(0)
        .max(1)
        .default(1)
        .describe('Of what is left of the day’s budget, the most that one call may take; 1 = all of it.'),
      type_budgets: z.record(z.string(), dollars).default({}).describe('US dollars a day, by action type.'),
      agent_budgets: z.record(z.string(), dollars).default({}).describe('US dollars a day, by agent.'),
      client_budgets: z.record(z.string(), dollars).default({}).describe('US dollars a day, by client.'),
      alert_threshold: z
        .number()
        .min(0)
        .max(100)
        .default(80)
        .describe('Percent of a budget that raises an alert.'),
      usage_log_path: z.string().optional().describe('Also write every call to this file, as JSON lines.'),
      time_zone: timeZone.default('UTC').describe('The time zone whose midnight begins a budget day.'),
      api: z
        .enum(['ask', 'on', 'off'])
        .default('ask')
        .describe('May money be spent: on, off, or ask at the first start that finds a key.'),
    })
    .prefault({}),
  privacy: z
    .strictObject({
      secret: rule.default('block').describe('Passwords, keys and tokens found in a prompt.'),
      identity: rule.default('local').describe('National ids, payment cards, bank accounts, health data.'),
      contact: rule.default('warn').describe('E-mail addresses and phone numbers.'),
      tool_output: z
        .strictObject({
          secret: rule.optional().describe('Secrets in what a tool returned.'),
          identity: rule.optional().describe('The same for identity data.'),
          contact: rule.optional().describe('The same for contact data.'),
        })
        .optional()
        .describe('The same for what tools returned; what is not said here follows the rules above.'),
    } satisfies Record<(typeof personalDataClasses)[number] | 'tool_output', unknown>)
    .prefault({})
    .describe('What found personal data does to a plan: block (no API), local (stay local), warn, ignore.'),
  queue: z
    .strictObject({
      url: queueUrl
        .default('embedded')
        .describe('embedded, redis (takes REDIS_URL), redis://…, rediss://… or postgres://…'),
      prefix: z.string().min(1).default('swarmd').describe('Prefix of the queue’s keys.'),
      concurrency: atLeastOne.max(1000).default(32).describe('Actions this daemon works on at once.'),
      attempts: atLeastOne.default(3).describe('How often an action is tried before it has failed.'),
      backoff: z
        .strictObject({
          initial_ms: atLeastOne.default(1000).describe('The wait before the second attempt.'),
          max_ms: atLeastOne.default(60_000).describe('The longest wait between two attempts.'),
        })
        .prefault({}),
      lock_ms: z.int().min(1000).default(30_000).describe('How long a silent worker keeps its action.'),
      reconcile_every_ms: z
        .int()
        .min(100)
        .default(60_000)
        .describe('How often the record and the queue are compared.'),
      slot_wait_ms: count
        .default(2000)
        .describe('How long a request waits for a model before it is put back.'),
      max_waiters_per_host: atLeastOne.default(8).describe('Requests that may wait for one host at once.'),
    })
    .prefault({}),
  memory: z
    .strictObject({
      path: z.string().optional().describe('The SQLite file; default memory.db in the data directory.'),
      backup_dir: z.string().optional().describe('Where backups go; default backups in the data directory.'),
      housekeeping: z
        .string()
        .regex(/^(off|([\d*,/-]+ ){4}[\d*,/-]+)$/, 'five fields of a cron expression (17 3 * * *), or off')
        .default('17 3 * * *')
        .describe('When the daemon backs up and prunes, as a cron expression in local time; off.'),
      keep_backups: atLeastOne.default(7).describe('How many daily backups are kept.'),
      prune_days: atLeastOne
        .default(30)
        .describe('Superseded entries go after so many days; old conversations as well.'),
      type_days: z
        .record(z.string(), count)
        .default({})
        .describe('Days that entries of a type are kept, such as conversation: 14; 0: for good.'),
      topic_days: z
        .record(z.string().regex(/^[^,]+$/, 'a topic without a comma'), count)
        .default({})
        .describe('Days that entries of a topic are kept, such as scratch: 3; 0: for good.'),
      max_entries: count
        .default(0)
        .describe(
          'Above this number the least worth entries go; what is confirmed or important stays. 0: no bound.',
        ),
      ledger_days: count
        .default(0)
        .describe('Single calls and ended actions go after so many days, their sums stay; 0: all are kept.'),
    })
    .prefault({}),
  agents: z
    .strictObject({
      max_children: count.default(8).describe('Children one action may have.'),
      max_depth: count.default(3).describe('How deep a tree may grow.'),
      max_descendants: count.default(50).describe('Descendants one root may have.'),
    })
    .prefault({}),
  agents_dir: z.string().optional().describe('Your own agents (Markdown files), besides the built-in ones.'),
  actions_dir: z.string().optional().describe('Your own action types (one YAML file each).'),
  http: z
    .strictObject({
      host: z.string().min(1).default('127.0.0.1').describe('The address the control API listens on.'),
      port: z.int().min(0).max(65_535).default(7717).describe('Its port; 0 takes any free one.'),
    })
    .prefault({}),
  clients: z
    .record(
      z.string(),
      z.strictObject({
        privacy: z
          .literal('local')
          .optional()
          .describe('local: nothing this client hands in leaves your own hardware.'),
      }),
    )
    .default({})
    .describe('What holds for a client, by name; its limit a day is in cost_control.client_budgets.'),
  notifications: notificationSettings
    .prefault({})
    .describe('Who is told what happens; secrets come from the environment: docs/notifications.md.'),
  drain_ms: count.default(30_000).describe('How long a stopping daemon lets its work finish.'),
  log: z
    .strictObject({
      level: z
        .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
        .default('info')
        .describe('How much the daemon logs.'),
    })
    .prefault({}),
  roles: z
    .array(z.enum(roles))
    .min(1)
    .default([...roles])
    .describe('What this daemon does.'),
});

/** The settings as written, with every default filled in: snake_case, units as in the file. */
export type Settings = z.output<typeof settingsSchema>;

type TierKey = (typeof tierNames)[number];

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
