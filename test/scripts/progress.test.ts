import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { crossValidate } from '../../router/learning/cross-validate.ts';
import { prequentialNeeds } from '../../router/learning/prequential.ts';
import type { RecordedLine } from '../../router/learning/recorded.ts';
import { startProgress } from '../../scripts/terminal/output.ts';

/** What the terminal on standard error would get while this runs. */
function shownBy(t: TestContext, isTTY: boolean, work: () => void): string {
  const before = Object.getOwnPropertyDescriptor(process.stderr, 'isTTY');
  Object.defineProperty(process.stderr, 'isTTY', { value: isTTY, configurable: true });
  let shown = '';
  const written = t.mock.method(process.stderr, 'write', (text: string) => {
    shown += text;
    return true;
  });
  try {
    work();
  } finally {
    written.mock.restore();
    if (before === undefined) Reflect.deleteProperty(process.stderr, 'isTTY');
    else Object.defineProperty(process.stderr, 'isTTY', before);
  }
  return shown;
}

test('synchronous work is announced before it blocks, and its steps are shown once a second has passed', (t) => {
  t.mock.timers.enable({ apis: ['Date', 'setInterval'], now: 0 });
  const shown = shownBy(t, true, () => {
    const progress = startProgress('starting');
    progress.update('too soon to be worth a line');
    progress.busy('measuring');
    t.mock.timers.setTime(7_000);
    progress.update('measuring: 1 of 5 folds');
    progress.end();
  });
  assert.match(shown, /measuring …(?! \d)/);
  assert.match(shown, /measuring: 1 of 5 folds … 7 s/);
  assert.doesNotMatch(shown, /too soon/);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the sequence that clears the line
  assert.match(shown, /\r\u001b\[K$/);
});

test('where standard error is no terminal no progress is shown', (t) => {
  const shown = shownBy(t, false, () => {
    const progress = startProgress('starting');
    progress.busy('measuring');
    progress.update('measuring: 1 of 5 folds');
    progress.end();
  });
  assert.equal(shown, '');
});

const lines = Array.from({ length: 260 }, (_, i): RecordedLine => {
  const hard = i % 3 === 0;
  return {
    id: `r${i}`,
    prompt: hard ? `Prove the lemma ${i} about compact operators` : `Name the capital of country ${i}`,
    group: undefined,
    type: undefined,
    weak: { correct: !hard || i % 2 === 0, response: undefined, critique: undefined },
    strong: { correct: i % 20 !== 1, response: undefined, critique: undefined },
  };
});

test('cross-validation tells after each fold how many are done', () => {
  const told: string[] = [];
  crossValidate(lines, undefined, false, (done, of) => told.push(`${done}/${of}`));
  assert.deepEqual(told, ['1/5', '2/5', '3/5', '4/5', '5/5']);
});

test('the prequential protocol tells before each fit from how many lines', () => {
  const told: number[] = [];
  prequentialNeeds(
    lines,
    () => 0.5,
    (seen) => told.push(seen),
  );
  assert.deepEqual(told, [100, 150, 225]);
});
