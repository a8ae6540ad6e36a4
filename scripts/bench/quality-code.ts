/**
 * What parsing the code in an answer takes, by language, on answers of about 8 KB (2,000 tokens) made of pieces
 * of our own: the first one, which loads the grammar, and all further ones.
 */
import { checkCode } from '../../router/checks/code.ts';
import { inputOf } from '../../router/learning/offline-checks.ts';
import { percentile } from './measure.ts';

/**
 * One piece of each language, or of a dialect after a blank; `§` becomes another number each time, so that no two
 * are the same.
 */
const pieces: Readonly<Record<string, string>> = {
  json: '{"id§": "i§", "amounts": [1, 2.5, -3e2], "address": {"street": "Main §", "open": true, "note": null}}',
  yaml: 'key§:\n  name: "part §"\n  sizes: [1, 2, §]\n  nested:\n    - a: 1\n      b: text of §\n    - c: |\n        several\n        lines\n',
  javascript:
    'export function sum§(list) {\n  let total = §;\n  for (const { value, weight = 1 } of list) {\n    if (value > 10 && !weight) continue;\n    total += value * weight;\n  }\n  return `total ` + total;\n}\n',
  typescript:
    'export interface Item§<T extends object> {\n  readonly id: number;\n  tags?: Map<string, T[]>;\n}\nexport const pick§ = <T extends object>(items: readonly Item§<T>[], at = §): T | undefined =>\n  items.find((item) => item.id === at)?.tags?.get("a")?.[0];\n',
  python:
    'def sum_§(items, *, scale=§):\n    """Adds them up."""\n    total = 0\n    for name, value in items.items():\n        if value is None or name.startswith("_"):\n            continue\n        total += value * scale\n    return [total, {k: v for k, v in items.items() if v}]\n\n',
  go: 'func Sum§(items map[string]int, scale int) (int, error) {\n\ttotal := §\n\tfor name, value := range items {\n\t\tif name == "" {\n\t\t\treturn 0, fmt.Errorf("no name at %d", value)\n\t\t}\n\t\ttotal += value * scale\n\t}\n\treturn total, nil\n}\n\n',
  rust: "pub fn sum_§<'a>(items: &'a [Item]) -> Result<Vec<&'a str>, Error> {\n    let mut names = Vec::with_capacity(§);\n    for item in items.iter().filter(|item| item.size > §) {\n        match &item.name {\n            Some(name) => names.push(name.as_str()),\n            None => return Err(Error::Missing(item.id)),\n        }\n    }\n    Ok(names)\n}\n\n",
  java: 'class Item§<T extends Comparable<T>> {\n  private final List<T> values = new ArrayList<>();\n  int count(T least) throws IOException {\n    int total = §;\n    for (T value : values) {\n      if (value.compareTo(least) > 0) total++;\n    }\n    return values.stream().filter(v -> v != null).toList().size() + total;\n  }\n}\n',
  c: 'static int sum_§(const struct item *items, size_t count)\n{\n    int total = §;\n    for (size_t i = 0; i < count; i++) {\n        if (items[i].name == NULL || items[i].size < 0)\n            continue;\n        total += items[i].size * (int)sizeof(*items);\n    }\n    return total;\n}\n\n',
  bash: 'sum_§() {\n  local total=§ name\n  for name in "$@"; do\n    if [[ -f "$name" && ! -L "$name" ]]; then\n      total=$((total + $(wc -l <"$name")))\n    fi\n  done\n  printf \'%s\\n\' "$total" | sed -e \'s/^/lines: /\' >&2\n}\n',
  sql: "SELECT c.id, c.name, SUM(o.amount) AS total_§ FROM customers c LEFT JOIN orders o ON o.customer_id = c.id WHERE o.placed_at >= '2026-01-01' AND c.kind IN (1, 2, §) GROUP BY c.id, c.name HAVING SUM(o.amount) > § ORDER BY total_§ DESC LIMIT 10;\n",
  'sql of MySQL':
    "UPDATE `orders` o, `clients` c SET o.`state` = 'sent', o.`note` = 'it\\'s §' WHERE o.`client` = c.`id` AND c.`kind` = § LIMIT 5;\nSELECT * FROM `orders` WHERE `id` = § LOCK IN SHARE MODE;\n",
  'sql of T-SQL':
    "DECLARE @n§ INT = §\nIF EXISTS (SELECT 1 FROM [dbo].[Orders] WITH (NOLOCK) WHERE [Id] = @n§)\nBEGIN\n  UPDATE TOP (10) [dbo].[Orders] SET [State] = N'sent §' WHERE [Id] = @n§\n  PRINT 'done'\nEND\nGO\n",
  'sql of all':
    "SELECT a::int FROM t WHERE b ILIKE '%§';\nSELECT `a` FROM `t` LIMIT 1, §;\nSELECT TOP (§) [a] FROM [t];\nINSERT OR IGNORE INTO t (a) VALUES (§);\nSELECT * EXCEPT (a) FROM UNNEST([STRUCT(§ AS a)]);\n",
  'sql in one statement': "  (§, 'name of §', NULL, 12.5, '2026-01-01', TRUE),\n",
  html: '<section id="part§" class="wide"><h2>Part §</h2><p>Some <em>text</em> with a <a href="/pages/§?x=1">link</a>.</p><ul><li>one</li><li>two</li></ul><img src="§.png" alt="picture §"></section>\n',
};

const answerLength = 8000;
const runs = 100;
/** Of so many the fastest: what the work takes when nothing else has the processor. */
const repeats = 3;

/** What an answer may look like besides right: each piece says how, and what `checkCode` makes of it is not asked. */
const states: Readonly<Record<string, (pieces: readonly string[]) => string>> = {
  right: (pieces) => pieces.join(''),
  // The last piece breaks off in the middle.
  cut: (pieces) => `${pieces.join('')}${pieces[0]?.slice(0, pieces[0].length / 2) ?? ''}`,
  // One bracket or quotation mark is missing: near the beginning, and near the end.
  early: (pieces) => without(pieces, 1),
  late: (pieces) => without(pieces, pieces.length - 2),
  // No code at all.
  prose: (pieces) =>
    'Some words, and then (more) of "them" for you; it is what it is. '.repeat(pieces.join('').length / 66),
};

export async function printCodeTimes(of = /./): Promise<void> {
  console.log(
    `\ncode in answers of ${answerLength} characters, ${runs} each, fastest of ${repeats}: ms p50/p99 by state; "first": with loading, not counted, nor the next ten; and how many times JSON.parse of the same text, a string a line`,
  );
  const all: number[] = [];
  const worst: { name: string; p99: number }[] = [];
  for (const [name, piece] of Object.entries(pieces)) {
    if (!of.test(name)) continue;
    const first = await timesOf([answerOf(name, piece, 0, states.right)], 1);
    // The compiler is still at work on the first few: their slowest is said apart.
    const early = await timesOf(earlyAnswers(name, piece), 1);
    const by: string[] = [];
    let right: number[] = [];
    for (const [state, made] of Object.entries(states)) {
      const times = await timesOf(
        Array.from({ length: runs }, (_, run) => answerOf(name, piece, run + 1, made)),
        repeats,
      );
      if (state === 'right') right = times;
      all.push(...times);
      worst.push({ name: `${name} ${state}`, p99: percentile(times, 0.99) });
      by.push(`${state} ${percentile(times, 0.5).toFixed(2)}/${percentile(times, 0.99).toFixed(2)}`);
    }
    const plain = Array.from({ length: runs }, (_, run) =>
      JSON.stringify(answerOf(name, piece, run + 1, states.right).split('\n')),
    );
    const baseline = plain.map((text) => fastestOf(() => JSON.parse(text))).sort((a, b) => a - b);
    const ratio = percentile(right, 0.5) / percentile(baseline, 0.5);
    console.log(
      `  ${name.padEnd(20)} ${by.join('  ')}; first ${percentile(first, 0).toFixed(1)}, slowest of the next ten ${percentile(early, 1).toFixed(1)}; ${ratio.toFixed(0)} times JSON.parse`,
    );
  }
  all.sort((a, b) => a - b);
  worst.sort((a, b) => b.p99 - a.p99);
  console.log(
    `  all                  p50 ${percentile(all, 0.5).toFixed(2)}, p99 ${percentile(all, 0.99).toFixed(2)} (goal: p99 under 20); the slowest: ${worst
      .slice(0, 3)
      .map(({ name, p99 }) => `${name} p99 ${p99.toFixed(1)}`)
      .join(', ')}`,
  );
}

/** Milliseconds, ascending. */
async function timesOf(answers: readonly string[], repeated: number): Promise<number[]> {
  const times: number[] = [];
  for (const answer of answers) {
    const input = inputOf('Write it.', answer);
    let best = Number.POSITIVE_INFINITY;
    for (let again = 0; again < repeated; again++) {
      const started = performance.now();
      await checkCode(input);
      best = Math.min(best, performance.now() - started);
    }
    times.push(best);
  }
  return times.sort((a, b) => a - b);
}

function earlyAnswers(name: string, piece: string): string[] {
  return Array.from({ length: 10 }, (_, run) => answerOf(name, piece, runs + 1 + run, states.right));
}

function answerOf(
  name: string,
  piece: string,
  run: number,
  made: ((pieces: readonly string[]) => string) | undefined,
): string {
  const parts: string[] = [];
  for (let n = 1 + run * 1000, size = 0; size + piece.length < answerLength; n++) {
    const part = piece.replaceAll('§', String(n));
    parts.push(name === 'json' && parts.length > 0 ? `,\n${part}` : part);
    size += part.length + 1;
  }
  const code = made?.(parts) ?? '';
  const language = name.split(' ')[0] ?? name;
  const whole =
    language === 'json'
      ? `[${code}]`
      : name === 'sql in one statement'
        ? `INSERT INTO t VALUES\n${code}  (0);\n`
        : code;
  return `Here it is:\n\n\`\`\`${language}\n${whole}\n\`\`\`\n`;
}

/** The pieces in a row, without the first bracket or quotation mark of one of them. */
function without(pieces: readonly string[], at: number): string {
  return pieces.map((piece, n) => (n === at ? piece.replace(/[([{"'`]/, '') : piece)).join('');
}

function fastestOf(work: () => void): number {
  let best = Number.POSITIVE_INFINITY;
  for (let run = 0; run < repeats; run++) {
    const started = performance.now();
    work();
    best = Math.min(best, performance.now() - started);
  }
  return best;
}
