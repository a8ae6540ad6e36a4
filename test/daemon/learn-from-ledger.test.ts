import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import pino from 'pino';
import { swarmd } from '../scripts/commands/support.ts';
import { startTestDaemon, type TestDaemon } from '../support/daemon.ts';

const things = ['tide', 'loom', 'kiln', 'lens', 'pump', 'valve', 'rudder', 'sundial', 'anvil', 'bellows'];
const places = ['mill', 'harbour', 'school', 'garden', 'theatre', 'workshop', 'museum', 'farm', 'forge'];
const prompts = things.flatMap((thing) =>
  places.flatMap((place) => [
    `Describe in a few sentences what a ${thing} does in a ${place}.`,
    `Describe in a few sentences why a ${place} would buy a ${thing}.`,
  ]),
);
const taught = prompts.slice(0, 130);
const fresh = prompts.slice(130);

/** A daemon with one local model, whose answers are labelled with the simulator's own truth and learned from. */
async function taughtDaemon(
  t: TestContext,
  given: { critic: boolean; manner?: 'honest' | 'yes_sayer'; set?: Record<string, unknown> },
) {
  const lines: string[] = [];
  const logger = pino({ level: 'info' }, { write: (line: string) => void lines.push(line) });
  const daemon = await startTestDaemon(t, {
    api: false,
    simulator: {
      critic: given.manner ?? 'yes_sayer',
      models: [{ name: 'phi3:mini', pass: { simple: 0.6, moderate: 0.6, complex: 0.6 } }],
    },
    set: {
      'tiers.local_fast.models': '["phi3-mini"]',
      'tiers.local_quality.models': '[]',
      'routing.enable_self_critique': given.critic,
      ...given.set,
    },
    options: { logger },
  });
  for (const prompt of taught) await answerAndLabel(daemon, prompt);
  const home = { cwd: daemon.dataDir, env: { SWARMD_HOME: daemon.dataDir } };
  return {
    ...daemon,
    learn: (...args: string[]) => swarmd(['learn', '--json', '--no-check', ...args], home),
    /** Works until the running daemon has read the file again. */
    noticed: async () => {
      for (let tries = 0; !lines.some((line) => line.includes('"msg":"learned"')); tries++) {
        if (tries > 2000) throw new Error(`never noticed: ${lines.slice(-3).join('')}`);
        await daemon.run({ type: 'prompt', prompt: `Say the number ${tries}` });
      }
    },
    accepted: async () => {
      const verdicts: boolean[] = [];
      for (const prompt of fresh) {
        const { id } = await daemon.run({ type: 'prompt', prompt });
        const calls = daemon.daemon.memory.calls.forAction(id);
        verdicts.push(calls.some((call) => call.role === 'answer' && call.accepted === true));
      }
      return verdicts;
    },
    critiques: () => daemon.daemon.memory.calls.totals(0, Number.MAX_SAFE_INTEGER).critiqueCalls,
  };
}

async function answerAndLabel({ run, daemon, simulator }: TestDaemon, prompt: string): Promise<void> {
  const billed = simulator.bill().rows.length;
  const { id } = await run({ type: 'prompt', prompt });
  const call = daemon.memory.calls.forAction(id).find((one) => one.role === 'answer');
  // The first row of this action is its answer, the second the critique of it.
  const truth = simulator.bill().rows[billed];
  assert.ok(call !== undefined && truth !== undefined);
  await daemon.memory.labels.add({
    callId: call.id,
    label: truth.acceptable === true ? 'good' : 'bad',
    source: 'feedback',
    confidence: 1,
    at: Date.now(),
  });
}

test('learned from its own ledger, the running daemon accepts with a yes-saying critic what it accepts without one', async (t) => {
  const flattered = await taughtDaemon(t, { critic: true });
  const before = flattered.critiques();
  assert.ok(before > 50, 'the critic was asked about prose');
  const learned = flattered.learn();
  assert.equal(learned.status, 0, learned.stderr);
  const lesson = JSON.parse(learned.stdout);
  assert.equal(lesson.source, 'ledger');
  assert.deepEqual(
    lesson.calibrated.map((one: { type: string; reads_critique: boolean }) => [one.type, one.reads_critique]),
    [['prompt', false]],
  );
  assert.ok(lesson.labels.feedback === taught.length);
  await flattered.noticed();
  const asked = flattered.critiques();
  const withCritic = await flattered.accepted();
  const explored = flattered.critiques() - asked;
  assert.ok(
    explored < 10,
    `a critic that does not help is hardly asked any more: ${explored} of ${fresh.length}`,
  );

  const plain = await taughtDaemon(t, { critic: false });
  assert.equal(plain.learn().status, 0);
  await plain.noticed();
  const without = await plain.accepted();
  assert.deepEqual(withCritic, without);
  assert.ok(without.some(Boolean) && !without.every(Boolean));
});

test('with accepted_wrong_rate the running daemon accepts by the threshold that keeps it, and says so', async (t) => {
  const rate = 0.25;
  const taught = await taughtDaemon(t, {
    critic: true,
    manner: 'honest',
    set: { 'quality_checks.accepted_wrong_rate': rate },
  });
  assert.equal(taught.learn().status, 0);
  await taught.noticed();
  let accepted = 0;
  let wrong = 0;
  for (const prompt of fresh) {
    const billed = taught.simulator.bill().rows.length;
    const { id } = await taught.run({ type: 'prompt', prompt });
    const call = taught.daemon.memory.calls.forAction(id).find((one) => one.role === 'answer');
    const hard = (call?.checks as { hard: boolean }[] | null)?.some((check) => check.hard) === true;
    if (!hard) assert.match(call?.reason ?? '', /threshold 0\.\d\d for at most 25 % wrong/);
    if (call?.accepted !== true) continue;
    accepted += 1;
    if (taught.simulator.bill().rows[billed]?.acceptable !== true) wrong += 1;
  }
  assert.ok(accepted >= 10, `${accepted} of ${fresh.length}`);
  assert.ok(wrong <= rate * accepted, `${wrong} of ${accepted} accepted answers are wrong`);
  // A threshold that the action states is not replaced.
  const { id } = await taught.run({
    type: 'prompt',
    prompt: 'Describe a lighthouse.',
    quality_threshold: 0.5,
  });
  const stated = taught.daemon.memory.calls.forAction(id).find((one) => one.role === 'answer');
  assert.doesNotMatch(stated?.reason ?? '', /at most 25 % wrong/);
});
