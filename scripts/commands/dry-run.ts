import { existsSync } from 'node:fs';
import { ulid } from 'ulid';
import { loadAgents } from '../../agents/definitions.ts';
import type { Config } from '../../config/config.ts';
import { dearestModelPrice, modelPrice } from '../../config/prices.ts';
import type { LeftOut } from '../../config/resolve.ts';
import { parseActionInput } from '../../daemon/action-input.ts';
import { apiSpending } from '../../daemon/api-consent.ts';
import { buildRequest } from '../../daemon/build-request.ts';
import { InputRefused } from '../../daemon/http/errors.ts';
import type { State } from '../../memory/types.ts';
import { type BreakerRecord, createBreakers } from '../../router/breakers.ts';
import { explainPlan, type PlanExplanation } from '../../router/explain.ts';
import { type PlanParts, planContext } from '../../router/plan-context.ts';
import { type CommonOptions, configOf, environmentOf, isSimulated } from './settings.ts';

/**
 * What would happen to this input, without a call, a reservation or a row: classification and plan, with the
 * breakers, learned pass rates and budget of the record as they are now. What only a running daemon knows
 * (which models are loaded, which hosts are full) is taken as unknown.
 */
export async function dryRun(
  input: unknown,
  options: CommonOptions,
): Promise<{ explanation: PlanExplanation; leftOut: readonly LeftOut[] }> {
  const env = environmentOf(options);
  const { config, leftOut } = configOf(options, env);
  const now = Date.now();
  const agents = loadAgents(config.agents.libraryDir);
  const parsed = parseActionInput(input, { config, now, newId: () => ulid(), agents });
  if (!parsed.ok) throw new InputRefused(parsed.errors);
  const request = buildRequest({ ...parsed.action, rootId: parsed.action.id }, { config, agents, now });
  const record = await readStanding(config);
  try {
    const parts: PlanParts = {
      config: () => config,
      breakers: createBreakers({
        clock: { now: () => now, sleep: () => Promise.resolve() },
        saved: (record.state.get('breakers') ?? {}) as Record<string, BreakerRecord>,
        save() {},
      }),
      passRates: record.passRates,
      apiAllowed: () => isSimulated(options) || apiSpending(config, env, record.state).allowed,
      wouldRefuse: record.wouldRefuse,
      prices: { at: modelPrice, dearest: dearestModelPrice },
      slots: { resident: () => [], saturated: () => false },
      clock: { now: () => now },
    };
    return { explanation: explainPlan(request, planContext(request, parts)), leftOut };
  } finally {
    record.close();
  }
}

interface Standing extends Pick<PlanParts, 'passRates' | 'wouldRefuse'> {
  state: State;
  close: () => void;
}

/** What the record says that a plan depends on; a record that does not exist yet says nothing. */
async function readStanding(config: Config): Promise<Standing> {
  const readOnly = () => Promise.reject(new Error('a dry run writes nothing'));
  if (!existsSync(config.memory.path)) {
    return {
      state: { get: () => undefined, set: readOnly },
      passRates: { rate: () => undefined },
      wouldRefuse: () => undefined,
      close() {},
    };
  }
  const [{ openRecordFile }, { passRate }, { refusalFor }, { getState }] = await Promise.all([
    import('./record-file.ts'),
    import('../../memory/calls.ts'),
    import('../../memory/budget.ts'),
    import('../../memory/state.ts'),
  ]);
  const store = openRecordFile(config.memory.path);
  return {
    state: { get: (key) => getState(store, key), set: readOnly },
    passRates: {
      rate: (type, complexity, model) => passRate(store, { type, complexity, model, now: Date.now() }),
    },
    wouldRefuse: (reserve, { actionId }) =>
      refusalFor(store, config.costControl, { reserve, actionId, at: Date.now() }),
    close: () => store.close(),
  };
}
