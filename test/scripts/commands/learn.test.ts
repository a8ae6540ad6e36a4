import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../../../config/paths.ts';

const folder = mkdtempSync(join(tmpdir(), 'swarmd-learn-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

function swarmd(args: readonly string[], input = ''): { status: number | null; out: string; err: string } {
  const run = spawnSync(process.execPath, [join(packageRoot(), 'scripts', 'swarmd.ts'), ...args], {
    input,
    encoding: 'utf8',
    env: { PATH: process.env.PATH, HOME: folder, SWARMD_HOME: join(folder, 'home') },
    cwd: folder,
  });
  return { status: run.status, out: run.stdout, err: run.stderr };
}

const recorded = Array.from({ length: 160 }, (_, i) => {
  const hard = i % 3 === 0;
  const prompt = hard ? `Prove the lemma ${i} about compact operators` : `Name the capital of country ${i}`;
  return JSON.stringify({
    id: `r${i}`,
    prompt,
    weak: { correct: !hard || i % 2 === 0 },
    strong: { correct: i % 20 !== 1 },
  });
}).join('\n');
const file = join(folder, 'recorded.jsonl');
writeFileSync(file, recorded);
const prompts = ['Prove the lemma 7 about compact operators', 'Name the capital of country 8']
  .map((prompt, i) => JSON.stringify({ id: `s${i}`, prompt }))
  .join('\n');

test('score works out of the box, learns, and goes back', () => {
  const before = swarmd(['score', '-'], prompts);
  assert.equal(before.status, 0, before.err);
  assert.equal(before.out.trim().split('\n').length, 2);
  assert.equal(swarmd(['score'], prompts).out, before.out);

  const learned = swarmd(['learn', file]);
  assert.equal(learned.status, 0, learned.err);
  assert.match(learned.out, /prompts only: APGR 0\.\d{3} \[/);
  const [hard, easy] = swarmd(['score', '-'], prompts)
    .out.trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.ok(hard.escalate > easy.escalate, JSON.stringify([hard, easy]));
  assert.deepEqual(Object.keys(hard), ['id', 'complexity', 'score', 'confidence', 'escalate']);
  const withResponse = swarmd(
    ['score', '-'],
    JSON.stringify({ id: 'a', prompt: 'Name it', response: 'Rome' }),
  );
  assert.ok('quality' in JSON.parse(withResponse.out));

  // The same again leaves what ships the one to go back to.
  assert.equal(swarmd(['learn', file, '--no-check']).status, 0);
  for (const beside of [['--dry-run'], ['--since', '7d'], ['--no-check'], [file]]) {
    const refused = swarmd(['learn', '--rollback', ...beside]);
    assert.equal(refused.status, 64, refused.err);
    assert.match(refused.err, /--rollback learns nothing/);
  }
  assert.match(swarmd(['learn', '--rollback']).out, /back to what ships with swarmd/);
  assert.equal(swarmd(['score', '-'], prompts).out, before.out);
  assert.match(JSON.parse(swarmd(['learn', '--rollback', '--json']).out).back_to.learned_at, /^20/);
});

test('lines of which the weak model is right on all are refused: there is nothing to learn', () => {
  const oneClass = join(folder, 'one-class.jsonl');
  const lines = Array.from({ length: 120 }, (_, i) => ({ id: i, prompt: `p ${i}`, weak: { correct: true } }));
  writeFileSync(oneClass, lines.map((line) => JSON.stringify(line)).join('\n'));
  const refused = swarmd(['learn', oneClass]);
  assert.notEqual(refused.status, 0);
  assert.match(refused.err, /the weak model is right on all 120 lines/);
});

test('too few labels, no file and bad lines are refused with their reason', () => {
  const few = join(folder, 'few.jsonl');
  writeFileSync(few, recorded.split('\n').slice(0, 20).join('\n'));
  const refused = swarmd(['learn', few]);
  assert.notEqual(refused.status, 0);
  assert.match(refused.err, /20 labelled lines are too few/);
  assert.notEqual(swarmd(['learn']).status, 0);
  assert.match(swarmd(['score', join(folder, 'absent.jsonl')]).err, /cannot read/);
  assert.match(swarmd(['score', '-'], '{"id":"a"}').err, /stdin:1.prompt/);
});

test('eval prints APGR beside random, length and oracle, is repeatable, and writes its curve as SVG', () => {
  const svg = join(folder, 'curve.svg');
  const first = swarmd(['eval', file, '--protocol', 'folds', '--json', '--svg', svg]);
  assert.equal(first.status, 0, first.err);
  const result = JSON.parse(first.out);
  assert.deepEqual(
    result.routers.map((row: { router: string }) => row.router),
    ['prompts only', 'random', 'prompt length', 'oracle'],
  );
  assert.equal(swarmd(['eval', file, '--protocol', 'folds', '--json']).out, first.out);
  const text = swarmd(['eval', file, '--protocol', 'prequential']).out;
  assert.match(text, /protocol prequential/);
  assert.match(text, /share to the strong model/);
});

test('eval says so when it is run on what was learned from, and when a word gives the outcome away', () => {
  const leaks = (path: string, ...args: string[]): string[] => {
    const ran = swarmd(['eval', path, '--json', ...args]);
    assert.equal(ran.status, 0, ran.err);
    const found = JSON.parse(ran.out).leaks;
    assert.equal(ran.err.includes('LEAK'), found.length > 0);
    return found;
  };
  const fresh = join(folder, 'fresh.jsonl');
  const honest = Array.from({ length: 160 }, (_, i) => ({
    id: `f${i}`,
    prompt: `Say what follows from premise ${i} and rule ${i * 7}`,
    weak: { correct: i % 5 !== 0 },
    strong: { correct: i % 19 !== 1 },
  }));
  const write = (lines: readonly object[]) =>
    writeFileSync(fresh, lines.map((line) => JSON.stringify(line)).join('\n'));
  write(honest);
  assert.equal(swarmd(['learn', file, '--no-check']).status, 0);
  assert.deepEqual(leaks(fresh), []);
  write([
    ...honest,
    ...recorded
      .split('\n')
      .slice(0, 40)
      .map((line) => JSON.parse(line)),
  ]);
  assert.match(leaks(fresh).join(), /^40 of 200 prompts were learned from \(recorded\.jsonl, /);
  write(honest.map((line) => ({ ...line, prompt: `${line.prompt} ${line.weak.correct ? 'ok' : 'ko'}` })));
  assert.match(
    leaks(fresh, '--protocol', 'folds').join(),
    /the word "(ok|ko)" in the prompt gives the outcome away/,
  );
});

test('eval refuses a place for its picture, and sets without a better strong model, before computing', () => {
  const svg = swarmd(['eval', file, '--svg', join(folder, 'no', 'such', 'curve.svg')]);
  assert.equal(svg.status, 64, svg.err);
  assert.match(svg.err, /cannot write .*curve\.svg/);
  const refusal = (lines: readonly { weak: object; strong?: object }[]): string => {
    const path = join(folder, 'no-gap.jsonl');
    writeFileSync(path, lines.map((line, id) => JSON.stringify({ id, prompt: 'x', ...line })).join('\n'));
    const refused = swarmd(['eval', path]);
    assert.notEqual(refused.status, 0);
    return refused.err;
  };
  const [right, wrong] = [{ correct: true }, { correct: false }];
  assert.match(refusal([{ weak: right, strong: wrong }]), /strong model is worse .*are the two swapped/);
  assert.match(refusal([{ weak: right, strong: right }]), /equally good on this line/);
  assert.match(refusal([{ weak: right }]), /none of the 1 lines has `strong`/);
});

test('a field that nothing reads is said on standard error once, with what was probably meant', () => {
  const lines = ['a', 'b'].map((id) => JSON.stringify({ id, prompt: 'x', respose: 'y', strong: null }));
  const scored = swarmd(['score', '-'], lines.join('\n'));
  assert.equal(scored.status, 0, scored.err);
  assert.equal(scored.out.trim().split('\n').length, 2);
  assert.match(scored.err, /the field "respose" \(did you mean "response"\?\) in 2 lines is not read/);
  assert.equal(scored.err.match(/respose/g)?.length, 1);
  assert.equal(swarmd(['score', '-'], recorded).err, '', 'recorded lines may be scored as they are');
});

test('eval with nothing learned says that the router is what ships, and on which sets it was fitted', () => {
  const bare = join(folder, 'bare');
  const shipped = swarmd(['eval', file, '--json', '--data-dir', bare]);
  assert.equal(shipped.status, 0, shipped.err);
  assert.match(shipped.err, /the router is what ships, fitted on GSM8K and MMLU/);
  assert.equal(JSON.parse(shipped.out).router_of, 'what ships');
  const folds = swarmd(['eval', file, '--json', '--data-dir', bare, '--protocol', 'folds']);
  assert.doesNotMatch(folds.err, /what ships/);
  assert.equal(JSON.parse(folds.out).router_of, 'these lines');
});

test('a type that there is not is said with the nearest one, and the line is scored all the same', () => {
  const lines = ['sumarize', 'sumarize', 'prompt', 'x']
    .map((type, i) => JSON.stringify({ id: `t${i}`, prompt: 'Say it shorter', type }))
    .join('\n');
  const scored = swarmd(['score', '-'], lines);
  assert.equal(scored.status, 0, scored.err);
  assert.equal(scored.out.trim().split('\n').length, 4);
  assert.match(
    scored.err,
    /there is no action type "sumarize" \(did you mean "summarize"\?\), as in 2 lines\n.*there is no action type "x", as in 1 line\n/,
  );
  assert.doesNotMatch(scored.err, /"prompt"/);
});

const write = (name: string, lines: readonly object[]): string => {
  const path = join(folder, name);
  writeFileSync(path, lines.map((line) => JSON.stringify(line)).join('\n'));
  return path;
};
const outcomes = Array.from({ length: 130 }, (_, i) => ({
  id: `o${i}`,
  prompt: `Say what follows from premise ${i} and rule ${i * 7}`,
  weak: { correct: i % 5 !== 0 },
  strong: { correct: i % 19 !== 1 },
}));

test('learn says that a word gives the outcome away, with the words of eval', () => {
  const poisoned = write(
    'poisoned.jsonl',
    outcomes.map((line) => ({ ...line, prompt: `${line.prompt} ${line.weak.correct ? 'ok' : 'ko'}` })),
  );
  const ran = swarmd(['learn', poisoned, '--dry-run', '--no-check', '--json']);
  assert.equal(ran.status, 0, ran.err);
  assert.match(ran.err, /LEAK: the word "(ok|ko)" in the prompt gives the outcome away/);
  assert.match(JSON.parse(ran.out).leaks[0], /gives the outcome away: it is in \d+ of 130 lines/);
  const honest = swarmd(['learn', write('honest.jsonl', outcomes), '--dry-run', '--no-check', '--json']);
  assert.equal(honest.err, '');
  const { leaks, warnings, not_measured, distinct_prompts } = JSON.parse(honest.out);
  assert.deepEqual([leaks, warnings, not_measured, distinct_prompts], [[], [], null, 130]);
});

test('learn says how many of the lines are distinct, and refuses too few prompts however often they are repeated', () => {
  const twice = swarmd([
    'learn',
    write('twice.jsonl', [...outcomes, ...outcomes]),
    '--dry-run',
    '--no-check',
  ]);
  assert.equal(twice.status, 0, twice.err);
  assert.match(twice.out, /learned from 260 lines \(130 distinct prompts\) of twice\.jsonl/);
  assert.match(twice.err, /260 lines have 130 distinct prompts/);
  const few = outcomes.slice(0, 60);
  const refused = swarmd(['learn', write('few-twice.jsonl', [...few, ...few])]);
  assert.equal(refused.status, 64);
  assert.match(refused.err, /120 labelled lines with 60 distinct prompts are too few to learn from/);
  const oneId = write(
    'one-id.jsonl',
    outcomes.map((line) => ({ ...line, id: 'same' })),
  );
  assert.match(
    swarmd(['learn', oneId, '--dry-run', '--no-check']).err,
    /130 lines have 1 distinct id: "same" is on 130 of them/,
  );
});

test('learn refuses outcomes of which the strong model has the worse ones, as eval does', () => {
  const swapped = write(
    'swapped.jsonl',
    outcomes.map((line) => ({ ...line, weak: line.strong, strong: line.weak })),
  );
  for (const command of ['learn', 'eval']) {
    const refused = swarmd([command, swapped]);
    assert.equal(refused.status, 64, refused.err);
    assert.match(refused.err, /the strong model is worse than the weak one on these 130 lines .*swapped\?/);
  }
});

test('learned without outcomes of a strong model it says why there is no APGR', () => {
  const alone = write(
    'alone.jsonl',
    outcomes.map(({ strong: _, ...line }) => line),
  );
  const text = swarmd(['learn', alone, '--dry-run']);
  assert.equal(text.status, 0, text.err);
  assert.match(text.out, /no APGR: none of the 130 lines has `strong`: there is nothing to compare with/);
  const few = swarmd(['learn', write('hundred.jsonl', outcomes.slice(0, 105)), '--dry-run', '--json']);
  assert.match(JSON.parse(few.out).not_measured, /105 lines with `strong` are too few for five folds/);
});

test('every bad line of a file is named at once, with --json by its line and field', () => {
  const bad = join(folder, 'bad.jsonl');
  const good = '{"id":"a","prompt":"p","weak":{"correct":true}}';
  writeFileSync(
    bad,
    [good, 'no json', '{"prompt":"p"}', good, '[]', '{"id":"b","prompt":"p"}', '{"id":"c","prompt":3}'].join(
      '\n',
    ),
  );
  for (const command of ['learn', 'eval']) {
    const refused = swarmd([command, bad, '--json']);
    assert.equal(refused.status, 64);
    const { errors } = JSON.parse(refused.err).error;
    assert.deepEqual(
      errors.map(({ line, field, message }: Record<string, unknown>) => [line, field, message]),
      [
        [2, '', 'not JSON'],
        [3, 'weak', 'missing'],
        [5, '', 'not an object'],
        [6, 'weak', 'missing'],
        [7, 'weak', 'missing'],
      ],
    );
  }
  assert.match(swarmd(['learn', bad]).err, /bad\.jsonl:2: not JSON\n.*bad\.jsonl:3\.weak: missing\n/);
});

test('eval warns of few and of repeated prompts, says that random is one draw, and draws what was learned last', () => {
  const few = outcomes.slice(0, 20);
  const svg = join(folder, 'few.svg');
  const shown = swarmd(['eval', write('few-eval.jsonl', [...few, ...few]), '--svg', svg]);
  assert.equal(shown.status, 0, shown.err);
  assert.match(
    shown.err,
    /20 distinct prompts with `strong`: below 100 the figures and their intervals mean little/,
  );
  assert.match(shown.err, /40 lines have 20 distinct prompts/);
  assert.match(shown.out, /random \(one draw; 0\.5 expected\)/);
  const drawn = [...readFileSync(svg, 'utf8').matchAll(/<text[^>]*>([a-z ]+) \d/g)].map((match) => match[1]);
  assert.deepEqual(drawn, ['oracle', 'prompt length', 'random', 'prompts only']);
  const enough = swarmd(['eval', write('enough.jsonl', outcomes), '--json']);
  assert.deepEqual(JSON.parse(enough.out).warnings, []);
});
