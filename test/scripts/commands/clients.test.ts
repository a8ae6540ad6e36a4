import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connect } from '../../../daemon/client.ts';
import { startSimulated, swarmd } from '../../support/swarmd-process.ts';
import { tempDir } from '../../support/temp.ts';

test('clients adds, lists, rotates and removes, with stable exit codes and suggestions', async (t) => {
  const dataDir = tempDir(t);
  const clients = (...args: string[]) => swarmd(['clients', ...args], { dataDir });

  assert.equal((await clients('list', '--json')).stdout, '[]\n');
  const added = await clients(
    'add',
    'ci',
    '--scope',
    'submit',
    '--scope',
    'read,admin',
    '--daily-budget',
    '2.50',
  );
  assert.equal(added.status, 0, added.stderr);
  assert.match(added.stdout, /^swc_[\w-]{43}\n$/, 'the token alone is on stdout');
  assert.match(added.stderr, /ci may read, submit, admin, at most \$2\.50 a day; this token is shown once/);
  const shy = JSON.parse(
    (await clients('add', 'shy', '--privacy', 'local', '--project', 'p1', '--json')).stdout,
  );
  assert.deepEqual(
    [shy.scopes, shy.privacy, shy.project, shy.role, shy.daily_budget_usd],
    [['read', 'submit'], 'local', 'p1', null, null],
  );

  const listed = await clients('list', '--json');
  assert.ok(!listed.stdout.includes('swc_'));
  assert.deepEqual(
    listed.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).name),
    ['ci', 'shy'],
  );
  // The limit is the one that `swarmd budget` knows: there is no second one.
  const budget = JSON.parse((await swarmd(['budget', 'show', '--json'], { dataDir })).stdout);
  assert.ok(
    budget.limits.some(
      (one: { limit: string; name: string; value: number }) =>
        one.limit === 'client' && one.name === 'ci' && one.value === 2.5,
    ),
  );
  const rotated = await clients('rotate', 'ci');
  assert.match(rotated.stdout, /^swc_/);
  assert.notEqual(rotated.stdout, added.stdout);
  assert.equal((await clients('remove', 'shy')).status, 0);

  for (const [args, status, says] of [
    [['add', 'ci'], 1, /there is a client "ci" already[\s\S]*swarmd clients rotate/],
    [['remove', 'ic'], 1, /no client "ic" \(did you mean "ci"\?\)/],
    [['rotate', 'nobody'], 1, /no client "nobody"/],
    [['add', 'x', '--scope', 'sumbit'], 64, /no scope "sumbit" \(did you mean "submit"\?\)/],
    [['add', 'x', '--privacy', 'lokal'], 64, /local/],
    [['add', 'x', '--daily-budget', '0'], 64, /would be no limit[\s\S]*--privacy local/],
    [['add', 'two words'], 64, /cannot be called "two words"/],
    [['add', 'x', '--scoop', 'read'], 64, /unknown option '--scoop'/],
    [['add'], 64, /name/],
  ] as const) {
    const refused = await clients(...args);
    assert.equal(refused.status, status, `${args.join(' ')}: ${refused.stderr}`);
    assert.match(refused.stderr, says);
    assert.equal(refused.stdout, '');
  }
});

test('a client made while the daemon runs works at once, within its scopes and its budget, until it is removed', async (t) => {
  const dataDir = tempDir(t);
  const { url } = await startSimulated(t, { dataDir });
  const made = async (...args: string[]) => {
    const { stdout, stderr } = await swarmd(['clients', 'add', ...args], { dataDir });
    assert.match(stdout, /^swc_/, stderr);
    return await connect({ url, token: stdout.trim() });
  };
  const worker = await made('worker', '--daily-budget', '0.000001');
  const { id } = await worker.submit({ prompt: 'What is 17 * 23?', tier: 'api_fallback', attempts: 1 });
  const end = await worker.waitFor(id);
  assert.equal(end.status, 'failed');
  assert.match(end.error?.message ?? '', /swarmd budget set client_budgets\.worker/);
  const free = await worker.submit({ prompt: 'What is 17 * 23?' });
  assert.match((await worker.waitFor(free.id)).answer ?? '', /391/);
  assert.deepEqual((await worker.list()).map((action) => action.id).sort(), [id, free.id].sort());
  await assert.rejects(worker.status(), { code: 'DENIED' });
  const owners = await swarmd(['submit', 'What is 2 + 2?'], { dataDir });
  assert.equal(owners.status, 0, owners.stderr);
  const listed = await swarmd(['list', '--client', 'worker', '--json'], { dataDir });
  assert.equal(listed.stdout.trim().split('\n').length, 2, listed.stdout);

  const reader = await made('reader', '--scope', 'read');
  assert.deepEqual(await reader.list(), []);
  await assert.rejects(reader.submit({ prompt: 'x' }), {
    code: 'DENIED',
    message: /needs the scope "submit"/,
  });
  await assert.rejects(reader.action(id), { code: 'NOT_FOUND' });
  assert.equal((await swarmd(['clients', 'remove', 'reader'], { dataDir })).status, 0);
  await assert.rejects(reader.list(), { code: 'DENIED', message: /not the right one/ });
});
