import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { ModelSpec } from '../../config/config.ts';
import { fromUsd } from '../../config/money.ts';
import { classify } from '../../router/classify.ts';
import { wilsonInterval } from '../../router/plan/learned.ts';
import { planRoute } from '../../router/plan.ts';
import type { PassRates } from '../../router/types/outside.ts';
import type { PlanContext, Request, RoutePlan } from '../../router/types.ts';
import { aConfig, aContext, aModel, aRequest, aType, namesOf, noon } from './support.ts';

function planFor(
  text: string,
  request: Partial<Request> = {},
  context: Partial<PlanContext> = {},
): RoutePlan {
  const asked = aRequest(text, request);
  return planRoute(asked, classify(asked), aContext(context));
}

const rules = (plan: RoutePlan, model: string): string | undefined =>
  plan.excluded.find((entry) => entry.model.name === model)?.rule;

const moderate = 'Compare tea and coffee';

test('every model stands in the plan once: as a candidate or left out with rule and reason', () => {
  const breakerOpen: PlanContext['breakers']['state'] = (model) =>
    model.name === 'gpt-4o' ? { state: 'open', retryAt: noon + 5_000 } : { state: 'closed' };
  fc.assert(
    fc.property(
      fc.record({
        text: fc.constantFrom(
          'What is 2+2?',
          moderate,
          'Refactor this monolith into services',
          'yes',
          'SSN 078-05-1120',
        ),
        privacy: fc.constantFrom('local' as const, 'any' as const),
        critical: fc.boolean(),
        apiAllowed: fc.constantFrom<true | string>(true, 'cost_control.api is off'),
        breaker: fc.boolean(),
        preferLocal: fc.boolean(),
      }),
      ({ text, privacy, critical, apiAllowed, breaker, preferLocal }) => {
        const config = aConfig();
        config.routing.preferLocal = preferLocal;
        const context = aContext({ config, apiAllowed });
        if (breaker) context.breakers = { ...context.breakers, state: breakerOpen };
        const request = aRequest(text, { privacy, critical });
        const plan = planRoute(request, classify(request), context);
        const all = [...namesOf(plan), ...plan.excluded.map((entry) => entry.model.name)].sort();
        assert.deepEqual(all, ['claude-sonnet', 'codestral-22b', 'gpt-4o', 'mixtral-8x7b', 'phi3-mini']);
        for (const candidate of plan.candidates) assert.ok(candidate.reason.length > 0);
        for (const entry of plan.excluded) assert.ok(entry.rule.length > 0 && entry.reason.length > 0);
        assert.ok(plan.reason.length > 0);
      },
    ),
  );
});

test('a private request keeps only self-hosted candidates, whatever asks for the API', () => {
  const api = planFor(moderate, { privacy: 'local', critical: true });
  assert.deepEqual(namesOf(api), ['mixtral-8x7b', 'codestral-22b', 'phi3-mini']);
  assert.equal(rules(api, 'gpt-4o'), 'privacy');
  const named = planFor('Use GPT-4o to write a poem', { privacy: 'local' });
  assert.ok(!namesOf(named).includes('gpt-4o'));
  const asked = planFor(moderate, { privacy: 'local', model: 'gpt-4o' });
  assert.deepEqual(namesOf(asked), []);
  assert.match(asked.reason, /no candidate is left \(privacy: marked private/);
  const tier = planFor(moderate, { privacy: 'local', tier: 'api_fallback' });
  assert.deepEqual(namesOf(tier), []);
});

test('a private type is private without the request saying so', () => {
  const config = aConfig({ actionTypes: { diary: aType('diary', { privacy: 'local' }) } });
  const plan = planFor(moderate, { type: 'diary' }, { config });
  assert.equal(rules(plan, 'gpt-4o'), 'privacy');
});

test('personal data acts by its class', () => {
  const key = ['ghp_', 'aB3dE5gH7jK9mN1pQ2rS4tU6vW8xY0zaB3dE5'].join('');
  const cases: Array<[string, boolean]> = [
    [`Why does ${key} not work?`, true],
    ['Check my IBAN DE89 3704 0044 0532 0130 00', true],
    ['Reply to jane@acme.io', false],
  ];
  for (const [text, local] of cases) {
    assert.equal(rules(planFor(text), 'gpt-4o'), local ? 'privacy' : undefined, text);
  }
  const strict = aConfig({ privacy: { secret: 'block', identity: 'local', contact: 'local' } });
  assert.equal(rules(planFor('Reply to jane@acme.io', {}, { config: strict }), 'gpt-4o'), 'privacy');
  const lax = aConfig({ privacy: { secret: 'ignore', identity: 'warn', contact: 'ignore' } });
  for (const [text] of cases) assert.equal(rules(planFor(text, {}, { config: lax }), 'gpt-4o'), undefined);
});

test('a type may allow what is only kept local, never what is blocked', () => {
  const key = ['ghp_', 'aB3dE5gH7jK9mN1pQ2rS4tU6vW8xY0zaB3dE5'].join('');
  const config = aConfig({
    actionTypes: { bank: aType('bank', { allowPersonalData: ['identity', 'secret'] }) },
  });
  const iban = planFor('Check my IBAN DE89 3704 0044 0532 0130 00', { type: 'bank' }, { config });
  assert.equal(rules(iban, 'gpt-4o'), undefined);
  const secret = planFor(`Check ${key}`, { type: 'bank' }, { config });
  assert.equal(rules(secret, 'gpt-4o'), 'privacy');
});

test('what a tool returned is graded apart from what the user wrote', () => {
  const config = aConfig({
    privacy: { secret: 'block', identity: 'local', contact: 'local' },
    toolOutputPrivacy: { secret: 'block', identity: 'local', contact: 'warn' },
  });
  const messages = (content: string): Request['messages'] => [
    { role: 'user', content: moderate },
    { role: 'tool', content, toolCallId: '1' },
  ];
  const log = planFor(moderate, { messages: messages('Author: jane@acme.io') }, { config });
  assert.equal(rules(log, 'gpt-4o'), undefined);
  const card = planFor(moderate, { messages: messages('4111 1111 1111 1111') }, { config });
  assert.equal(rules(card, 'gpt-4o'), 'privacy');
  assert.equal(rules(planFor('Reply to jane@acme.io', {}, { config }), 'gpt-4o'), 'privacy');
});

test('the API is left out while nothing may be spent, with the reason', () => {
  const plan = planFor(
    moderate,
    { critical: true },
    { apiAllowed: 'cost_control.api is ask and nobody said yes' },
  );
  assert.deepEqual(namesOf(plan), ['mixtral-8x7b', 'codestral-22b', 'phi3-mini']);
  assert.equal(rules(plan, 'claude-sonnet'), 'api-off');
  assert.match(plan.reason, /nobody said yes/);
});

test('a model has to hold the prompt with a margin and the answer', () => {
  const fits = (model: Partial<ModelSpec>, request: Partial<Request>): boolean => {
    const config = aConfig();
    const tiers = {
      ...config.tiers,
      local_fast: [],
      local_quality: [aModel('only', 'local_quality', model)],
    };
    const plan = planFor('word '.repeat(3_000), request, {
      config: { ...config, tiers, routing: config.routing },
    });
    return namesOf(plan)[0] === 'only';
  };
  const tokens = classify(aRequest('word '.repeat(3_000))).inputTokens;
  const needed = Math.ceil(tokens * 1.25);
  assert.equal(fits({ contextWindow: needed + 1_000 }, { maxTokens: 1_000 }), true);
  assert.equal(fits({ contextWindow: needed + 999 }, { maxTokens: 1_000 }), false);
  assert.equal(fits({ contextWindow: needed + 400, maxTokens: 400 }, { maxTokens: 1_000 }), true);
});

test('an embedding model answers nothing', () => {
  const config = aConfig();
  const tiers = { ...config.tiers, local_fast: [aModel('all-minilm', 'local_fast', { kind: 'embedding' })] };
  const plan = planFor('What is 2+2?', {}, { config: { ...config, tiers } });
  assert.equal(rules(plan, 'all-minilm'), 'embedding');
});

test('an open breaker leaves its model out until it half-opens', () => {
  const context = aContext();
  for (const [state, left] of [
    ['open', true],
    ['half_open', false],
    ['closed', false],
  ] as const) {
    const plan = planFor('What is 2+2?', {}, { breakers: { ...context.breakers, state: () => ({ state }) } });
    assert.equal(rules(plan, 'phi3-mini') === 'breaker', left, state);
  }
});

test('the next model of the same tier takes the place of one that is left out', () => {
  const context = aContext();
  const open: PlanContext['breakers']['state'] = (model) => ({
    state: model.name === 'mixtral-8x7b' ? 'open' : 'closed',
  });
  const plan = planFor(moderate, {}, { breakers: { ...context.breakers, state: open } });
  assert.deepEqual(namesOf(plan).slice(0, 2), ['codestral-22b', 'claude-sonnet']);
  assert.match(plan.candidates[0]?.reason ?? '', /in place of mixtral-8x7b/);
});

test('an unknown price is a reason not to call, never zero', () => {
  const plan = planFor(
    moderate,
    {},
    { upperBound: (model) => (model.selfHosted ? 0 : model.name === 'gpt-4o' ? undefined : 1) },
  );
  assert.equal(rules(plan, 'gpt-4o'), 'price-unknown');
  assert.equal(rules(plan, 'claude-sonnet'), undefined);
});

test('what the budget would refuse is left out, naming the limit, who set it and what is left', () => {
  const plan = planFor(
    moderate,
    {},
    {
      wouldRefuse: () => ({
        limit: 'day',
        setBy: 'cost_control.daily_budget',
        limitNano: fromUsd(1),
        usedNano: fromUsd(0.99),
        neededNano: fromUsd(0.02),
        resetsAt: noon,
      }),
    },
  );
  assert.equal(rules(plan, 'gpt-4o'), 'budget');
  const reason = plan.excluded.find((entry) => entry.model.name === 'gpt-4o')?.reason ?? '';
  assert.match(
    reason,
    /the daily budget of \$1\.00 \(cost_control\.daily_budget\) has \$0\.0100 left, this call may cost \$0\.0200; it starts anew at/,
  );
  assert.deepEqual(namesOf(plan), ['mixtral-8x7b', 'codestral-22b', 'phi3-mini']);
});

test('a request’s own budget bounds each call', () => {
  assert.equal(rules(planFor(moderate, { budget: fromUsd(0.02) }), 'gpt-4o'), undefined);
  assert.equal(rules(planFor(moderate, { budget: fromUsd(0.019) }), 'gpt-4o'), 'budget');
});

test('after the deadline nothing is tried', () => {
  const plan = planFor(moderate, { deadlineAt: noon });
  assert.deepEqual(namesOf(plan), []);
  assert.match(plan.reason, /deadline/);
  assert.equal(namesOf(planFor(moderate, { deadlineAt: noon + 1 })).length, 5);
});

test('privacy is the reason that is shown where it is one of several', () => {
  const plan = planFor(moderate, { privacy: 'local', deadlineAt: noon }, { apiAllowed: 'off' });
  assert.equal(rules(plan, 'gpt-4o'), 'privacy');
  assert.equal(rules(plan, 'phi3-mini'), 'deadline');
});

test('a tier or a model asked for narrows the plan to it', () => {
  assert.deepEqual(namesOf(planFor(moderate, { tier: 'local_fast' })), ['phi3-mini']);
  assert.deepEqual(namesOf(planFor('What is 2+2?', { tier: 'api_fallback' })), ['claude-sonnet', 'gpt-4o']);
  assert.deepEqual(namesOf(planFor(moderate, { model: 'codestral-22b' })), ['codestral-22b']);
  assert.deepEqual(namesOf(planFor(moderate, { model: 'claude-sonnet-5-5' })), ['claude-sonnet']);
  const mistyped = planFor(moderate, { model: 'codestrel-22b' });
  assert.deepEqual(namesOf(mistyped), []);
  assert.match(mistyped.reason, /not configured \(did you mean "codestral-22b"\?\)/);
});

test('a model asked for by its family is the family’s strongest', () => {
  assert.deepEqual(namesOf(planFor(moderate, { model: 'claude' })), ['claude-sonnet']);
});

function rates(table: Record<string, { rate: number; count: number }>): PassRates {
  return { rate: (_type, _complexity, model) => table[model] };
}

test('a model that nearly always fails is skipped, on enough answers only', () => {
  const skipped = planFor(moderate, {}, { passRates: rates({ 'mixtral-8x7b': { rate: 0.1, count: 60 } }) });
  assert.equal(rules(skipped, 'mixtral-8x7b'), 'learned');
  assert.equal(namesOf(skipped)[0], 'codestral-22b');
  assert.match(skipped.reason, /skips mixtral-8x7b: it passes 10 % of the time on .*weight of 60 fresh ones/);
  const few = planFor(moderate, {}, { passRates: rates({ 'mixtral-8x7b': { rate: 0.1, count: 6 } }) });
  assert.equal(namesOf(few)[0], 'mixtral-8x7b');
});

test('one action in twenty tries a skipped model where the policy has it, by its id; critical ones never do', () => {
  const failing = { passRates: rates({ 'mixtral-8x7b': { rate: 0.1, count: 60 } }) };
  const ids = Array.from({ length: 2000 }, (_, i) => `action-${i}`);
  const trying = (overrides: Partial<Request>, share = 0.05) =>
    ids.filter((actionId) => {
      const context = { ...failing, config: aConfig() };
      context.config.routing = { ...context.config.routing, explorationShare: share };
      const plan = planFor(moderate, { origin: { actionId }, ...overrides }, context);
      const tried = namesOf(plan)[0] === 'mixtral-8x7b';
      if (tried)
        assert.match(plan.reason, /mixtral-8x7b: tried again, .* although it passes 10 % of the time/);
      return tried;
    });
  const some = trying({});
  assert.ok(some.length > 70 && some.length < 130, `${some.length} of 2000`);
  assert.deepEqual(trying({}), some, 'the same actions every time');
  assert.deepEqual(trying({ critical: true }), []);
  assert.deepEqual(trying({}, 0), []);
  assert.equal(trying({}, 1).length, ids.length);
});

test('a skipped model comes back when nothing else is left', () => {
  const failing = { rate: 0.05, count: 100 };
  const plan = planFor(
    moderate,
    { privacy: 'local' },
    { passRates: rates({ 'mixtral-8x7b': failing, 'codestral-22b': failing, 'phi3-mini': failing }) },
  );
  assert.ok(namesOf(plan).length > 0);
  assert.ok(plan.candidates.every((candidate) => candidate.model.selfHosted));
});

test('a cheaper model that proved itself goes first, except where the request is critical', () => {
  const proven = rates({ 'phi3-mini': { rate: 0.97, count: 200 } });
  const plan = planFor(moderate, {}, { passRates: proven });
  assert.equal(namesOf(plan)[0], 'phi3-mini');
  assert.match(plan.reason, /it passes 97 % of the time on requests like this .*weight of 200 fresh ones/);
  assert.equal(namesOf(planFor(moderate, { critical: true }, { passRates: proven }))[0], 'claude-sonnet');
  const middling = rates({ 'phi3-mini': { rate: 0.8, count: 200 } });
  assert.equal(namesOf(planFor(moderate, {}, { passRates: middling }))[0], 'mixtral-8x7b');
});

test('Wilson’s interval holds the rate and narrows with the count', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.integer({ min: 1, max: 10_000 }),
      (rate, count) => {
        const { low, high } = wilsonInterval(rate, count);
        assert.ok(low <= rate + 1e-9 && high >= rate - 1e-9 && low >= 0 && high <= 1);
        const more = wilsonInterval(rate, count * 4);
        assert.ok(more.high - more.low <= high - low + 1e-9);
      },
    ),
  );
  // Worked by hand: 8 of 10, z = 1.96.
  const { low, high } = wilsonInterval(0.8, 10);
  assert.ok(Math.abs(low - 0.4902) < 0.001 && Math.abs(high - 0.9433) < 0.001);
});
