import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { noon, temporaryMemory } from '../../memory/temporary-memory.ts';
import { teach } from '../../support/teach.ts';
import { tempDir } from '../../support/temp.ts';
import { swarmd } from './support.ts';

async function home(t: TestContext, labels: number) {
  const folder = tempDir(t);
  const { memory } = await temporaryMemory(t, { path: join(folder, 'data', 'memory.db') });
  await Promise.all(
    Array.from({ length: labels }, (_, i) => {
      const hard = i % 3 === 0;
      const prompt = hard
        ? `Prove the lemma ${i} about compact operators`
        : `Name the capital of country ${i}`;
      const good = hard ? i % 2 === 0 : i % 11 !== 0;
      return teach(memory, { prompt, good, score: good === (i % 7 !== 0) ? 0.9 : 0.4, at: noon + i });
    }),
  );
  return { memory, folder, run: (...args: string[]) => swarmd(args, { cwd: folder }) };
}

test('without enough labels learn refuses, and says how many there are and how many it needs', async (t) => {
  const { run, folder } = await home(t, 30);
  const refused = run('learn');
  assert.equal(refused.status, 64);
  assert.match(refused.stderr, /30 labelled answers are too few to learn from/);
  assert.match(refused.stderr, /at least 60 labels, 10 of them good and 10 bad/);
  assert.match(refused.stderr, /prompt: 30 \(\d+ good, \d+ bad\)/);
  assert.match(refused.stderr, /or 100 prompts with a known outcome \(there are: 30/);
  assert.equal(existsSync(join(folder, 'data', 'learned.json')), false);
  const nothing = swarmd(['learn', '--data-dir', tempDir(t)], { cwd: folder });
  assert.match(nothing.stderr, /0 labelled answers are too few/);
});

test('from its ledger swarmd learns gate and router, with provenance and without any text; a rollback undoes it', async (t) => {
  const { run, folder, memory } = await home(t, 160);
  const file = join(folder, 'data', 'learned.json');
  const dry = run('learn', '--dry-run');
  assert.equal(dry.status, 0, dry.stderr);
  assert.match(dry.stdout, /learned from 160 labelled answers of the ledger \(feedback 160\)/);
  assert.match(
    dry.stdout,
    /gate calibrated for type prompt: 160 labels, expected calibration error 0\.\d{3}, AUC 0\.\d\d \[0\.\d\d, [01]\.\d\d\] \(5-fold; chance is 0\.5\)/,
  );
  assert.match(dry.stdout, /router fitted on 160 prompts with a known outcome/);
  assert.match(
    dry.stdout,
    /prompts only: APGR 0\.\d{3} \[.*\] \(5-fold; chance is 0\.5, the stronger model taken to be right where/,
  );
  assert.doesNotMatch(dry.stdout, /kept: the router/, 'there was no router before');
  assert.equal(existsSync(file), false, 'a dry run keeps nothing');

  const learned = run('learn', '--json', '--no-check');
  assert.equal(learned.status, 0, learned.stderr);
  const lesson = JSON.parse(learned.stdout);
  assert.deepEqual(
    [lesson.source, lesson.lines, lesson.labels, lesson.prompts.labelled],
    ['ledger', 160, { feedback: 160 }, 160],
  );
  const again = JSON.parse(run('learn', '--json', '--no-check', '--dry-run').stdout);
  assert.equal(again.sha256, lesson.sha256, 'equal labels, equal provenance');
  const content = readFileSync(file, 'utf8');
  for (const word of ['lemma', 'compact', 'country']) assert.ok(!content.includes(word), word);

  const score = (prompt: string) => {
    writeFileSync(join(folder, 'one.jsonl'), JSON.stringify({ id: 'a', prompt }));
    return JSON.parse(run('score', 'one.jsonl').stdout).escalate;
  };
  assert.ok(score('Prove the lemma 7 about compact operators') > score('Name the capital of country 8'));

  // A person changes their mind about all of it: learned anew, then undone.
  for (const label of memory.labels.list().filter((_, i) => i % 2 === 0))
    await memory.labels.add({ ...label, note: '', label: 'bad' });
  assert.equal(run('learn', '--no-check').status, 0);
  assert.notEqual(readFileSync(file, 'utf8'), content);
  assert.match(run('learn', '--rollback').stdout, /back to what was learned .* from ledger/);
  const { restoredAt, ...restored } = JSON.parse(readFileSync(file, 'utf8'));
  assert.deepEqual(restored, JSON.parse(content));
  assert.ok(restoredAt > restored.period.until, 'drift looks at answers from then on');
});

test('a learned file that cannot be read keeps nobody from learning anew, nor from a report', async (t) => {
  const { run, folder } = await home(t, 120);
  const file = join(folder, 'data', 'learned.json');
  writeFileSync(file, '{"format":"swarmd-learned","version":0}');
  const report = run('report', '--json');
  assert.equal(report.status, 0, report.stderr);
  assert.match(report.stderr, /what was learned cannot be read: .*; left out/);
  const learned = run('learn', '--no-check');
  assert.equal(learned.status, 0, learned.stderr);
  assert.match(learned.stderr, /left out/);
  assert.equal(JSON.parse(readFileSync(file, 'utf8')).provenance.source, 'ledger');
});

test('labels given before --since are left out, and --since does not go with a file', async (t) => {
  const { run } = await home(t, 90);
  assert.match(run('learn', '--since', '2027-01-01').stderr, /0 labelled answers are too few/);
  assert.equal(run('learn', 'x.jsonl', '--since', '7d').status, 64);
});

test('a router that is not shown to be better than chance is left out, the gate and the router before it stay', async (t) => {
  const { run, folder, memory } = await home(t, 160);
  const file = join(folder, 'data', 'learned.json');
  assert.equal(run('learn', '--no-check').status, 0);
  const before = JSON.parse(readFileSync(file, 'utf8'));
  // From now on nothing about a prompt says whether its answer is good.
  for (const [i, label] of memory.labels.list().entries())
    await memory.labels.add({ ...label, note: '', label: (i * 7919) % 1009 < 504 ? 'bad' : 'good' });
  const refused = run('learn');
  assert.equal(refused.status, 64, refused.stdout);
  assert.match(refused.stderr, /is not shown to be better than chance .*nothing was kept/);
  assert.deepEqual(JSON.parse(readFileSync(file, 'utf8')), before);
  // Of another type the checks tell something, and the prompts nothing.
  for (let i = 0; i < 70; i++) {
    const good = (i * 7919) % 1009 < 504;
    const score = good === (i % 9 !== 0) ? 0.9 : 0.4;
    await teach(memory, {
      type: 'summarize',
      prompt: `Name the capital of country ${i}`,
      good,
      score,
      at: noon + i,
    });
  }
  const learned = run('learn');
  assert.equal(learned.status, 0, learned.stderr);
  assert.match(learned.stdout, /not shown to be better than chance/);
  assert.match(
    learned.stdout,
    /the 160 labels of type prompt do not tell good from bad answers: AUC 0\.\d\d \[.*\] .*; its gate stays as it was/,
  );
  assert.match(
    learned.stdout,
    /router fitted on 230 prompts .*, and not kept: it is not shown to rank better than chance \(--keep-unproven keeps it\); kept: the router of \S+ from ledger/,
  );
  const after = JSON.parse(readFileSync(file, 'utf8'));
  assert.deepEqual(after.prompt, before.prompt, 'the router is the one before');
  assert.equal(after.provenance.prompts, before.provenance.prompts, 'and so is what it must not be tried on');
  const [ofPrompts, ofSummaries] = after.calibrations;
  assert.deepEqual(
    ofPrompts,
    { ...before.calibrations[0], learnedAt: before.provenance.learnedAt },
    'the gate of the type whose labels tell nothing is the one before',
  );
  assert.equal(ofSummaries.type, 'summarize');
  const told = JSON.parse(run('learn', '--dry-run', '--json').stdout);
  assert.equal(told.router_kept, false);
  assert.deepEqual(
    told.calibrated.map((one: { type: string }) => one.type),
    ['summarize'],
  );
  assert.ok(told.calibrated[0].discrimination.low > 0.5);
  assert.deepEqual(
    told.not_calibrated.map((one: { type: string }) => one.type),
    ['prompt'],
  );
  assert.ok(told.not_calibrated[0].discrimination.low <= 0.5);

  const asked = JSON.parse(run('learn', '--json', '--keep-unproven').stdout);
  assert.equal(asked.router_kept, true);
  assert.notDeepEqual(JSON.parse(readFileSync(file, 'utf8')).prompt, before.prompt);
});

test('with a router no better than chance and too few labels for any gate, nothing is kept and why is said', async (t) => {
  const folder = tempDir(t);
  const { memory } = await temporaryMemory(t, { path: join(folder, 'data', 'memory.db') });
  const add = (i: number) =>
    teach(memory, {
      type: `kind-${i % 3}`,
      prompt: `Name the capital of country ${i}`,
      good: (i * 7919) % 1009 < 504,
      score: 0.9,
      at: noon + i,
    });
  for (let i = 0; i < 120; i++) await add(i);
  const run = (...args: string[]) => swarmd(args, { cwd: folder });
  const refused = run('learn');
  assert.equal(refused.status, 64, refused.stdout);
  assert.match(refused.stderr, /the router fitted on 120 prompts .* \(too few to measure it\)/);
  for (let i = 120; i < 165; i++) await add(i);
  const measured = run('learn');
  assert.equal(measured.status, 64, measured.stdout);
  assert.match(
    measured.stderr,
    /the router fitted on 165 prompts is not shown to be better than chance \(APGR .*\), and no type has enough labels for the gate: nothing was kept/,
  );
  assert.match(refused.stderr, /--keep-unproven/);
  assert.equal(existsSync(join(folder, 'data', 'learned.json')), false);
  const kept = run('learn', '--keep-unproven');
  assert.equal(kept.status, 0, kept.stderr);
  assert.equal(run('learn', 'x.jsonl', '--keep-unproven').status, 64, 'a file is kept whatever it is worth');
});
