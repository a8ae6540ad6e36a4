/**
 * Learns or rolls back, and is killed like by kill -9 just before its Nth change of a file's name or being:
 * `node killed-child.ts learn|rollback PATH N`. Ends with 0 where it had fewer than N.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const [what, path = '', at] = process.argv.slice(2);
let steps = 0;
function step(): void {
  steps++;
  if (steps === Number(at)) process.kill(process.pid, 'SIGKILL');
}
const { renameSync, rmSync, copyFileSync, writeFileSync } = fs;
fs.renameSync = (...args) => {
  step();
  renameSync(...args);
};
fs.rmSync = (...args) => {
  step();
  rmSync(...args);
};
fs.copyFileSync = (...args) => {
  step();
  // Killed in the middle of it, as a large file may be.
  if (steps + 1 === Number(at)) writeFileSync(args[1], '{"format":');
  else copyFileSync(...args);
  step();
};
fs.writeFileSync = (...args) => {
  step();
  if (steps + 1 === Number(at)) writeFileSync(args[0], '{"format":');
  else writeFileSync(...args);
  step();
};
syncBuiltinESMExports();

const { rollBackLearned, writeLearned } = await import('../../../router/learning/model-file.ts');
if (what === 'rollback') rollBackLearned(path);
else {
  const provenance = {
    learnedAt: '2026-11-23T00:00:00.000Z',
    source: 'c',
    sha256: 'c',
    lines: 3,
    swarmd: '0',
  };
  writeLearned(path, { provenance, model: { prompt: undefined, answer: undefined }, calibrations: [] });
}
