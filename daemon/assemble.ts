import { join } from 'node:path';
import { ulid } from 'ulid';
import { loadAgents } from '../agents/definitions.ts';
import { type Config, tierNames } from '../config/config.ts';
import { dearestModelPrice, modelPrice } from '../config/prices.ts';
import { apiKey } from '../config/secrets.ts';
import type { Memory } from '../memory/types/memory.ts';
import { shareSlots } from '../router/background-slots.ts';
import { type BreakerRecord, createBreakers } from '../router/breakers.ts';
import { createEmbedTexts, type EmbedTexts } from '../router/embed-call.ts';
import { createNearestExamples } from '../router/nearest-examples.ts';
import type { RouterParts } from '../router/parts.ts';
import { createEmbed } from '../router/providers/embed.ts';
import { createProviders } from '../router/providers/providers.ts';
import { createResidency } from '../router/providers/residency.ts';
import { createRouter } from '../router/route.ts';
import { createSlots, type HostSlots } from '../router/slots.ts';
import { createTokenCounter } from '../router/tokenizer/token-counter.ts';
import type { Breakers, Clock } from '../router/types/outside.ts';
import { type AfterOutcome, createAfterOutcome } from './after-outcome.ts';
import { watchOutcomes } from './after-work.ts';
import { type ApiSpending, apiSpending } from './api-consent.ts';
import type { ModelStatus } from './control.ts';
import type { Deps } from './deps.ts';
import { createDriftWatch, type DriftWatch } from './drift-watch.ts';
import { createEventHub } from './events.ts';
import { createInFlight } from './in-flight.ts';
import { learnedFile } from './learned-file.ts';
import type { Logger } from './logger.ts';
import type { ModelHealth } from './model-health.ts';
import { createParking } from './parking.ts';
import type { ActionQueue } from './queue/action-queue.ts';
import { watchResidency } from './residency-watch.ts';
import { createSearchEntries, type SearchEntries } from './search-entries.ts';
import { tellRouting, tellSwap } from './tell.ts';

export interface Assembly {
  deps: Deps;
  slots: HostSlots;
  breakers: ReturnType<typeof createBreakers>;
  /** Makes the embedding calls that nobody waits for. */
  embedQuietly: EmbedTexts;
  /** Makes those that somebody waits for. */
  embedTexts: EmbedTexts;
  searchEntries: SearchEntries;
  spending: () => ApiSpending;
  drift: DriftWatch;
  /** What is done after outcomes; closed before the memory is. */
  after: AfterOutcome;
  /** Puts into line what is to be done after each outcome; returns the function that ends it. */
  watchOutcomes: () => () => void;
  /** Asks the model servers what they hold, now and again; returns the function that ends it. */
  watchResidency: () => () => void;
}

/** Puts the parts that work on actions together: everything here is memory and wiring, nothing has to be closed. */
export function assemble(given: {
  config: () => Config;
  env: NodeJS.ProcessEnv;
  memory: Memory;
  queue: ActionQueue;
  clock: Clock;
  random: () => number;
  logger: Logger;
  simulated: boolean;
}): Assembly {
  const { config, env, memory, queue, clock, random, logger } = given;
  const events = createEventHub();
  const ending = new AbortController();
  const residency = createResidency({ apiKey: (model) => apiKey(model, env), signal: ending.signal });
  const slots = createSlots({
    hosts: config().hosts,
    maxWaitersPerHost: config().queue.maxWaitersPerHost,
    clock,
    swap: residency.swap,
    models: tierNames.flatMap((tier) => config().tiers[tier]),
  });
  slots.onSwap((swap) => tellSwap(logger, swap));
  const after = createAfterOutcome({ clock, logger });
  const places = shareSlots(slots, clock, after.giveWay);
  const parking = createParking(slots, queue);
  events.subscribe((event) => {
    if (event.kind === 'finished') parking.forget(event.actionId);
  });
  const breakers = createBreakers({
    clock,
    saved: (memory.state.get('breakers') ?? {}) as Record<string, BreakerRecord>,
    save: (all) =>
      void memory.state
        .set('breakers', all)
        .catch((error: unknown) => logger.warn({ err: error }, 'breakers not saved')),
  });
  const spending = (): ApiSpending =>
    given.simulated ? simulatedSpending : apiSpending(config(), env, memory.state);
  const newId = () => ulid(clock.now());
  const tokenCounter = createTokenCounter();
  ending.signal.addEventListener('abort', () => void tokenCounter.close());
  const embeddingIn = (among: Pick<HostSlots, 'acquire'>): EmbedTexts =>
    createEmbedTexts({
      ledger: memory.ledger,
      slots: among,
      breakers,
      clock,
      newId,
      send: createEmbed({ apiKey: (model) => apiKey(model, env), clock }),
    });
  const embedTexts = embeddingIn(places.live);
  const learned = learnedFile(
    join(config().dataDir, 'learned.json'),
    clock,
    logger,
    () => config().routing.explorationShare,
  );
  const parts: RouterParts = {
    config,
    provider: createProviders({ apiKey: (model) => apiKey(model, env) }),
    prices: { at: modelPrice, dearest: dearestModelPrice },
    ledger: memory.ledger,
    cache: memory.cache,
    slots: places.live,
    breakers,
    passRates: memory.passRates,
    countTokens: tokenCounter.count,
    nearestExamples: createNearestExamples({
      embedTexts,
      hasRoomFor: slots.hasRoomFor,
      clock,
      signal: ending.signal,
    }),
    labels: {
      add: (label) =>
        void memory.labels
          .add(label)
          .catch((error: unknown) => logger.warn({ err: error }, 'label not kept')),
    },
    learned,
    clock,
    random,
    newId,
    apiAllowed: () => spending().allowed,
    wouldRefuse: (reserve, origin) => memory.budget.wouldRefuse(reserve, origin),
    onEvent: (event) => tellRouting({ events, clock }, event),
  };
  const deps: Deps = {
    config,
    agents: loadAgents(config().agents.libraryDir),
    memory,
    queue,
    router: createRouter(parts),
    parking,
    inFlight: createInFlight(),
    events,
    clock,
    random,
    newId,
    logger,
  };
  return {
    deps,
    slots,
    breakers,
    // Nobody waits for the entries' vectors: they end no work in the background.
    embedQuietly: embeddingIn(slots),
    embedTexts,
    searchEntries: createSearchEntries({
      config,
      memory,
      embedTexts,
      hasRoomFor: slots.hasRoomFor,
    }),
    spending,
    drift: createDriftWatch({ learned, memory, clock, logger }),
    after,
    watchOutcomes: () => watchOutcomes(deps, { parts, slots: places.background, after }),
    watchResidency: () => {
      const end = watchResidency({ slots, residency, config: config(), clock });
      return () => {
        ending.abort();
        end();
      };
    },
  };
}

const simulatedSpending: ApiSpending = {
  allowed: true,
  line: 'The models are SIMULATED: every answer is made up, and nothing is paid',
};

/** Every configured model with its breaker, for `status`. */
export function modelStatuses(config: Config, breakers: Breakers, health: ModelHealth): ModelStatus[] {
  return tierNames
    .flatMap((tier) => config.tiers[tier])
    .map((model) => {
      const breaker = breakers.state(model);
      const live = health.of(model);
      const reason = breaker.reason ?? (typeof live === 'string' ? live : undefined);
      return {
        name: model.name,
        tier: model.tier,
        provider: model.provider,
        live: live === undefined ? undefined : live === true,
        breaker: breaker.state,
        ...(reason === undefined ? {} : { reason }),
      };
    });
}
