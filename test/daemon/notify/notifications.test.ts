/** What a daemon tells others, seen from where it arrives. */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLogger } from '../../../daemon/logger.ts';
import { startSimulator } from '../../../scripts/simulator/simulator.ts';
import { startTestDaemon } from '../../support/daemon.ts';
import { spawnDaemon } from '../../support/daemon-process.ts';
import { readRecord } from '../../support/record.ts';
import { hasRedis, type PrivateRedis, startRedis } from '../../support/redis.ts';
import { swarmd } from '../../support/swarmd-process.ts';
import { tempDir } from '../../support/temp.ts';
import { until } from '../../support/until.ts';
import { startReceiver } from './receiver.ts';

const skip = !hasRedis;
const secret = 'a-signing-key';
let redis: PrivateRedis;
let prefixes = 0;

before(async () => {
  if (hasRedis) redis = await startRedis();
});
after(() => redis?.stop());

const all = ['done', 'failed', 'budget_alert', 'kill'];

async function tellingDaemon(
  t: TestContext,
  set: Record<string, unknown>,
  log?: { write(line: string): void },
) {
  prefixes += 1;
  let offset = 0;
  const clock = {
    now: () => Date.now() + offset,
    sleep: (ms: number, signal?: AbortSignal) => sleep(ms, undefined, signal === undefined ? {} : { signal }),
  };
  const daemon = await startTestDaemon(t, {
    queueUrl: redis.url,
    env: { NOTIFY_WEBHOOK_SECRET: secret, NOTIFY_NTFY_TOKEN: 'a-topic-token' },
    set: { 'queue.prefix': `notify${prefixes}`, 'retry.max_retries': 0, ...set },
    options: { clock, ...(log === undefined ? {} : { logger: createLogger('info', log) }) },
  });
  return {
    ...daemon,
    pass(ms: number) {
      offset += ms;
    },
  };
}

const prompt = 'Classify as positive or negative: I love the SECRETWORD';

test('an action that is done is told with a signature that fits, without prompt or answer', {
  skip,
}, async (t) => {
  const receiver = await startReceiver(t);
  const { run } = await tellingDaemon(t, {
    'notifications.webhook.url': `${receiver.url}/hook?key=1`,
    'notifications.webhook.events': all,
  });
  const action = await run({ prompt, type: 'summarize' });
  const [message] = await receiver.messages(1);
  const [first] = receiver.received;
  assert.ok(first !== undefined && message !== undefined);
  assert.equal(first.path, '/hook?key=1');
  const timestamp = String(first.headers['x-swarmd-timestamp']);
  assert.equal(
    first.headers['x-swarmd-signature'],
    `v1=${createHmac('sha256', secret).update(`${timestamp}.${first.body}`).digest('hex')}`,
  );
  assert.ok(Math.abs(Number(timestamp) - Date.now() / 1000) < 60);
  assert.equal(first.headers['x-swarmd-event'], 'done');
  assert.equal(first.headers['x-swarmd-delivery'], message.id);
  assert.deepEqual(message.action, {
    id: action.id,
    status: 'completed',
    type: 'summarize',
    tier: action.tier,
    quality: action.quality,
    cost_usd: 0,
    degraded: action.degraded !== null,
    error: null,
  });
  assert.doesNotMatch(first.body, /SECRETWORD|positive/);
});

test('answers go along where the configuration says so, and never those of a private action', {
  skip,
}, async (t) => {
  const receiver = await startReceiver(t);
  const { run } = await tellingDaemon(t, {
    'notifications.webhook.url': receiver.url,
    'notifications.webhook.events': all,
    'notifications.include_answer': true,
  });
  const open = await run({ prompt });
  const [told] = await receiver.messages(1);
  assert.equal(told?.action?.answer, open.answer);
  const closed = await run({ prompt: `${prompt} again`, privacy: 'local' });
  const [, ofPrivate] = await receiver.messages(2);
  assert.deepEqual(ofPrivate?.action, { id: closed.id, status: 'completed' });
  // Nobody marked this one: what it contains keeps it in the house.
  const card = await run({ prompt: 'Is 4111 1111 1111 1111 a valid card number?' });
  const [, , ofCard] = await receiver.messages(3);
  assert.deepEqual(ofCard?.action, { id: card.id, status: card.status });
});

test('only the events asked for are told, of a tree its root alone', { skip }, async (t) => {
  const receiver = await startReceiver(t);
  const { run, daemon } = await tellingDaemon(t, {
    'notifications.webhook.url': receiver.url,
    'notifications.webhook.events': ['done'],
  });
  const root = await run({ type: 'agent', objective: 'Compare tea and coffee' });
  const children = daemon.memory.actions.children(root.id);
  assert.ok(root.status !== 'completed' || children.length > 0);
  const failed = await run({ prompt: 'x', tier: 'api_fallback', budget_usd: 0 });
  assert.equal(failed.status, 'failed');
  const last = await run({ prompt });
  await until('the last one is told', () => receiver.received.some(({ body }) => body.includes(last.id)));
  const told = (await receiver.messages(1)).map((message) => message.action?.id);
  assert.deepEqual(told, root.status === 'completed' ? [root.id, last.id] : [last.id]);
});

test('a receiver that is down gets it later under the same id, and the work does not wait for it', {
  skip,
}, async (t) => {
  const receiver = await startReceiver(t);
  receiver.answer(500);
  const { run, pass, daemon } = await tellingDaemon(t, {
    'notifications.webhook.url': receiver.url,
    'notifications.webhook.events': all,
  });
  const action = await run({ prompt });
  assert.equal(action.status, 'completed');
  await receiver.messages(1);
  receiver.answer(200);
  pass(10_000);
  const [first, second] = await receiver.messages(2);
  assert.equal(first?.id, second?.id);
  await until('nothing waits', () => daemon.memory.outbox.pending('webhook', 1).length === 0);
});

test('a redirect is not followed; 410 ends it; what cannot be delivered for a day is given up', {
  skip,
}, async (t) => {
  const receiver = await startReceiver(t);
  const lines: string[] = [];
  const { run, pass, daemon } = await tellingDaemon(
    t,
    { 'notifications.webhook.url': `${receiver.url}/path-with-a-key`, 'notifications.webhook.events': all },
    { write: (line) => void lines.push(line) },
  );
  const waiting = () => daemon.memory.outbox.pending('webhook', 10).length;
  receiver.answer(302);
  await run({ prompt });
  await receiver.messages(1);
  await until('it is to be tried again', () => lines.some((line) => line.includes('not delivered')));
  assert.equal(waiting(), 1);
  pass(25 * 3_600_000);
  await until('it is given up', () => waiting() === 0);
  receiver.answer(410);
  await run({ prompt: `${prompt} again` });
  await until('the second is given up', () => lines.filter((line) => line.includes('given up')).length === 2);
  assert.equal(waiting(), 0);
  assert.doesNotMatch(lines.join(''), /path-with-a-key|a-signing-key|SECRETWORD/);
});

test('without a signing key nothing is sent; ntfy gets its topic, its token and words', {
  skip,
}, async (t) => {
  const receiver = await startReceiver(t);
  const { run, daemon } = await startTestDaemon(t, {
    queueUrl: redis.url,
    env: { NOTIFY_NTFY_TOKEN_FILE: tokenFile(t) },
    set: {
      'queue.prefix': 'notify-unsigned',
      'notifications.webhook.url': `${receiver.url}/hook`,
      'notifications.webhook.events': all,
      'notifications.ntfy.url': `${receiver.url}/my-topic`,
      'notifications.ntfy.events': all,
    },
  });
  const action = await run({ prompt });
  await receiver.messages(1);
  await until('ntfy has its own', () => daemon.memory.outbox.pending('ntfy', 1).length === 0);
  assert.equal(receiver.received.length, 1);
  const [{ path, headers, body } = { path: '', headers: {}, body: '{}' }] = receiver.received;
  assert.equal(path, '/');
  assert.equal(headers.authorization, 'Bearer from-a-file');
  const note = JSON.parse(body) as Record<string, unknown>;
  assert.equal(note.topic, 'my-topic');
  assert.equal(note.title, 'swarmd: action completed');
  assert.match(String(note.message), new RegExp(`^${action.id}, prompt, local_`));
  assert.equal(daemon.memory.outbox.pending('webhook', 10).length, 1);
});

function tokenFile(t: TestContext): string {
  const file = join(tempDir(t), 'token');
  writeFileSync(file, 'from-a-file\n');
  return file;
}

test('a budget that is nearly used up is told once a day', { skip }, async (t) => {
  const receiver = await startReceiver(t);
  const { run } = await tellingDaemon(t, {
    'notifications.webhook.url': receiver.url,
    'notifications.webhook.events': ['budget_alert'],
    'cost_control.daily_budget': 1,
    'cost_control.alert_threshold': 0.0001,
  });
  await run({ prompt: 'What is 17 * 23?', tier: 'api_fallback', max_tokens: 100 });
  await run({ prompt: 'What is 18 * 23?', tier: 'api_fallback', max_tokens: 100 });
  const [alert] = await receiver.messages(1);
  assert.equal(alert?.event, 'budget_alert');
  assert.equal(alert.budget?.limit, 'day');
  assert.match(alert.budget.line, /of the day limit is used: .* of \$1\.00 \(cost_control\.daily_budget\)/);
  await sleep(1_500);
  assert.equal(receiver.received.length, 1);
});

test('a limit set below what is spent is told at once, without a further action', { skip }, async (t) => {
  const receiver = await startReceiver(t);
  const { dataDir, run } = await tellingDaemon(t, {
    'notifications.webhook.url': receiver.url,
    'notifications.webhook.events': ['budget_alert'],
    'cost_control.daily_budget': 100,
  });
  await run({ prompt: 'What is 17 * 23?', tier: 'api_fallback', max_tokens: 100 });
  const set = await swarmd(['budget', 'set', 'daily_budget', '0.000001'], { dataDir });
  assert.equal(set.status, 0, set.stderr);
  const [alert] = await receiver.messages(1);
  assert.match(alert?.budget?.line ?? '', /of the day limit is used/);
});

test('the kill switch is told before the daemon has ended', { skip }, async (t) => {
  const receiver = await startReceiver(t);
  const lines: string[] = [];
  const log = { write: (line: string) => void lines.push(line) };
  const { daemon } = await tellingDaemon(t, { 'notifications.webhook.url': receiver.url }, log);
  await daemon.control.kill('the smoke is real');
  assert.equal(await daemon.ended, 'killed');
  const [kill] = await receiver.messages(1);
  assert.equal(kill?.event, 'kill');
  assert.equal(kill.reason, 'the smoke is real');
  assert.match(lines.join(''), /"reason":"the smoke is real".*stopped by the kill switch/);
});

test('what a killed daemon had not told is told by the next one', { skip }, async (t) => {
  const receiver = await startReceiver(t);
  receiver.answer(503);
  const simulator = await startSimulator({ speed: 0, seed: 1 });
  t.after(() => simulator.close());
  const dataDir = tempDir(t);
  const given = {
    dataDir,
    ollamaUrl: simulator.url,
    queueUrl: redis.url,
    env: { NOTIFY_WEBHOOK_SECRET: secret },
    set: {
      'queue.prefix': 'notify-crash',
      'notifications.webhook.url': receiver.url,
      'notifications.webhook.events': all,
    },
  };
  const first = await spawnDaemon(given);
  const { id } = (await first.ask('/v1/actions', { prompt })) as { id: string };
  await until('the action has ended', () =>
    readRecord<{ status: string }>(dataDir, `select status from actions where id = '${id}'`).some(
      ({ status }) => status === 'completed',
    ),
  );
  await first.kill();
  receiver.answer(200);
  const before = receiver.received.length;
  const second = await spawnDaemon(given);
  await receiver.messages(before + 1);
  assert.match(receiver.received[before]?.body ?? '', new RegExp(id));
  assert.equal(await second.stop(), 0);
});
