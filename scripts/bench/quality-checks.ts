import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../config/paths.ts';
import type { CheckInput } from '../../router/checks/check.ts';
import { checkCode } from '../../router/checks/code.ts';
import { asksForJson } from '../../router/checks/json.ts';
import { checks } from '../../router/checks/ladder.ts';
import { inputOf } from '../../router/learning/offline-checks.ts';

const trainingPrompts = join(packageRoot(), 'scripts', 'learning', 'task-prompts');

interface Answered {
  prompt: string;
  answer: string;
}

/**
 * How often each check is below one half on the strong models' answers (false alarms, by and large: some of these
 * answers are refusals or wrong) and on the weak models' answers that are known to be wrong, and what they cost.
 */
export async function printCheckRates(folder: string): Promise<void> {
  const read = (name: string) =>
    readFileSync(join(folder, `${name}-recorded.dev.jsonl`), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
  const gsm8k = read('gsm8k');
  const strong: Answered[] = gsm8k.map((line) => ({ prompt: line.prompt, answer: line.strong.response }));
  for (const line of read('alpaca')) {
    for (const [model, answer] of Object.entries<string>(line.responses)) {
      if (/claude|gpt-4/.test(model)) strong.push({ prompt: line.prompt, answer });
    }
  }
  const wrong: Answered[] = gsm8k
    .filter((line) => !line.weak.correct)
    .map((line) => ({ prompt: line.prompt, answer: line.weak.response }));

  const times: number[] = [];
  const onStrong = await rates(strong, times);
  const onWrong = await rates(wrong, []);
  console.log(
    `\nchecks: ${strong.length} answers of strong models, ${wrong.length} wrong answers of a weak one`,
  );
  for (const [name, [applied, alarms]] of onStrong) {
    const caught = onWrong.get(name);
    const share = ((100 * alarms) / applied).toFixed(2);
    console.log(
      `  ${name.padEnd(12)} applies to ${String(applied).padStart(4)}, alarms ${String(alarms).padStart(2)} (${share} %); on wrong answers ${caught?.[1] ?? 0} of ${caught?.[0] ?? 0}`,
    );
  }
  const naming = readdirSync(trainingPrompts)
    .filter((name) => name.endsWith('.txt'))
    .flatMap((name) => readFileSync(join(trainingPrompts, name), 'utf8').split('\n'))
    .filter((line) => /json/i.test(line))
    // A line is its class, its language and its text.
    .map((line) => line.replace(/^\S \S\S /, '').replaceAll('\\n', '\n'));
  console.log(
    `  of ${naming.length} training prompts that name JSON, ${naming.filter(asksForJson).length} are taken to order it`,
  );
  // Of about 2,000 tokens, made of a real answer repeated with variations: what the goal is stated for.
  const long: number[] = [];
  const sample = strong.filter(({ answer }) => answer.length > 1500).slice(0, 200);
  for (const { prompt, answer } of sample) {
    const text = [1, 2, 3, 4, 5]
      .map((n) => answer.replace(/\b(\w+)\b/g, (word, _, at) => (at % 7 === n ? `${word}${n}` : word)))
      .join('\n\n')
      .slice(0, 8000);
    const input = inputOf(prompt, text);
    long.push(fastestOf(5, () => checks.forEach((check) => void check(input))));
  }
  console.log(
    `  time of all but code (fastest of five runs each): p50 ${at(times, 0.5)} ms, p99 ${at(times, 0.99)} ms; answers of 8,000 characters p50 ${at(long, 0.5)} ms, p99 ${at(long, 0.99)} ms`,
  );
}

async function rates(answers: readonly Answered[], times: number[]): Promise<Map<string, [number, number]>> {
  const counts = new Map<string, [number, number]>();
  for (const { prompt, answer } of answers) {
    const input: CheckInput = inputOf(prompt, answer);
    const results = checks.flatMap((check) => check(input) ?? []);
    times.push(fastestOf(5, () => checks.forEach((check) => void check(input))));
    const code = await checkCode(input);
    for (const { name, score } of code === undefined ? results : [...results, code]) {
      const [applied, alarms] = counts.get(name) ?? [0, 0];
      counts.set(name, [applied + 1, alarms + Number(score < 0.5)]);
    }
  }
  return counts;
}

/** Of several runs the fastest: what the work takes when nothing else has the processor. */
function fastestOf(runs: number, work: () => void): number {
  let best = Number.POSITIVE_INFINITY;
  for (let run = 0; run < runs; run++) {
    const started = performance.now();
    work();
    best = Math.min(best, performance.now() - started);
  }
  return best;
}

function at(times: number[], share: number): string {
  times.sort((a, b) => a - b);
  return (times[Math.floor(share * times.length)] ?? 0).toFixed(2);
}
