import { type Config, tierNames } from '../config/config.ts';
import { formatUsd } from '../config/money.ts';
import { apiKey, secretSource } from '../config/secrets.ts';
import { limitsInForce, overridesIn } from '../memory/budget-limits.ts';
import type { State } from '../memory/types/memory.ts';

const stateKey = 'api_consent';

/** What can be spent and with whose keys: the line every start begins with. */
export interface ApiSpending {
  allowed: true | string;
  line: string;
  /** What the user has to be asked before anything is spent; undefined when there is nothing to ask. */
  question?: string;
}

/** Whether paid models may be called, and the sentence that says so. `ask` means: not before the user said yes once. */
export function apiSpending(config: Config, env: NodeJS.ProcessEnv, state: State): ApiSpending {
  const sources = keySources(config, env);
  if (config.costControl.api === 'off') return off('cost_control.api is off');
  if (sources.length === 0)
    return off('no API key is set (OPENAI_API_KEY, ANTHROPIC_API_KEY or their _FILE)');
  const dailyBudget = limitsInForce(overridesIn(state.get), config.costControl, '').day.value;
  const limit = dailyBudget === 0 ? 'without a daily limit' : `at most ${formatUsd(dailyBudget)} a day`;
  const from = sources.join(', ');
  if (config.costControl.api === 'ask' && state.get(stateKey) === undefined) {
    return {
      ...off(
        `${from} is set, but spending was never agreed to: start once with --yes-spend, or set cost_control.api: on`,
      ),
      question: `${from} is set. May swarmd call paid models, ${limit}?`,
    };
  }
  return { allowed: true, line: `API spending on, ${limit}, from ${from}` };
}

function off(why: string): ApiSpending {
  return { allowed: why, line: `API spending off: ${why}` };
}

/** Names of the variables or files the configured models' keys come from; never the keys. */
export function keySources(config: Config, env: NodeJS.ProcessEnv): string[] {
  const names = new Set<string>();
  for (const model of tierNames.flatMap((tier) => config.tiers[tier])) {
    if (model.selfHosted || model.apiKeyEnv === undefined || apiKey(model, env) === undefined) continue;
    names.add(secretSource(model.apiKeyEnv, env) ?? model.apiKeyEnv);
  }
  return [...names].sort();
}

/** Remembers that the user agreed, and to what. */
export async function recordConsent(config: Config, state: State, at: number): Promise<void> {
  await state.set(stateKey, { at, dailyBudgetNano: config.costControl.dailyBudget });
}
