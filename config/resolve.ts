/** Turns the settings a user wrote into the configuration every layer reads. */
import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { builtInActionTypes, readActionTypes } from './action-types.ts';
import { type ActionTypeSpec, type Config, type HostSpec, type ModelSpec, tierNames } from './config.ts';
import { baseUrl, isLoopback } from './endpoints.ts';
import { SwarmdError } from './errors.ts';
import { fromUsd, type NanoUsd } from './money.ts';
import { resolveNotifications } from './notifications.ts';
import { dataDirectory } from './paths.ts';
import type { Problem } from './problems.ts';
import { resolveAudit } from './resolve-audit.ts';
import { resolveModel } from './resolve-models.ts';
import { resolvePolicies } from './resolve-policies.ts';
import type { Settings } from './schema.ts';
import { secretSource } from './secrets.ts';
import { didYouMean } from './suggest.ts';

/** A model that was named but takes no part, and why. */
export interface LeftOut {
  name: string;
  tier: string;
  reason: string;
}

export interface Resolved {
  config: Config;
  problems: Problem[];
  warnings: string[];
  leftOut: LeftOut[];
}

/** What resolving needs to know of where a value came from. */
export interface Origins {
  /** The place of a key path, as `swarmd.yaml:12`. */
  where: (path: readonly PropertyKey[]) => string;
  /** The folder that a relative path written at this key path starts from. */
  base: (path: readonly PropertyKey[]) => string;
  /** As in `LoadOptions`. */
  isProgram?: (program: string) => boolean;
}

export function resolveSettings(settings: Settings, env: NodeJS.ProcessEnv, origins: Origins): Resolved {
  const problems: Problem[] = [];
  const warnings: string[] = [];
  const dataDir = dataDirectory(env);
  const pathOf = (path: readonly string[], written: string | undefined) =>
    written === undefined ? undefined : absolute(written, origins.base(path), env);
  const { tiers, hosts, leftOut } = resolveTiers(settings, env, origins, problems, warnings);
  const actionsDir = pathOf(['actions_dir'], settings.actions_dir);
  const actionTypes = resolveActionTypes(settings, actionsDir, env, origins, problems);
  const named = [
    ...tierNames.flatMap((tier) => tiers[tier].map((model) => model.name)),
    ...leftOut.map((model) => model.name),
  ];
  const policies = resolvePolicies(
    settings,
    Object.values(tiers).flat(),
    named,
    Object.keys(actionTypes),
    origins.where,
  );
  problems.push(...policies.problems);
  warnings.push(...policies.warnings);
  const audits = resolveAudit(settings, named, origins.where);
  problems.push(...audits.problems);
  const { notifications, problems: unsent } = resolveNotifications(settings, origins.where);
  problems.push(...unsent);
  const { routing, quality_checks, cost_control, queue, privacy } = settings;
  if (
    !isLoopback(`http://${settings.http.host.includes(':') ? `[${settings.http.host}]` : settings.http.host}`)
  )
    warnings.push(
      `${origins.where(['http', 'host'])}: http.host ${settings.http.host} can be reached from other machines; every request still needs a token`,
    );
  const config: Config = {
    tiers,
    hosts,
    actionTypes,
    queue: {
      url: queue.url === 'redis' ? env.REDIS_URL || 'redis://127.0.0.1:6379' : queue.url,
      prefix: queue.prefix,
      concurrency: queue.concurrency,
      attempts: queue.attempts,
      backoff: { initialMs: queue.backoff.initial_ms, maxMs: queue.backoff.max_ms },
      lockMs: queue.lock_ms,
      reconcileEveryMs: queue.reconcile_every_ms,
      slotWaitMs: queue.slot_wait_ms,
      maxWaitersPerHost: queue.max_waiters_per_host,
    },
    routing: {
      policy: routing.policy,
      preferLocal: routing.prefer_local,
      qualityThreshold: routing.quality_threshold,
      maxFallbackAttempts: routing.max_fallback_attempts,
      enableCaching: routing.enable_caching,
      cacheTtlMs: routing.cache_ttl * 1000,
      enableSelfCritique: routing.enable_self_critique,
      actionTierOverrides: routing.action_tier_overrides,
      deadlineMs: routing.deadline_ms,
      explorationShare: routing.exploration_share,
      retry: {
        maxRetries: settings.retry.max_retries,
        initialMs: settings.retry.initial_delay_ms,
        maxMs: settings.retry.max_delay_ms,
      },
    },
    hybrid: { thresholdTokens: settings.hybrid.threshold_tokens },
    ...policies.sections,
    qualityChecks: {
      minResponseLength: quality_checks.min_response_length,
      checkHallucinations: quality_checks.check_hallucinations,
      validateJson: quality_checks.validate_json,
      checkRefusals: quality_checks.check_refusals,
      selfCritiqueThreshold: quality_checks.self_critique_threshold,
      selfCritiqueApi: quality_checks.self_critique.api,
      selfCritiqueSamples: quality_checks.self_critique.samples,
      ...(quality_checks.accepted_wrong_rate === undefined
        ? {}
        : { acceptedWrongRate: quality_checks.accepted_wrong_rate }),
      audit: audits.audit,
    },
    costControl: {
      dailyBudget: fromUsd(cost_control.daily_budget),
      monthlyBudget: fromUsd(cost_control.monthly_budget),
      dailyApiCalls: cost_control.daily_api_calls,
      treeBudget: fromUsd(cost_control.tree_budget),
      maxSharePerCall: cost_control.max_share_per_call,
      typeBudgets: eachFromUsd(cost_control.type_budgets),
      agentBudgets: eachFromUsd(cost_control.agent_budgets),
      clientBudgets: eachFromUsd(cost_control.client_budgets),
      alertThreshold: cost_control.alert_threshold,
      usageLogPath: pathOf(['cost_control', 'usage_log_path'], cost_control.usage_log_path),
      timeZone: cost_control.time_zone,
      api: cost_control.api,
    },
    privacy: { secret: privacy.secret, identity: privacy.identity, contact: privacy.contact },
    ...(privacy.tool_output === undefined
      ? {}
      : {
          toolOutputPrivacy: {
            secret: privacy.tool_output.secret ?? privacy.secret,
            identity: privacy.tool_output.identity ?? privacy.identity,
            contact: privacy.tool_output.contact ?? privacy.contact,
          },
        }),
    agents: {
      libraryDir: pathOf(['agents_dir'], settings.agents_dir),
      maxChildren: settings.agents.max_children,
      maxDepth: settings.agents.max_depth,
      maxDescendants: settings.agents.max_descendants,
    },
    http: { host: settings.http.host, port: settings.http.port },
    notifications,
    clients: Object.fromEntries(
      Object.entries(settings.clients).map(([name, { privacy }]) => [
        name,
        privacy === undefined ? {} : { privacy },
      ]),
    ),
    memory: {
      path: pathOf(['memory', 'path'], settings.memory.path) ?? join(dataDir, 'memory.db'),
      backupDir: pathOf(['memory', 'backup_dir'], settings.memory.backup_dir) ?? join(dataDir, 'backups'),
      housekeeping: settings.memory.housekeeping,
      keepBackups: settings.memory.keep_backups,
      pruneDays: settings.memory.prune_days,
      typeDays: settings.memory.type_days,
      topicDays: settings.memory.topic_days,
      maxEntries: settings.memory.max_entries,
      ledgerDays: settings.memory.ledger_days,
    },
    dataDir,
    drainMs: settings.drain_ms,
    log: { level: settings.log.level },
    roles: settings.roles,
  };
  return { config, problems, warnings, leftOut };
}

function resolveTiers(
  settings: Settings,
  env: NodeJS.ProcessEnv,
  origins: Origins,
  problems: Problem[],
  warnings: string[],
): { tiers: Config['tiers']; hosts: Record<string, HostSpec>; leftOut: LeftOut[] } {
  const tiers: Record<(typeof tierNames)[number], ModelSpec[]> = {
    local_fast: [],
    local_quality: [],
    api_fallback: [],
  };
  const hosts: Record<string, HostSpec> = {};
  const leftOut: LeftOut[] = [];
  const places = new Map<string, string>();
  for (const tier of tierNames)
    for (const [index, entry] of (settings.tiers[tier]?.models ?? []).entries()) {
      const path = ['tiers', tier, 'models', index];
      const place = { where: origins.where(path), key: path.join('.') };
      const result = resolveModel(entry, tier, settings, place);
      if ('leftOut' in result) {
        leftOut.push({ name: result.name, tier, reason: result.leftOut });
        continue;
      }
      problems.push(...result.problems);
      if (!('spec' in result)) continue;
      const { spec, host } = result;
      const before = places.get(spec.name);
      if (before !== undefined)
        problems.push({
          ...place,
          message: `the name ${spec.name} is taken by ${before}`,
          allowed: 'give one of them another name, with model_id for what the provider calls it',
        });
      places.set(spec.name, place.key);
      const missing = missingKey(spec, env, place, problems);
      if (missing !== undefined) {
        leftOut.push({ name: spec.name, tier, reason: missing });
        continue;
      }
      warnings.push(...result.warnings);
      hosts[host.name] ??= host;
      tiers[tier].push(spec);
    }
  for (const [name, host] of Object.entries(settings.hosts))
    if (host.endpoint !== undefined && baseUrl(host.endpoint, 'openai-compatible') === undefined)
      problems.push({
        where: origins.where(['hosts', name, 'endpoint']),
        key: `hosts.${name}.endpoint`,
        message: `"${host.endpoint}" is no address of a server`,
        allowed: 'http://host:port or https://host',
      });
  return { tiers, hosts, leftOut };
}

/** Why a paid model cannot be used for want of its key; undefined when it can. */
function missingKey(
  spec: ModelSpec,
  env: NodeJS.ProcessEnv,
  place: { where: string; key: string },
  problems: Problem[],
): string | undefined {
  if (spec.selfHosted || spec.apiKeyEnv === undefined) return undefined;
  try {
    if (secretSource(spec.apiKeyEnv, env) !== undefined) return undefined;
  } catch (error) {
    if (!(error instanceof SwarmdError)) throw error;
    problems.push({ where: error.where ?? place.where, key: place.key, message: error.message });
    return undefined;
  }
  return `${spec.apiKeyEnv} is not set`;
}

function resolveActionTypes(
  settings: Settings,
  folder: string | undefined,
  env: NodeJS.ProcessEnv,
  origins: Origins,
  problems: Problem[],
): Record<string, ActionTypeSpec> {
  const types: Record<string, ActionTypeSpec> = { ...builtInActionTypes() };
  if (folder !== undefined) {
    const own = readActionTypes(folder, env, origins.where(['actions_dir']), origins.isProgram);
    problems.push(...own.problems);
    for (const type of own.types) types[type.name] = type;
  }
  const known = Object.keys(types);
  const unknownType = (path: readonly string[], name: string) => {
    if (Object.hasOwn(types, name)) return;
    problems.push({
      where: origins.where(path),
      key: path.join('.'),
      message: `there is no action type "${name}"${didYouMean(name, known)}`,
      allowed: `a type of your own needs a file in actions_dir; known: ${known.join(', ')}`,
    });
  };
  for (const name of Object.keys(settings.routing.action_tier_overrides))
    unknownType(['routing', 'action_tier_overrides', name], name);
  for (const name of Object.keys(settings.cost_control.type_budgets))
    unknownType(['cost_control', 'type_budgets', name], name);
  for (const [name, complexity] of Object.entries(settings.action_complexity)) {
    unknownType(['action_complexity', name], name);
    const type = types[name];
    if (type !== undefined) types[name] = { ...type, complexity };
  }
  return types;
}

function absolute(written: string, base: string, env: NodeJS.ProcessEnv): string {
  const path = written.replace(/^~(?=\/|$)/, env.HOME ?? homedir());
  return isAbsolute(path) ? path : resolve(base, path);
}

function eachFromUsd(amounts: Readonly<Record<string, number>>): Record<string, NanoUsd> {
  return Object.fromEntries(Object.entries(amounts).map(([name, usd]) => [name, fromUsd(usd)]));
}
