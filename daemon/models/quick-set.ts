/**
 * Thirty questions of our own with answers a program can judge, ten for each class of complexity: enough to see
 * which of two local models answers better (the standard error of a share over thirty is nine points), too few
 * for more. Used by `swarmd models bench` and `swarmd init --detect`.
 */
import type { Complexity } from '../../config/config.ts';
import { findJson, isJsonObject, lastNumber, plain, regularExpression } from './answer-reading.ts';

export interface QuickItem {
  id: string;
  complexity: Complexity;
  prompt: string;
  accepts: (answer: string) => boolean;
  /** An answer that is right: what the checks are tested with. */
  reference: string;
}

type Written = Omit<QuickItem, 'complexity'>;

const simple: readonly Written[] = [
  number('addition', 'What is 17 + 26? Answer with the number only.', 43),
  word('reverse', 'Write the word "swarm" backwards. Answer with the word only.', 'mraws'),
  word(
    'odd-one-out',
    'Which does not belong: apple, pear, hammer, plum? Answer with that word only.',
    'hammer',
  ),
  word('prime', 'Is 97 a prime number? Answer yes or no.', 'yes'),
  word('capital', 'What is the capital of Portugal? Answer with its name only.', 'lisbon'),
  word(
    'sentiment',
    'Is this review positive or negative? "The delivery was late and the box was crushed." Answer with one word.',
    'negative',
  ),
  word(
    'tag',
    'Choose one tag, bug, question or feature: "The export button does nothing when I click it." Answer with the tag only.',
    'bug',
  ),
  {
    id: 'extract-address',
    prompt:
      'Copy the e-mail address out of this text and nothing else: "Write to Ana (ana.lopes@example.org) by noon."',
    accepts: (answer) => plain(answer) === 'ana.lopes@example.org',
    reference: 'ana.lopes@example.org',
  },
  {
    id: 'json-fields',
    prompt:
      'Give city and year of this sentence as a JSON object with the keys "city" and "year": "The bridge in Porto was opened in 1886."',
    accepts: (answer) => {
      const value = findJson(answer);
      return isJsonObject(value) && value.city === 'Porto' && Number(value.year) === 1886;
    },
    reference: '{"city": "Porto", "year": 1886}',
  },
  {
    id: 'upper-case',
    prompt: 'Write in capital letters, nothing else: queue worker',
    accepts: (answer) => /^\W*QUEUE WORKER\W*$/.test(answer.trim()),
    reference: 'QUEUE WORKER',
  },
];

const moderate: readonly Written[] = [
  number(
    'minutes',
    'A train leaves at 14:35 and arrives at 17:10. How many minutes does it take? Answer with the number only.',
    155,
  ),
  number(
    'letters',
    'How many times does the letter r occur in "strawberry refrigerator"? Answer with the number only.',
    7,
  ),
  number(
    'metres',
    'A cyclist rides for two and a half hours at 18 km/h. How many metres is that? Answer with the number only.',
    45_000,
  ),
  {
    id: 'sort',
    prompt: 'Sort alphabetically, on one line, separated by commas, nothing else: pear, fig, banana, apple',
    accepts: (answer) => plain(answer).replace(/\s/g, '') === 'apple,banana,fig,pear',
    reference: 'apple, banana, fig, pear',
  },
  {
    id: 'iso-date',
    prompt: 'Write the date "21 November 2026" as ISO 8601 (year-month-day). Answer with the date only.',
    accepts: (answer) => plain(answer) === '2026-11-21',
    reference: '2026-11-21',
  },
  {
    id: 'json-list',
    prompt:
      'Give the people of this text as a JSON array of objects with the keys "name" and "age": "Mira is 31, her brother Jon is four years younger."',
    accepts: (answer) => {
      const value = findJson(answer);
      return (
        Array.isArray(value) &&
        value.length === 2 &&
        [
          ['Mira', 31],
          ['Jon', 27],
        ].every(([name, age]) =>
          value.some((person) => isJsonObject(person) && person.name === name && Number(person.age) === age),
        )
      );
    },
    reference: '[{"name": "Mira", "age": 31}, {"name": "Jon", "age": 27}]',
  },
  {
    id: 'sql',
    prompt:
      'Table orders(id, customer, total). Write one SQL query that gives each customer with the sum of their totals, largest sum first. Answer with the query only.',
    accepts: (answer) =>
      /select[\s\S]*customer[\s\S]*sum\s*\(\s*(\w+\.)?total\s*\)[\s\S]*from\s+orders[\s\S]*group\s+by\s+(\w+\.)?customer[\s\S]*order\s+by[\s\S]*desc/i.test(
        answer,
      ),
    reference: 'SELECT customer, SUM(total) AS sum FROM orders GROUP BY customer ORDER BY sum DESC;',
  },
  {
    id: 'regular-expression',
    prompt:
      'Write a JavaScript regular expression literal that matches a whole string of the form 2026-11-21 (four, two and two digits) and no other string. Answer with the literal only.',
    accepts: (answer) => {
      const expression = regularExpression(answer);
      return (
        expression !== undefined &&
        ['2026-11-21', '1999-01-02'].every((text) => expression.test(text)) &&
        ['2026-11-2', '12026-11-21', '2026-11-211', '2026/11/21', 'x2026-11-21', ''].every(
          (text) => !expression.test(text),
        )
      );
    },
    reference: '/^\\d{4}-\\d{2}-\\d{2}$/',
  },
  {
    id: 'git-command',
    prompt:
      'Which git command lists the commits of the last seven days, one line each? Answer with the command only.',
    accepts: (answer) =>
      /git\s+log\b/.test(answer) &&
      /--(oneline|pretty=oneline|format=)/.test(answer) &&
      /--(since|after)\b/.test(answer),
    reference: 'git log --oneline --since="7 days ago"',
  },
  {
    id: 'summary',
    prompt:
      'Summarise in one sentence of at most 20 words: "The weekly meeting, which used to be on Monday at 17:00, moves to Tuesday at 18:00 because the large room is taken on Mondays. The agenda stays the same."',
    accepts: (answer) =>
      /tuesday/i.test(answer) && /18[:.]00|6 ?p\.?m/i.test(answer) && answer.trim().split(/\s+/).length <= 24,
    reference: 'The weekly meeting moves to Tuesday at 18:00 because the large room is taken on Mondays.',
  },
];

const complex: readonly Written[] = [
  number(
    'ages',
    'Anna is 24. She is twice as old as Ben was when Anna was as old as Ben is now. How old is Ben? End with the number alone on the last line.',
    18,
  ),
  number(
    'schedule',
    'Task A takes 3 hours, B takes 2 and needs A, C takes 4, D takes 1 and needs B and C. Two workers, one task each at a time. After how many hours at the earliest is all of it done? End with the number alone on the last line.',
    6,
  ),
  number(
    'last-digit',
    'What is the last digit of 7 to the power of 222? End with the digit alone on the last line.',
    9,
  ),
  number(
    'arrangements',
    'In how many different orders can 3 red and 2 blue balls lie in a row, when balls of one colour look alike? End with the number alone on the last line.',
    10,
  ),
  number(
    'pen',
    'A notebook and a pen cost 2.60 together. The notebook costs 2 more than the pen. What does the pen cost? End with the number alone on the last line.',
    0.3,
  ),
  {
    id: 'dice',
    prompt:
      'What is the probability that two fair dice show a sum of 8? End with the fraction alone on the last line.',
    accepts: (answer) => /\b5\s*\/\s*36\b/.test(answer.trim().split('\n').at(-1) ?? ''),
    reference: '5/36',
  },
  {
    id: 'closures',
    prompt:
      'What does this JavaScript print? const f = []; for (var i = 0; i < 3; i++) f.push(() => i); console.log(f.map((g) => g()).join()); Answer with the output only.',
    accepts: (answer) => plain(answer).replace(/\s/g, '') === '3,3,3',
    reference: '3,3,3',
  },
  {
    id: 'knaves',
    prompt:
      'Knights always tell the truth, knaves always lie. A says: "We are both knaves." What are A and B? Answer with a JSON object {"A": …, "B": …} whose values are "knight" or "knave", and nothing else.',
    accepts: (answer) => {
      const value = findJson(answer);
      return isJsonObject(value) && value.A === 'knave' && value.B === 'knight';
    },
    reference: '{"A": "knave", "B": "knight"}',
  },
  {
    id: 'off-by-one',
    prompt:
      'Line 1: function last(list) {\nLine 2:   let i = 0;\nLine 3:   while (i <= list.length) i++;\nLine 4:   return list[i - 1];\nLine 5: }\nThe function should return the last element and returns undefined. Which line has the mistake? Answer with the number of the line only.',
    accepts: (answer) => /^\D*3\D*$/.test(plain(answer)),
    reference: '3',
  },
  {
    id: 'plan',
    prompt:
      'Plan the move of a service to another database in exactly three steps: copy, switch, clean_up. Answer with a JSON array of three objects with the keys "name" (those names, in an order that works), "needs" (names of earlier steps) and "undo" (a sentence). clean_up needs switch, switch needs copy. Nothing else.',
    accepts: (answer) => {
      const steps = findJson(answer);
      if (!Array.isArray(steps) || steps.length !== 3) return false;
      return ['copy', 'switch', 'clean_up'].every((name, index) => {
        const step: unknown = steps[index];
        if (!isJsonObject(step) || step.name !== name || !Array.isArray(step.needs)) return false;
        const needed = ['', 'copy', 'switch'][index];
        const undone = typeof step.undo === 'string' && step.undo.trim().length >= 10;
        return undone && (needed === '' ? step.needs.length === 0 : step.needs.includes(needed));
      });
    },
    reference:
      '[{"name":"copy","needs":[],"undo":"Delete the copied tables."},{"name":"switch","needs":["copy"],"undo":"Point the service at the old database."},{"name":"clean_up","needs":["switch"],"undo":"Restore the old tables from the backup."}]',
  },
];

function number(id: string, prompt: string, right: number): Written {
  return {
    id,
    prompt,
    accepts: (answer) => {
      const found = lastNumber(answer);
      return found !== undefined && Math.abs(found - right) < 1e-9;
    },
    reference: String(right),
  };
}

function word(id: string, prompt: string, right: string): Written {
  return { id, prompt, accepts: (answer) => plain(answer) === right, reference: right };
}

export const quickSet: readonly QuickItem[] = [
  ...simple.map((item) => ({ ...item, complexity: 'simple' as const })),
  ...moderate.map((item) => ({ ...item, complexity: 'moderate' as const })),
  ...complex.map((item) => ({ ...item, complexity: 'complex' as const })),
];

/** The first `count` questions with the classes taken in turn, so that a short run covers all of them. */
export function someItems(count: number): QuickItem[] {
  const order = quickSet.map((_, index) => (index % 3) * 10 + Math.floor(index / 3));
  return order.slice(0, count).flatMap((index) => quickSet[index] ?? []);
}
