/** The commands as processes, against one daemon on simulated models. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import {
  swarmd as command,
  type Ended,
  type RunningDaemon,
  startSimulated,
} from '../support/swarmd-process.ts';
import { tempDir } from '../support/temp.ts';

describe('with a daemon', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'swarmd-commands-'));
  const swarmd = (args: readonly string[], input?: string): Promise<Ended> =>
    command(args, { dataDir, ...(input === undefined ? {} : { input }) });
  const endings: (() => Promise<void>)[] = [];
  let daemon: RunningDaemon;
  let id = '';

  before(async () => {
    daemon = await startSimulated(
      { after: (done: () => Promise<void>) => void endings.push(done) },
      { dataDir },
    );
    const submitted = await swarmd(['submit', 'What is 17 * 23? Answer with the number only.', '--wait']);
    assert.equal(submitted.status, 0, submitted.stderr);
    id = submitted.stdout.split('\n')[0] ?? '';
  });
  after(async () => {
    for (const end of endings) await end();
    rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
  });

  test('run prints the answer on stdout, and tier, quality, cost and why on stderr', async () => {
    const { status, stdout, stderr } = await swarmd([
      'run',
      'Classify as positive or negative:',
      'I love it',
    ]);
    assert.equal(status, 0);
    assert.equal(stdout.trim(), 'positive');
    for (const word of ['tier    LOCAL_', 'quality ', 'cost $', 'why     ', 'id      '])
      assert.ok(stderr.includes(word));
  });

  test('run --json prints one object with everything', async () => {
    const schema = join(dataDir, 'schema.json');
    writeFileSync(schema, '{"type":"object","properties":{"name":{"type":"string"}},"required":["name"]}');
    const { status, stdout } = await swarmd([
      'run',
      '--json',
      '--private',
      '--schema',
      schema,
      '--budget',
      '0.01',
      'The name in: "Ada lives in London"',
    ]);
    assert.equal(status, 0);
    const result = JSON.parse(stdout);
    assert.equal(typeof JSON.parse(result.answer).name, 'string');
    for (const field of ['id', 'tier', 'model', 'quality', 'cost_usd', 'reason'])
      assert.ok(result[field] !== null, field);
    assert.notEqual(result.tier, 'api_fallback');
  });

  test('what fails ends with the exit code of its error', async () => {
    const { status, stdout, stderr } = await swarmd(['run', 'x', '--tier', 'nonsense']);
    assert.equal(status, 64);
    assert.equal(stdout, '');
    assert.match(stderr, /tier: "nonsense"; allowed: "local_fast"/);
  });

  test('show, result, explain and tree tell of one action', async () => {
    const [show, result, explained, tree] = await Promise.all([
      swarmd(['show', id]),
      swarmd(['result', id]),
      swarmd(['explain', id]),
      swarmd(['tree', id]),
    ]);
    assert.match(show.stdout, /asked\n {2}What is 17 \* 23/);
    assert.match(result.stdout, /391/);
    for (const part of ['classified ', 'policy tiers: ', 'what was done', 'calls', '  answer   LOCAL_'])
      assert.ok(explained.stdout.includes(part), part);
    assert.ok(tree.stdout.includes(id));
    assert.match(tree.stdout, /1 action, \$0\.00 together/);
  });

  test('list filters, and prints JSON lines', async () => {
    const json = await swarmd(['list', '--status', 'completed', '--json', '--limit', '1']);
    assert.equal(json.stdout.trim().split('\n').length, 1);
    assert.equal(JSON.parse(json.stdout).status, 'completed');
    const none = await swarmd(['list', '--tag', 'nobody-has-this']);
    assert.deepEqual([none.status, none.stdout], [0, '']);
    const bad = await swarmd(['list', '--status', 'done']);
    assert.deepEqual([bad.status, /allowed|instead/.test(bad.stderr)], [64, true]);
  });

  test('submit takes a file, JSON lines on standard input, and all or nothing', async () => {
    const file = join(dataDir, 'lines.txt');
    writeFileSync(file, 'Say hi\n# a comment\n\nSay ho\n');
    const ids = (await swarmd(['submit', '--file', file, '--tag', 'filed'])).stdout.trim().split('\n');
    assert.equal(ids.length, 2);
    const bad = await swarmd(
      ['submit', '-'],
      '{"prompt":"a","tags":["no"]}\n{"promt":"b"}\n{"prompt":"c","tier":"x"}\n',
    );
    assert.equal(bad.status, 64);
    assert.match(bad.stderr, /line 2: unknown field "promt" \(did you mean "prompt"\?\)/);
    assert.match(bad.stderr, /line 3: tier: "x"/);
    assert.equal((await swarmd(['list', '--tag', 'no'])).stdout, '');
    const again = await swarmd(['submit', '--key', 'k1', 'Say it once']);
    assert.equal((await swarmd(['submit', '--key', 'k1', 'Say it once'])).stdout, again.stdout);
  });

  test('many at once all end, on one local host', async () => {
    const lines = Array.from({ length: 40 }, (_, n) => `What is ${n} + ${n}?`).join('\n');
    const { status, stdout } = await swarmd(['submit', '-', '--wait', '--json'], lines);
    assert.equal(status, 0);
    const ended = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
      .filter((one) => one.finished_at);
    assert.equal(ended.length, 40);
  });

  test('watch follows one action to its end', async () => {
    const { stdout: one } = await swarmd(['submit', 'Name a colour']);
    const { status, stdout } = await swarmd(['watch', one.trim()]);
    assert.equal(status, 0);
    assert.match(stdout.trim().split('\n').at(-1) ?? '', /finished .*completed/);
  });

  test('pause keeps new actions queued; cancel ends one, retry brings it back, resume works on', async () => {
    assert.match((await swarmd(['pause'])).stdout, /paused/);
    const queued = (await swarmd(['submit', 'Name a river'])).stdout.trim();
    assert.equal((await swarmd(['result', queued])).status, 75);
    assert.equal(
      (await swarmd(['cancel', queued, '--reason', 'no need'])).stdout.trim(),
      `cancelled ${queued}`,
    );
    const cancelled = await swarmd(['result', queued]);
    assert.equal(cancelled.status, 1);
    assert.match(cancelled.stderr, /no need/);
    assert.match((await swarmd(['retry', queued])).stdout, /^queued /);
    assert.match((await swarmd(['resume'])).stdout, /running/);
    assert.equal((await swarmd(['result', queued, '--wait'])).status, 0);
  });

  test('status and costs tell of the daemon, the models, the budget and the comparison', async () => {
    const status = (await swarmd(['status'])).stdout;
    for (const part of ['daemon    running', 'SIMULATED', 'LOCAL_FAST', 'budget    $'])
      assert.ok(status.includes(part), part);
    const costs = (await swarmd(['costs', '--by', 'day,tier'])).stdout;
    assert.match(costs, /DAY +TIER +CALLS/);
    assert.match(costs, /tokens in × \$2 \+ [\d,]+ tokens out × \$10\) \/ 1,000,000 = \$/);
    const { sums, baseline } = JSON.parse((await swarmd(['costs', '--json', '--by', 'type'])).stdout);
    assert.ok(sums.length > 0);
    const formula = (baseline.input_tokens * 2 + baseline.output_tokens * 10) / 1e6;
    assert.ok(Math.abs(baseline.usd - formula) < 1e-9);
  });

  test('explain --dry-run tells the plan and changes nothing', async () => {
    const count = async () => (await swarmd(['list', '--json', '--limit', '1000'])).stdout.split('\n').length;
    const before = await count();
    const { status, stdout } = await swarmd([
      'explain',
      '--dry-run',
      'Prove that there are infinitely many primes',
    ]);
    assert.equal(status, 0);
    assert.match(stdout, /^complex, score/);
    assert.match(stdout, /1\. mixtral-8x7b \(local_quality\)/);
    assert.equal(await count(), before);
  });

  test('an answer with escape sequences cannot steer the terminal', async () => {
    const { stdout } = await swarmd(['submit', 'Say \u001b]0;owned\u0007 and nothing else', '--wait']);
    const shown = await swarmd(['show', stdout.split('\n')[0] ?? '']);
    assert.ok(!shown.stdout.includes('\u001b'));
    assert.match(shown.stdout, /␛]0;owned␇/);
  });

  test('a second daemon on the same data is refused and names the first', async () => {
    const { status, stderr } = await swarmd(['start', '--simulate', '--data-dir', dataDir]);
    assert.notEqual(status, 0);
    assert.match(stderr, new RegExp(`process id ${daemon.process.pid} already runs`));
  });

  test('kill stops the daemon, start stays refused until unkill; the record is still readable', async () => {
    assert.equal((await swarmd(['kill', 'enough'])).status, 0);
    const { status } = await daemon.ended;
    assert.equal(status, 75);
    const refused = await swarmd(['start', '--simulate', '--data-dir', dataDir]);
    assert.equal(refused.status, 75);
    assert.match(refused.stderr, /kill switch: enough/);
    assert.match((await swarmd(['status'])).stdout, /not running[\s\S]*KILLED {4}enough/);
    assert.match((await swarmd(['unkill'])).stdout, /lifted/);
    assert.match((await swarmd(['result', id])).stdout, /391/);
    assert.ok((await swarmd(['explain', id])).stdout.includes('calls'));
    assert.match((await swarmd(['costs'])).stdout, /LOCAL_/);
    assert.equal((await swarmd(['watch'])).status, 69);
  });
});

test('submit without a daemon accepts into the record, which the next daemon works off', async (t) => {
  const dataDir = tempDir(t);
  writeFileSync(join(dataDir, 'SIMULATED'), '');
  const submitted = await command(['submit', 'Name a colour'], { dataDir });
  assert.equal(submitted.status, 0);
  assert.match(submitted.stderr, /they start with: swarmd start/);
  const drained = await command(
    [
      'start',
      '--simulate',
      '--data-dir',
      dataDir,
      '--simulate-speed',
      '0',
      '--set',
      'http.port=0',
      '--drain',
    ],
    { dataDir },
  );
  assert.equal(drained.status, 0, drained.stderr);
  assert.match(drained.stderr, /SIMULATED/);
  const result = await command(['result', submitted.stdout.trim()], { dataDir });
  assert.equal(result.status, 0);
  assert.ok(!existsSync(join(dataDir, 'daemon.json')));
});

test('run without a daemon starts one for the call and stops it', async (t) => {
  const dataDir = tempDir(t);
  const { status, stdout, stderr } = await command(
    ['run', '--simulate', 'Is 97 prime? yes or no', '--json'],
    {
      dataDir,
    },
  );
  assert.equal(status, 0, stderr);
  assert.equal(JSON.parse(stdout).status, 'completed');
  assert.ok(existsSync(join(dataDir, 'simulated', 'memory.db')), 'simulated answers lie apart');
  assert.ok(!existsSync(join(dataDir, 'memory.db')));
});

test('simulated and real data never share a directory', async (t) => {
  const dataDir = tempDir(t);
  writeFileSync(join(dataDir, 'SIMULATED'), '');
  const real = await command(['start', '--data-dir', dataDir], { dataDir });
  assert.match(real.stderr, /holds simulated actions/);
  rmSync(join(dataDir, 'SIMULATED'));
  await command(['submit', 'x'], { dataDir });
  const simulated = await command(['start', '--simulate', '--data-dir', dataDir], { dataDir });
  assert.match(simulated.stderr, /holds real actions/);
});

test('reading where nothing was ever done finds nothing and creates nothing', async (t) => {
  const dataDir = join(tempDir(t), 'none');
  const options = { dataDir: tempDir(t), env: { SWARMD_HOME: dataDir, MEMORY_DB: undefined } };
  assert.equal((await command(['list'], options)).status, 0);
  assert.match((await command(['status'], options)).stdout, /not running/);
  assert.equal((await command(['result', 'x'], options)).status, 1);
  assert.equal((await command(['retry', 'x'], options)).status, 69);
  assert.ok(!existsSync(dataDir));
});

test('every command has --help with an example, and refuses an unknown flag with 64', async (t) => {
  const { commandTable } = await import('../../scripts/command-table.ts');
  const { Command } = await import('commander');
  for (const { name, load } of commandTable) {
    const program = new Command('swarmd').exitOverride();
    let text = '';
    program.configureOutput({ writeOut: (part) => (text += part), writeErr: (part) => (text += part) });
    (await load())(program);
    const own = program.commands.find((one) => one.name() === name);
    assert.ok(own, `${name} registers a command of its name`);
    await assert.rejects(program.parseAsync([name, '--help'], { from: 'user' }), { exitCode: 0 });
    assert.match(text, new RegExp(`swarmd ${name}`), `${name} --help shows how it is called`);
    await assert.rejects(program.parseAsync([name, '--no-such-flag'], { from: 'user' }), { exitCode: 1 });
  }
  const unknown = await command(['lst'], { dataDir: tempDir(t) });
  assert.equal(unknown.status, 64);
  assert.match(unknown.stderr, /unknown command "lst" \(did you mean "list"\?\)/);
  const flag = await command(['list', '--statsu', 'x'], { dataDir: tempDir(t) });
  assert.equal(flag.status, 64);
  assert.match(flag.stderr, /--status/);
});
