/** `swarmd rollout` and `swarmd report --pilot` on a file without a daemon: everything is in SQLite. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { swarmd } from '../../support/swarmd-process.ts';
import { tempDir } from '../../support/temp.ts';

test('a rollout is started, shown, survives without a daemon, is in the way of a second one, and is stopped', async (t) => {
  const dataDir = tempDir(t);
  const rollout = (...args: string[]) => swarmd(['rollout', ...args], { dataDir });

  const none = await rollout('--json');
  assert.deepEqual([none.status, none.stdout], [0, '[]\n']);
  const started = await rollout('local_quality', '10%→50%→100%', '--min-answers', '30');
  assert.equal(started.status, 0, started.stderr);
  assert.match(
    started.stdout,
    /^local_quality: rollout, 10 % of the traffic \(step 1 of 3: 10 %, 50 %, 100 %\)/,
  );
  assert.match(started.stdout, /rollout +first_tier=local_quality; first answers accepted: none yet/);

  const shown = JSON.parse((await rollout('status', '--json')).stdout);
  assert.deepEqual(
    [shown.kind, shown.state, shown.share, shown.minimum_answers, shown.tolerance, shown.reason],
    ['rollout', 'running', 0.1, 30, 0.05, '0 of 30 judged answers'],
  );
  const second = await rollout('ab', 'strict', '--b', 'quality_threshold=0.8');
  assert.equal(second.status, 1);
  assert.match(
    second.stderr,
    /the rollout "local_quality" is running[\s\S]*swarmd rollout stop local_quality/,
  );
  const beside = await rollout(
    'shadow',
    'private',
    '--with',
    'policy=privacy-first',
    '--budget',
    '0.50',
    '--json',
  );
  assert.equal(JSON.parse(beside.stdout).budget_usd, 0.5);

  const status = await swarmd(['status'], { dataDir });
  assert.match(status.stdout, /^trying +local_quality: rollout, 10 %/m);
  const unnamed = await rollout('stop');
  assert.equal(unnamed.status, 64, 'two run');
  const stopped = await rollout('stop', 'local_quality', '--json');
  assert.deepEqual(
    [JSON.parse(stopped.stdout).state, JSON.parse(stopped.stdout).reason],
    ['stopped', 'stopped by hand'],
  );
  const again = await rollout('local_quality', '0.2', '--json');
  assert.equal(JSON.parse(again.stdout).name, 'local_quality-2', 'a name is used once');
  const all = await rollout('status', '--all', '--json');
  assert.equal(all.stdout.trim().split('\n').length, 3);
});

test('what cannot be is refused with what would be right, and exit code 64', async (t) => {
  const dataDir = tempDir(t);
  const refused: [string[], RegExp][] = [
    [['local_qualty', '10%'], /there is no tier "local_qualty" \(did you mean "local_quality"\?\)/],
    [['local_fast'], /how much of the traffic/],
    [['local_fast', '50%,10%'], /no row of rising shares/],
    [['local_fast', '100%'], /nothing to be compared with/],
    [['local_fast', '10 apples'], /is no share|no row of rising shares/],
    [['local_fast', '10%', '--tolerance', '2'], /"2" is no share/],
    [['ab', 'x', '--b', 'polcy=tiers'], /an arm cannot set "polcy" \(did you mean "policy"\?\)/],
    [['ab', 'x', '--b', 'policy=none'], /policy: /],
    [['ab', 'x', '--b', 'quality_threshold=2'], /quality_threshold: /],
    [['ab', 'x', '--a', 'prefer_local=true', '--b', 'prefer_local=true'], /both arms have the same settings/],
    [['ab', 'no good', '--b', 'prefer_local=false'], /cannot be called "no good"/],
    [['shadow', 'x', '--with', 'first_model=nobody'], /no tier has a model called "nobody"/],
    [['shadow', 'x', '--with', 'policy=tiers', '--budget', 'much'], /--budget cannot be "much"/],
  ];
  const ended = await Promise.all(refused.map(([args]) => swarmd(['rollout', ...args], { dataDir })));
  ended.forEach((one, at) => {
    const [args, message] = refused[at] ?? [[], /./];
    assert.equal(one.status, 64, `${args.join(' ')}: ${one.stderr}`);
    assert.match(one.stderr, message);
  });
  const nothing = await swarmd(['rollout', 'stop'], { dataDir });
  assert.equal(nothing.status, 1);
  assert.match(nothing.stderr, /no experiment is running[\s\S]*instead: swarmd rollout status --all/);
});

test('the pilot report reads the file, and says that there is too little', async (t) => {
  const dataDir = tempDir(t);
  const empty = await swarmd(['report', '--pilot', '--json'], { dataDir });
  assert.match(JSON.parse(empty.stdout).verdict, /^too little data/);
  await swarmd(['rollout', 'ab', 'strict', '--b', 'quality_threshold=0.8'], { dataDir });
  const text = await swarmd(['report', '--pilot', '--since', '14d'], { dataDir });
  assert.match(text.stdout, /too little data: a has 0 requests and b 0; at least 50 each are needed/);
  const json = JSON.parse(
    (await swarmd(['report', '--pilot', '--experiment', 'strict', '--json'], { dataDir })).stdout,
  );
  assert.deepEqual(
    json.arms.map((arm: { name: string; requests: number }) => [arm.name, arm.requests]),
    [
      ['a', 0],
      ['b', 0],
    ],
  );
  const [unknown, alone] = await Promise.all([
    swarmd(['report', '--pilot', '--experiment', 'strct'], { dataDir }),
    swarmd(['report', '--experiment', 'strict'], { dataDir }),
  ]);
  assert.deepEqual([unknown.status, alone.status], [1, 64]);
  assert.match(unknown.stderr, /did you mean "strict"/);
});

test('a tier’s second rollout, under a name of its own, is stopped by the tier', async (t) => {
  const dataDir = tempDir(t);
  const rollout = (...args: string[]) => swarmd(['rollout', ...args], { dataDir });
  await rollout('local_fast', '10%');
  await rollout('stop', 'local_fast');
  assert.match((await rollout('local_fast', '10%')).stdout, /^local_fast-2: rollout/);
  const stopped = await rollout('stop', 'local_fast');
  assert.deepEqual([stopped.status, /^local_fast-2 was stopped/.test(stopped.stderr)], [0, true]);
});

test('an option is not taken for the name of an experiment', async (t) => {
  const args = ['report', '--pilot', '--experiment', '--simulate'];
  const refused = await swarmd(args, { dataDir: tempDir(t) });
  assert.equal(refused.status, 64);
  assert.match(refused.stderr, /--experiment needs a name, and got the option --simulate/);
});
