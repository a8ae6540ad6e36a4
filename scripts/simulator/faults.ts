import type { Protocol } from './types.ts';

export const faultNames = [
  '400',
  '401',
  '402',
  '404',
  '429',
  '429_no_retry_after',
  'spend_cap',
  '500',
  '503',
  '529',
  'refuse',
  'hang_before_headers',
  'hang_after_headers',
  'slow_drip',
  'cut_clean',
  'cut_event',
  'cut_destroy',
  'done_without_finish',
  'error_event',
  'malformed_chunk',
  'empty_200',
  'truncated',
  'wrong_usage',
  'no_usage',
  'wrong_content_type',
] as const;

export type FaultName = (typeof faultNames)[number];

/** What `POST /__sim/faults` takes. */
export interface FaultRule {
  fault: FaultName;
  /** Only this model; else all. */
  model?: string;
  /** Only this protocol; else all. */
  protocol?: Protocol;
  /** How often; else until cleared. */
  count?: number;
  /** Lets so many matching requests pass first. */
  after?: number;
  /** Before an error's answer, between the pieces of a slow drip (1,000), or how long a hang lasts (for ever). */
  delay_ms?: number;
  /** Seconds in the Retry-After of a 429 (1). */
  retry_after?: number;
}

interface ActiveRule {
  rule: FaultRule;
  passed: number;
  used: number;
}

/** The faults set, first match first. */
export class Faults {
  #rules: ActiveRule[] = [];

  add(rule: FaultRule): void {
    this.#rules.push({ rule, passed: 0, used: 0 });
  }

  clear(): void {
    this.#rules = [];
  }

  list(): (FaultRule & { used: number })[] {
    return this.#rules.map((active) => ({ ...active.rule, used: active.used }));
  }

  /** The fault that hits this request, counted as used. */
  take(protocol: Protocol, model: string): FaultRule | undefined {
    if (this.#rules.length === 0) return undefined;
    for (const active of this.#rules) {
      const { rule } = active;
      if (rule.protocol !== undefined && rule.protocol !== protocol) continue;
      if (rule.model !== undefined && rule.model !== model) continue;
      if (rule.count !== undefined && active.used >= rule.count) continue;
      if (active.passed < (rule.after ?? 0)) {
        active.passed += 1;
        continue;
      }
      active.used += 1;
      return rule;
    }
    return undefined;
  }
}

export function isFaultName(name: string): name is FaultName {
  return (faultNames as readonly string[]).includes(name);
}

/** Reads a rule from outside; a text says what is wrong with it. */
export function readFaultRule(value: unknown): FaultRule | string {
  if (typeof value !== 'object' || value === null)
    return 'a fault is an object such as {"fault": "429", "model": "gpt-5", "count": 1}';
  const given = value as Record<string, unknown>;
  const fault = String(given.fault ?? '');
  if (!isFaultName(fault)) return `fault "${fault}" is unknown; known are ${faultNames.join(', ')}`;
  const rule: FaultRule = { fault };
  for (const name of Object.keys(given)) {
    if (!['fault', 'model', 'protocol', 'count', 'after', 'delay_ms', 'retry_after'].includes(name))
      return `"${name}" is unknown; known are fault, model, protocol, count, after, delay_ms, retry_after`;
  }
  if (given.model !== undefined) rule.model = String(given.model);
  if (given.protocol === 'ollama' || given.protocol === 'openai' || given.protocol === 'anthropic')
    rule.protocol = given.protocol;
  else if (given.protocol !== undefined) return 'protocol must be ollama, openai or anthropic';
  for (const name of ['count', 'after', 'delay_ms', 'retry_after'] as const) {
    const number = given[name];
    if (number === undefined) continue;
    if (typeof number !== 'number' || !(number >= 0)) return `${name} must be a number from 0 on`;
    rule[name] = number;
  }
  return rule;
}
