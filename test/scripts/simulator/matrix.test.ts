import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { Ajv } from 'ajv';
import { classOf } from '../../../scripts/simulator/answers/classes.ts';
import { Verdicts } from '../../../scripts/simulator/answers/verdict.ts';
import { profiles } from '../../../scripts/simulator/profiles.ts';
import { type Simulator, startSimulator } from '../../../scripts/simulator/simulator.ts';

const classes = ['simple', 'moderate', 'complex'] as const;
const things = [
  'tides',
  'glaciers',
  'bicycles',
  'compilers',
  'vaccines',
  'bridges',
  'beehives',
  'auctions',
  'volcanoes',
  'satellites',
];
const prompts = {
  simple: (index: number) => `What is ${index + 3} times ${(index % 17) + 2}?`,
  moderate: (index: number) => `Explain how ${things[index % 10]} change over ${index + 2} years.`,
  complex: (index: number) =>
    `Design a system number ${index} that monitors ${things[index % 10]} and discuss the trade-offs.`,
};

test('the prompts below are of the class they are meant to be', () => {
  for (const name of classes)
    for (let index = 0; index < 300; index++)
      assert.equal(classOf(prompts[name](index)), name, prompts[name](index));
});

test('every model keeps its published share within 3 points over any 300 prompts in a row, whatever the seed', () => {
  for (const seed of [1, 7, 2026]) {
    const verdicts = new Verdicts(seed);
    for (const profile of profiles) {
      for (const name of classes) {
        const accepted: number[] = [];
        for (let index = 0; index < 600; index++)
          accepted.push(verdicts.acceptable(profile, name, `${prompts[name](index)} ${seed}`) ? 1 : 0);
        for (const start of [0, 150, 300]) {
          const share = accepted.slice(start, start + 300).reduce((sum, one) => sum + one, 0) / 300;
          assert.ok(
            Math.abs(share - profile.pass[name]) <= 0.03,
            `${profile.name} ${name} seed ${seed} from ${start}: ${share} against ${profile.pass[name]}`,
          );
        }
      }
    }
  }
});

test('a prompt repeated gets the same verdict, white space and case aside; another seed decides otherwise', () => {
  const profile = profiles[0];
  assert.ok(profile !== undefined);
  const first = new Verdicts(1);
  const again = new Verdicts(1);
  const other = new Verdicts(2);
  let different = 0;
  for (let index = 0; index < 100; index++) {
    const verdict = first.acceptable(profile, 'moderate', prompts.moderate(index));
    assert.equal(first.acceptable(profile, 'moderate', prompts.moderate(index)), verdict);
    assert.equal(again.acceptable(profile, 'moderate', prompts.moderate(index)), verdict);
    if (other.acceptable(profile, 'moderate', prompts.moderate(index)) !== verdict) different += 1;
  }
  assert.ok(different > 10);
});

let simulator: Simulator;
before(async () => {
  simulator = await startSimulator({ speed: 0, seed: 1 });
});
after(() => simulator.close());

interface Answer {
  text: string;
  finish: string;
}

async function ask(model: string, prompt: string, format?: object): Promise<Answer> {
  const body = JSON.stringify({
    model,
    stream: false,
    messages: [{ role: 'user', content: prompt }],
    ...(format === undefined ? {} : { format }),
  });
  const answer = (await (await fetch(`${simulator.url}/api/chat`, { method: 'POST', body })).json()) as {
    message: { content: string };
    done_reason: string;
  };
  return { text: answer.message.content, finish: answer.done_reason };
}

/** The share of 300 answers that a judge who knows nothing of the simulator accepts, against the published one. */
async function judged(published: number, one: (index: number) => Promise<boolean>): Promise<void> {
  let good = 0;
  for (let index = 0; index < 300; index++) if (await one(index)) good += 1;
  assert.ok(
    Math.abs(good / 300 - published) <= 0.03,
    `${good / 300} judged acceptable against ${published} published`,
  );
}

test('arithmetic: as many answers are truly right as the matrix says', async () => {
  await judged(0.9, async (index) => {
    const { text } = await ask('phi3:mini', prompts.simple(index));
    const numbers = text.match(/\d+/g)?.map(Number) ?? [];
    return numbers.at(-1) === (index + 3) * ((index % 17) + 2);
  });
});

test('prose: as many answers are finished, long enough, on the subject and no refusal as the matrix says', async () => {
  await judged(0.42, async (index) => {
    const prompt = prompts.complex(index);
    const { text, finish } = await ask('llama3:8b', prompt);
    const lines = text.split(/(?<=[.!?])\s+/);
    const subject = text.toLowerCase().includes(things[index % 10] ?? '');
    return (
      finish === 'stop' &&
      text.split(/\s+/).length > 40 &&
      subject &&
      new Set(lines).size === lines.length &&
      !text.startsWith(prompt)
    );
  });
});

test('JSON: as many answers are valid and true to the text as the matrix says', async () => {
  const schema = {
    type: 'object',
    properties: { name: { type: 'string' }, email: { type: 'string' }, amount: { type: 'number' } },
    required: ['name', 'email', 'amount'],
    additionalProperties: false,
  };
  const valid = new Ajv().compile(schema);
  await judged(0.7, async (index) => {
    const source = `Customer Anna Berg${index % 7 === 0 ? 'mann' : ''} (anna${index}@example.org) owes $${index + 40}.50 for the order.`;
    const { text, finish } = await ask(
      'mistral:7b',
      `Analyze this note and extract name, email and amount: ${source}`,
      schema,
    );
    if (finish !== 'stop') return false;
    try {
      const value: unknown = JSON.parse(text);
      if (!valid(value)) return false;
      const { name, email, amount } = value as { name: string; email: string; amount: number };
      return source.includes(name) && email === `anna${index}@example.org` && amount === index + 40.5;
    } catch {
      return false;
    }
  });
});

test('the bill says of each call what it was, so that a gate can be measured against the truth', async () => {
  simulator.resetBill();
  await ask('phi3:mini', 'Explain how lighthouses work.');
  const [row] = simulator.bill().rows;
  assert.equal(row?.class, 'moderate');
  assert.equal(typeof row?.acceptable, 'boolean');
  assert.equal(row?.failure === null, row?.acceptable);
});

test('docs/simulator.md publishes the profiles that are played', () => {
  const page = readFileSync(new URL('../../../docs/simulator.md', import.meta.url), 'utf8');
  for (const profile of profiles) {
    const row =
      page.split('\n').find((line) => line.startsWith(`| ${profile.name} |`)) ??
      assert.fail(`${profile.name} is missing`);
    const cells = row.split('|').map((cell) => cell.trim());
    assert.equal(Number(cells[3]), profile.tokensPerSecond, row);
    assert.equal(Number(cells[5]), profile.contextTokens, row);
    if (profile.kind === 'embedding') continue;
    assert.deepEqual(
      cells.slice(8, 12),
      [...classes.map((name) => profile.pass[name]), profile.criticAccuracy].map((share) =>
        String(Math.round(share * 100)),
      ),
      row,
    );
  }
});
