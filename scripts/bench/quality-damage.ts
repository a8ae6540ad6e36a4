/**
 * Recall of the checks: answers of the strong models, damaged on purpose in ways of our own, and how many of the
 * damaged ones some check is below one half on. Beside it, on the same answers undamaged, the false alarms of the
 * checks that are there for this damage. Seeded: the same data give the same damage.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CheckInput } from '../../router/checks/check.ts';
import { checkCode } from '../../router/checks/code.ts';
import { checks } from '../../router/checks/ladder.ts';
import { seededRandom } from '../../router/learning/evaluate.ts';
import type { CheckResult } from '../../router/types/assessment.ts';
import type { Answered } from './quality-damage/damage.ts';
import { proseDamages } from './quality-damage/prose.ts';
import { structuredDamages } from './quality-damage/structured.ts';

/** `shown` prints the first so many false alarms and misses of every damage, to be looked at. */
export async function printDamage(folder: string, shown = 0): Promise<void> {
  const answers = strongAnswers(folder);
  console.log(`\ndamage: ${answers.length} answers of strong models, damaged where it can be done`);
  for (const damage of [...proseDamages, ...structuredDamages]) {
    const random = seededRandom(20261121);
    let possible = 0;
    let done = 0;
    let caught = 0;
    let own = 0;
    let hard = 0;
    let alarms = 0;
    const others = new Map<string, number>();
    let left = shown;
    for (const [at, answered] of answers.entries()) {
      const input = damage.of(answered, random, at);
      if (input === undefined) continue;
      possible++;
      const [after, before] = [await results(input), await results(damage.right(answered))];
      const applies = [...after, ...before].some(({ name }) => damage.by.includes(name));
      if (!applies && damage.by.length > 0) continue;
      done++;
      const low = after.filter(({ score }) => score < 0.5);
      const mine = low.filter(({ name }) => damage.by.includes(name));
      if (low.length > 0) caught++;
      if (mine.length > 0) own++;
      if (low.some((result) => result.hard)) hard++;
      for (const { name } of low)
        if (!damage.by.includes(name)) others.set(name, (others.get(name) ?? 0) + 1);
      const wrong = before.filter(({ name, score }) => score < 0.5 && damage.by.includes(name));
      if (wrong.length > 0) alarms++;
      if ((shown > 0 && wrong.length > 0) || (left > 0 && low.length === 0)) {
        left--;
        const what = wrong.length > 0 ? `ALARM ${JSON.stringify(wrong)}` : 'MISSED';
        console.log(
          `    ${what} ${JSON.stringify(answered.prompt.slice(0, 100))} ${JSON.stringify(input.text.slice(-300))}`,
        );
      }
    }
    const by = damage.by.length === 0 ? 'no check' : damage.by.join(', ');
    const besides = [...others].map(([name, count]) => `${name} ${count}`).join(', ');
    console.log(
      `  ${damage.name.padEnd(46)} ${by}: ${own} of ${done} (${share(own, done)}), false alarms ${alarms} (${share(alarms, done)}); of ${possible} in all any check ${caught} (hard ${hard})${besides === '' ? '' : `; also ${besides}`}`,
    );
  }
}

async function results(input: CheckInput): Promise<CheckResult[]> {
  const quick = checks.flatMap((check) => check(input) ?? []);
  const code = await checkCode(input);
  return code === undefined ? quick : [...quick, code];
}

function share(part: number, of: number): string {
  return of === 0 ? 'none' : `${((100 * part) / of).toFixed(1)} %`;
}

function strongAnswers(folder: string): Answered[] {
  const read = (name: string) =>
    readFileSync(join(folder, `${name}-recorded.dev.jsonl`), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
  const of = (pairs: [prompt: string, answer: string][]) =>
    pairs.map(([prompt, answer], i): Answered => {
      const other = pairs[(i + 7) % pairs.length];
      return { prompt, answer, other: other?.[1] ?? answer };
    });
  const alpaca = read('alpaca');
  const models = Object.keys(alpaca[0].responses).filter((model) => /claude|gpt-4/.test(model));
  return [
    ...of(read('gsm8k').map((line) => [line.prompt, line.strong.response])),
    ...models.flatMap((model) => of(alpaca.map((line) => [line.prompt, line.responses[model]]))),
  ];
}
