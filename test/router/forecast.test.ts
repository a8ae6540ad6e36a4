import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fromUsd } from '../../config/money.ts';
import { type ClaimOptions, checkClaims } from '../../router/forecast/claims.ts';
import { adviceFor, breakEvenPerDay, localCost } from '../../router/forecast/local-cost.ts';
import { actionsPerDay, forecastMix, mixes } from '../../router/forecast/mix.ts';
import { forecastThreshold, leastLocalMean, parseHistogram } from '../../router/forecast/threshold.ts';

/** $2 and $10 a million tokens. */
const price = { input: 2_000, output: 10_000 };
const options = { days: 30, price, outputShare: 0.25, fallbackShare: 0.05, localCost: 0 };
const nothing = { watts: 0, hoursPerDay: 0, usdPerKwh: 0, usdPerMonth: 0, usdPerGpuHour: 0 };

test('the documents’ savings come out of their inputs', () => {
  const savings = mixes.map((mix) => (100 * forecastMix(mix, options).savings).toFixed(1));
  assert.deepEqual(savings, ['87.1', '86.0', '74.6']);
});

test('the light mix worked by hand', () => {
  const [light] = mixes;
  assert.ok(light !== undefined);
  assert.deepEqual(actionsPerDay(light), {
    write_memory: 15,
    read_file: 10,
    list_files: 7,
    edit_file: 5,
    consolidate: 5,
    spawn_daemon: 2,
    git_log: 2,
    git_status: 2,
  });
  const found = forecastMix(light, { ...options, days: 1 });
  // 12,000 + 6,000 + 2,800 + 6,000 + 5,000 + 3,000 + 800 + 600 tokens; the API gets 3,000 and 5 % of 33,200.
  assert.equal(found.tokens, 36_200);
  assert.equal(found.apiTokens, 4_660);
  // 27,150 in at $2 and 9,050 out at $10 a million.
  assert.equal(found.apiOnly, fromUsd(0.1448));
  assert.equal(found.withLocal, fromUsd(0.01864));
  assert.equal(found.actions, 48);
});

test('savings do not depend on the price, net savings do', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...mixes),
      fc.integer({ min: 10, max: 100_000 }),
      fc.integer({ min: 10, max: 100_000 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (mix, input, output, outputShare) => {
        const found = forecastMix(mix, { ...options, price: { input, output }, outputShare });
        const usual = forecastMix(mix, options);
        assert.ok(Math.abs(found.savings - usual.savings) < 1e-6);
        const withMachine = forecastMix(mix, { ...options, localCost: found.apiOnly });
        assert.ok(withMachine.netSavings < withMachine.savings);
      },
    ),
  );
});

test('a machine’s cost is electricity and rent', () => {
  assert.equal(
    localCost({ watts: 350, hoursPerDay: 4, usdPerKwh: 0.3, usdPerMonth: 0, usdPerGpuHour: 0 }, 30),
    fromUsd(12.6),
  );
  assert.equal(localCost({ ...nothing, usdPerMonth: 50 }, 30), fromUsd(50));
  assert.equal(localCost({ ...nothing, usdPerGpuHour: 2, hoursPerDay: 3 }, 10), fromUsd(60));
});

test('break-even is cost over saving, never where nothing is saved, at once where nothing is spent', () => {
  assert.equal(breakEvenPerDay(fromUsd(2), fromUsd(0.01)), 200);
  assert.equal(breakEvenPerDay(fromUsd(2), 0), Number.POSITIVE_INFINITY);
  assert.equal(breakEvenPerDay(0, fromUsd(0.01)), 0);
});

test('advice has the documents’ boundaries', () => {
  assert.match(adviceFor(49), /^under 50/);
  assert.match(adviceFor(50), /^50 to 200/);
  assert.match(adviceFor(200), /^50 to 200/);
  assert.match(adviceFor(201), /^over 200/);
});

test('a histogram is read by line, and a bad line is named', () => {
  assert.deepEqual(parseHistogram('# tokens count\n500 90\n\n2000,8\n20000;2\n'), [
    { tokens: 500, count: 90 },
    { tokens: 2_000, count: 8 },
    { tokens: 20_000, count: 2 },
  ]);
  assert.deepEqual(parseHistogram('500 90\nmany 3'), {
    line: 2,
    problem: 'must be two whole numbers: tokens and count',
  });
});

test('the threshold keeps local what is under it', () => {
  const found = forecastThreshold(
    [
      { tokens: 500, count: 98 },
      { tokens: 8_000, count: 2 },
    ],
    8_000,
  );
  assert.equal(found.localRequests, 0.98);
  assert.equal(found.localTokens, 49_000 / 65_000);
  assert.equal(found.meanLocal, 500);
  assert.equal(found.meanCloud, 8_000);
});

test('the least mean of local prompts for a saving is the one that gives it', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0.5, max: 0.99, noNaN: true }),
      fc.double({ min: 0.1, max: 0.98, noNaN: true }),
      (local, savings) => {
        const mean = leastLocalMean(local, savings, 8_000);
        const localTokens = local * mean;
        assert.ok(Math.abs(localTokens / (localTokens + (1 - local) * 8_000) - savings) < 1e-9);
      },
    ),
  );
});

const claimOptions: ClaimOptions = {
  price,
  outputShare: 0.25,
  fallbackShare: 0.05,
  machine: nothing,
  threshold: 8_000,
  histogram: undefined,
};

test('every claim has a verdict with its reason; without a histogram ADR-006’s have no data', () => {
  const claims = checkClaims(claimOptions);
  assert.equal(claims.length, 10);
  for (const claim of claims) assert.ok(claim.reason.length > 0 && claim.computed.length > 0, claim.claim);
  assert.deepEqual(
    claims.map((claim) => claim.verdict),
    [
      ...['reproduced', 'reproduced', 'reproduced', 'wrong', 'arithmetic', 'wrong'],
      ...['no data', 'no data', 'no data', 'arithmetic'],
    ],
  );
});

test('a histogram can bear out 98 % local and 95 % saved, and then not 60 %', () => {
  const histogram = [
    { tokens: 3_880, count: 980 },
    { tokens: 10_000, count: 20 },
  ];
  const found = forecastThreshold(histogram, 8_000);
  assert.equal(found.localRequests, 0.98);
  assert.ok(Math.abs(found.localTokens - 0.95) < 0.005);
  const claims = checkClaims({ ...claimOptions, histogram });
  assert.deepEqual(
    claims.filter((claim) => claim.source === 'ADR-006').map((claim) => claim.verdict),
    ['reproduced', 'wrong', 'reproduced'],
  );
});
