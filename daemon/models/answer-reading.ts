/** Finds in a model's answer what a question of the quick set asked for. */

/** The answer without the quotes, marks and code fences models put around a word, in small letters. */
export function plain(answer: string): string {
  return answer
    .replace(/```\w*|```/g, '')
    .trim()
    .replace(/^["'`*\s(]+|["'`*\s).!]+$/g, '')
    .toLowerCase();
}

/** The last number; `45,000` and `45 000` are one number. */
export function lastNumber(answer: string): number | undefined {
  const joined = answer.replace(/(?<=\d)[, \u00a0\u202f](?=\d{3}\b)/g, '');
  const all = joined.match(/-?\d+(\.\d+)?/g);
  const last = all?.at(-1);
  return last === undefined ? undefined : Number(last);
}

/** The JSON value of an answer, with or without a code fence and words around it; undefined where none parses. */
export function findJson(answer: string): unknown {
  const start = answer.search(/[[{]/);
  const end = Math.max(answer.lastIndexOf('}'), answer.lastIndexOf(']'));
  if (start < 0 || end < start) return undefined;
  try {
    return JSON.parse(answer.slice(start, end + 1));
  } catch {
    return undefined;
  }
}

export function isJsonObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The expression of a literal `/…/flags`; undefined where it is none. Short ones only: it runs on our strings. */
export function regularExpression(answer: string): RegExp | undefined {
  const literal = /\/((?:[^/\\\n]|\\.){1,80})\/([imsu]*)/.exec(answer);
  if (literal?.[1] === undefined) return undefined;
  try {
    return new RegExp(literal[1], literal[2]);
  } catch {
    return undefined;
  }
}
