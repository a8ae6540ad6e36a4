/**
 * Fits the prior that ships with swarmd (config/prior.json) from recorded sets whose licences allow it:
 *
 *   node scripts/learning/fit-prior.ts DATA_DIR     (gsm8k-recorded.*.jsonl, mmlu-recorded.*.jsonl)
 *
 * Only numbers about the sets are in the file, none of their text.
 */
import { createHash } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../config/paths.ts';
import { version } from '../../daemon/version.ts';
import { writeLearned } from '../../router/learning/model-file.ts';
import { readRecorded } from '../../router/learning/recorded.ts';
import { fitPrior } from '../../router/learning/router-model.ts';

const folder = process.argv[2];
if (folder === undefined) {
  console.error('usage: node scripts/learning/fit-prior.ts DATA_DIR');
  process.exit(64);
}
const texts = ['gsm8k', 'mmlu'].map((name) =>
  readFileSync(join(folder, `${name}-recorded.dev.jsonl`), 'utf8'),
);
// All lines of both, so that MMLU has ten times the say: thinned to the same number both are ranked worse.
const lines = texts.flatMap((text, i) => readRecorded(text, `set ${i}`));
const path = join(packageRoot(), 'config', 'prior.json');
rmSync(path, { force: true });
writeLearned(path, {
  provenance: {
    learnedAt: new Date().toISOString(),
    source: 'GSM8K and MMLU as recorded by RouteLLM (Apache-2.0, MIT), half of each',
    sha256: createHash('sha256').update(texts.join('')).digest('hex'),
    lines: lines.length,
    swarmd: version,
  },
  model: fitPrior(lines),
  calibrations: [],
});
console.log(`${path}: ${lines.length} lines`);
