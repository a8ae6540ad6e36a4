import assert from 'node:assert/strict';
import { test } from 'node:test';
import pino from 'pino';
import { seededRandom } from '../../router/learning/evaluate.ts';
import { swarmd } from '../scripts/commands/support.ts';
import { startTestDaemon } from '../support/daemon.ts';
import { swarmd as swarmdBeside } from '../support/swarmd-process.ts';
import { teach } from '../support/teach.ts';
import { until } from '../support/until.ts';

interface Report {
  labels: { source: string; label: string; count: number }[];
  calibration: {
    type: string;
    fitted: { error: number; low: number; high: number; labels: number } | null;
    since: { error: number | null; labels: number };
  }[];
  drift: { what: string; verdict: string }[];
}

test('when answers get worse after the gate was calibrated, the daemon warns, status shows it and report says what', async (t) => {
  const warnings: string[] = [];
  const logger = pino({ level: 'warn' }, { write: (line: string) => void warnings.push(line) });
  const { daemon, dataDir } = await startTestDaemon(t, { api: false, options: { logger } });
  const home = { cwd: dataDir, env: { SWARMD_HOME: dataDir } };
  const random = seededRandom(7);
  const answers = (count: number, poor: number, word: string) =>
    Promise.all(
      Array.from({ length: count }, (_, i) => {
        const score = random() < poor ? 0.3 : 0.9;
        // What the checks see says much of the truth, not all of it.
        const good = random() < (score > 0.5 ? 0.9 : 0.2);
        return teach(daemon.memory, { prompt: `${word} ${i}`, good, score, at: Date.now() });
      }),
    );
  await answers(150, 0.3, 'before');
  const report = (): Report => JSON.parse(swarmd(['report', '--json'], home).stdout);
  const verdicts = () => report().drift.map((row) => row.verdict);
  assert.deepEqual(verdicts(), ['no data', 'no data', 'no data', 'no data'], 'nothing was learned yet');

  assert.equal(swarmd(['learn', '--no-check'], home).status, 0);
  const fitted = report().calibration.find((row) => row.type === 'prompt')?.fitted;
  assert.ok(fitted !== null && fitted !== undefined && fitted.labels === 150);
  assert.ok(fitted.low <= fitted.error && fitted.error <= fitted.high && fitted.error < 0.1);
  await answers(150, 0.3, 'after');
  // The first 200 answers are what the mix of complexity is later compared with.
  assert.deepEqual(verdicts(), ['steady', 'no data', 'steady', 'steady']);
  assert.deepEqual((await daemon.control.status()).drift, []);
  assert.equal(warnings.length, 0);

  assert.equal(swarmd(['learn', '--no-check'], home).status, 0);
  await answers(200, 0.8, 'later');
  const found = report();
  const drifting = found.drift.filter((row) => row.verdict === 'drift').map((row) => row.what);
  assert.deepEqual(drifting, ['pass rate', 'mix of quality']);
  assert.equal(found.labels[0]?.source, 'feedback');
  assert.equal(found.calibration.find((row) => row.type === 'prompt')?.since.labels, 200);
  assert.match(swarmd(['report'], home).stdout, /drift +pass rate +\d+ % +\d+ %/);
});

test('a daemon that starts on drifted answers says so in its log and its status', async (t) => {
  const warnings: string[] = [];
  const logger = pino({ level: 'warn' }, { write: (line: string) => void warnings.push(line) });
  const { daemon, dataDir } = await startTestDaemon(t, { api: false, options: { logger } });
  const home = { cwd: dataDir, env: { SWARMD_HOME: dataDir } };
  const add = (count: number, poor: number) =>
    Promise.all(
      Array.from({ length: count }, (_, i) => {
        const score = i % 10 < poor ? 0.3 : 0.9;
        return teach(daemon.memory, {
          prompt: `${i}`,
          good: score > 0.5 === (i % 9 !== 0),
          score,
          at: Date.now(),
        });
      }),
    );
  await add(150, 2);
  assert.equal(swarmd(['learn', '--no-check'], home).status, 0);
  await add(150, 7);
  // The daemon looks at the file every five seconds.
  let drift: readonly string[] = [];
  await until('the daemon to notice', () => {
    void daemon.control.status().then((status) => {
      drift = status.drift;
    });
    return drift.length > 0;
  });
  const status = async (...args: string[]) => (await swarmdBeside(['status', ...args], { dataDir })).stdout;
  const told = JSON.parse(await status('--json'));
  assert.deepEqual([told.running, told.drift], [true, drift]);
  assert.match(drift.join('\n'), /pass rate: 80 % when it was learned, 30 % now/);
  assert.match(await status(), /^drift +pass rate: 80 % when it was learned, 30 % now/m);
  assert.equal(warnings.filter((line) => line.includes('"alert":"drift"')).length, 1, 'said once');
  await daemon.stop('signal');
  const after = JSON.parse(await status('--json'));
  assert.deepEqual([after.running, after.drift], [false, drift]);
});
