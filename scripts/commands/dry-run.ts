import { existsSync } from 'node:fs';
import { ulid } from 'ulid';
import { loadAgents } from '../../agents/definitions.ts';
import type { Config } from '../../config/config.ts';
import { SwarmdError } from '../../config/errors.ts';
import { dearestModelPrice, modelPrice } from '../../config/prices.ts';
import type { LeftOut } from '../../config/resolve.ts';
import { didYouMean } from '../../config/suggest.ts';
import { parseActionInput } from '../../daemon/action-input.ts';
import { apiSpending } from '../../daemon/api-consent.ts';
import { buildRequest } from '../../daemon/build-request.ts';
import { systemClock } from '../../daemon/clock.ts';
import { InputRefused } from '../../daemon/http/errors.ts';
import { clientPrivacy } from '../../daemon/privacy.ts';
import type { Demand } from '../../memory/budget.ts';
import type { Clients } from '../../memory/clients.ts';
import type { State } from '../../memory/types/memory.ts';
import { type BreakerRecord, createBreakers } from '../../router/breakers.ts';
import { explainPlan, type PlanExplanation } from '../../router/explain.ts';
import { createNearestExamples, type NearestExamples } from '../../router/nearest-examples.ts';
import { type PlanParts, planContext } from '../../router/plan-context.ts';
import { createTokenCounter } from '../../router/tokenizer/token-counter.ts';
import type { BudgetRefusal } from '../../router/types/outside.ts';
import { type CommonOptions, configOf, environmentOf, isSimulated } from './settings.ts';

/**
 * What would happen to this input, without a call (but for `embed`), a reservation or a row: classification and plan, with the
 * breakers, learned pass rates, clients and budget of the record as they are now. What only a running daemon knows
 * (which models are loaded, which hosts are full) is taken as unknown.
 */
export async function dryRun(
  input: unknown,
  options: CommonOptions & { client?: string; embed?: boolean },
): Promise<{ explanation: PlanExplanation; leftOut: readonly LeftOut[] }> {
  const env = environmentOf(options);
  const { config, leftOut } = configOf(options, env);
  const now = Date.now();
  const agents = loadAgents(config.agents.libraryDir);
  const record = await readStanding(config);
  const counter = createTokenCounter();
  try {
    const { client } = options;
    if (client !== undefined) refuseUnknownClient(client, config, record.clients);
    const privacy = clientPrivacy(client, config, record.clients);
    const context = { config, now, newId: () => ulid(), agents, clientPrivacy: privacy };
    const parsed = parseActionInput(input, { ...context, ...(client === undefined ? {} : { client }) });
    if (!parsed.ok) throw new InputRefused(parsed.errors);
    const request = buildRequest({ ...parsed.action, rootId: parsed.action.id }, context);
    const parts: PlanParts = {
      config: () => config,
      breakers: createBreakers({
        clock: { now: () => now, sleep: () => Promise.resolve() },
        saved: (record.state.get('breakers') ?? {}) as Record<string, BreakerRecord>,
        save() {},
      }),
      passRates: record.passRates,
      apiAllowed: () => isSimulated(options) || apiSpending(config, env, record.state).allowed,
      // There is no row of this action, by which the record would know its type.
      wouldRefuse: (reserve, { actionId, agent, client: who }) =>
        record.refusal({ reserve, actionId, type: request.type, agent, client: who, at: now }),
      prices: { at: modelPrice, dearest: dearestModelPrice },
      slots: { resident: () => [], saturated: () => false },
      clock: { now: () => now },
    };
    const explanation = await explainPlan(request, planContext(request, parts), {
      countTokens: counter.count,
      ...(options.embed === true ? { nearestExamples: await askedHere(config, env) } : {}),
    });
    return { explanation, leftOut };
  } finally {
    record.close();
    await counter.close();
  }
}

/** The nearest examples, asked by this process: a call of the embedding model, and a row of an existing ledger. */
async function askedHere(config: Config, env: NodeJS.ProcessEnv): Promise<NearestExamples> {
  const { processEmbedTexts } = await import('../memory/embedding-model.ts');
  return createNearestExamples({
    embedTexts: processEmbedTexts(config, env, config.memory.path),
    hasRoomFor: () => true,
    clock: systemClock,
    signal: new AbortController().signal,
  });
}

interface Standing extends Pick<PlanParts, 'passRates'> {
  state: State;
  clients: Pick<Clients, 'named'> & { names: () => string[] };
  refusal: (demand: Demand) => BudgetRefusal | undefined;
  close: () => void;
}

/** What the record says that a plan depends on. One that does not exist yet is taken as an empty one, and not made. */
async function readStanding(config: Config): Promise<Standing> {
  const readOnly = () => Promise.reject(new Error('a dry run writes nothing'));
  const [{ emptyRecordFile, openRecordFile }, { passRate }, { refusalFor }, { getState }, clients] =
    await Promise.all([
      import('./record-file.ts'),
      import('../../memory/calls.ts'),
      import('../../memory/budget.ts'),
      import('../../memory/state.ts'),
      import('../../memory/clients.ts'),
    ]);
  const { path } = config.memory;
  const store = existsSync(path) ? openRecordFile(path) : emptyRecordFile();
  return {
    state: { get: (key) => getState(store, key), set: readOnly },
    passRates: {
      rate: (type, complexity, model) => passRate(store, { type, complexity, model, now: Date.now() }),
    },
    clients: {
      named: (name) => clients.clientNamed(store, name),
      names: () => clients.listClients(store).map(({ name }) => name),
    },
    refusal: (demand) => refusalFor(store, config.costControl, demand),
    close: () => store.close(),
  };
}

/** A limit or a privacy of a client that does not exist would be looked for in vain. */
function refuseUnknownClient(name: string, config: Config, clients: Standing['clients']): void {
  const configured = [config.clients ?? {}, config.costControl.clientBudgets ?? {}].flatMap(Object.keys);
  const known = [...new Set([...clients.names(), ...configured])].sort();
  if (known.includes(name)) return;
  throw new SwarmdError('USAGE', `there is no client "${name}"${didYouMean(name, known)}`, {
    where: '--client',
    allowed: known.join(', ') || 'none is known: swarmd clients add NAME',
  });
}
