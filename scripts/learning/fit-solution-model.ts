/**
 * Fits what the words of a task say about its calculation (config/solution-model.json) on problems with worked
 * solutions: the training set of GSM8K (MIT), one {question, answer} a line, answers with calculator annotations.
 *
 *   node scripts/learning/fit-solution-model.ts TRAIN.jsonl             fits on all of them and writes the file
 *   node scripts/learning/fit-solution-model.ts TRAIN.jsonl --check     fits on nine tenths, says how well it does on
 *                                                                       the tenth, writes nothing
 *
 * Never on the test set: its questions are those of the recorded answers that swarmd is measured on. Only weights of
 * hashed words are in the file, none of the text.
 */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { packageRoot } from '../../config/paths.ts';
import { derivationOf } from '../../router/learning/derivation.ts';
import {
  fitLogistic,
  type LogisticModel,
  predictLogistic,
  type Row,
} from '../../router/learning/logistic.ts';
import {
  type NumberRole,
  numberRoles,
  operationsIn,
  rolesPlayed,
} from '../../router/learning/number-roles.ts';
import {
  eachRole,
  packSolutionModel,
  type SolutionModel,
  shareOfOperations,
} from '../../router/learning/solution-model.ts';
import {
  numberFeatures,
  problemFeatures,
  problemPlaces,
  readProblem,
} from '../../router/learning/word-problem.ts';

/** Ridge penalties, in numbers and in problems, chosen on a tenth of the problems set aside. */
const penalties = { roles: 15, operations: 40 };
const iterations = 80;

const { values, positionals } = parseArgs({
  options: { check: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const [file] = positionals;
if (file === undefined) {
  console.error('usage: node scripts/learning/fit-solution-model.ts TRAIN.jsonl [--check]');
  process.exit(64);
}

interface Solved {
  numbers: { features: Row; roles: ReadonlySet<NumberRole> }[];
  features: Row;
  operations: number;
}

const text = readFileSync(file, 'utf8');
const solved = readSolved(text);
if (values.check) check();
else write();

/** Leaves out solutions whose last stated equation does not give their answer: not all of it can be read. */
function readSolved(lines: string): Solved[] {
  const line = z.object({ question: z.string(), answer: z.string() });
  return lines
    .split('\n')
    .filter((one) => one.trim() !== '')
    .flatMap((one) => {
      const { question, answer } = line.parse(JSON.parse(one));
      const { equations, marked, final } = derivationOf(question, answer);
      const last = equations.at(-1);
      if (last === undefined || !marked || final === undefined || Math.abs(last.right - final) > 1e-6)
        return [];
      const problem = readProblem(question);
      const roles = rolesPlayed(problem.numbers, equations);
      return {
        numbers: roles.map((played, i) => ({ features: numberFeatures(problem, i), roles: played })),
        features: problemFeatures(problem),
        operations: operationsIn(equations),
      };
    });
}

/** 1 for the only role of a number, a share where it plays several. */
function shareOf(role: NumberRole, played: ReadonlySet<NumberRole>): number {
  if (played.size === 0) return role === 'unused' ? 1 : 0;
  return played.has(role) ? 1 / played.size : 0;
}

function fit(problems: readonly Solved[]): SolutionModel {
  const numbers = problems.flatMap((problem) => problem.numbers);
  const fitOne = (rows: readonly Row[], targets: readonly number[], penalty: number): LogisticModel =>
    fitLogistic(rows, targets, { features: problemPlaces, penalty: () => penalty, iterations });
  const rows = numbers.map(({ features }) => features);
  return {
    roles: eachRole((role) =>
      fitOne(
        rows,
        numbers.map(({ roles }) => shareOf(role, roles)),
        penalties.roles,
      ),
    ),
    operations: fitOne(
      problems.map(({ features }) => features),
      problems.map(({ operations }) => shareOfOperations(operations)),
      penalties.operations,
    ),
  };
}

function write(): void {
  const model = packSolutionModel(fit(solved), {
    learnedAt: new Date().toISOString(),
    source: "GSM8K's training set (Cobbe et al. 2021, MIT): weights of hashed words, none of its text",
    sha256: createHash('sha256').update(text).digest('hex'),
    problems: solved.length,
  });
  const path = join(packageRoot(), 'config', 'solution-model.json');
  writeFileSync(path, `${JSON.stringify(model, null, 2)}\n`);
  console.log(`${path}: ${solved.length} problems`);
}

function check(): void {
  const model = fit(solved.filter((_, i) => i % 10 !== 0));
  const tenth = solved.filter((_, i) => i % 10 === 0);
  let right = 0;
  let loss = 0;
  const numbers = tenth.flatMap((problem) => problem.numbers);
  for (const { features, roles } of numbers) {
    const chances = eachRole((role) => predictLogistic(model.roles[role], features));
    const sum = Object.values(chances).reduce((all, chance) => all + chance, 0);
    const likeliest = numberRoles.reduce((best, role) => (chances[role] > chances[best] ? role : best));
    if (shareOf(likeliest, roles) > 0) right++;
    for (const role of numberRoles) loss -= shareOf(role, roles) * Math.log(chances[role] / sum);
  }
  const shares = tenth.map(({ operations }) => shareOfOperations(operations));
  const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length;
  let missed = 0;
  let spread = 0;
  for (const [i, { features }] of tenth.entries()) {
    missed += (predictLogistic(model.operations, features) - (shares[i] ?? 0)) ** 2;
    spread += ((shares[i] ?? 0) - mean) ** 2;
  }
  console.log(
    `${tenth.length} problems set aside: role right for ${((100 * right) / numbers.length).toFixed(1)} % of ` +
      `${numbers.length} numbers, log loss ${(loss / numbers.length).toFixed(3)}; ` +
      `${(100 * (1 - missed / spread)).toFixed(1)} % of the variance of log(operations)`,
  );
}
