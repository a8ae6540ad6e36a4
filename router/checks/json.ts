import { type Check, failed, passed } from './check.ts';
import { withoutCode } from './prose.ts';

/**
 * JSON found in an answer. `how` says what it took, and counts against the score: the whole answer, inside a
 * code fence, in the middle of prose, or only after a repair.
 */
export type ParsedAnswer =
  | { ok: true; value: unknown; source: string; how: 'whole' | 'fenced' | 'embedded' | 'repaired' }
  | { ok: false; error: string };

/** Larger answers are not searched for JSON inside prose: the scan is linear, but nobody asked for this. */
const longestSearched = 2_000_000;

/**
 * Finds the JSON of an answer. The whole text first, then a code fence, then the first object or array in
 * prose, then one repair: trailing commas, comments, Python's True/False/None, typographic quotes as
 * delimiters. What is cut off is never completed: a repair must not invent what the model did not say.
 */
export function parseJsonAnswer(text: string): ParsedAnswer {
  const whole = tryParse(text);
  if (whole.ok) return { ok: true, value: whole.value, source: text, how: 'whole' };
  if (text.length > longestSearched) return { ok: false, error: 'the answer is too long to search for JSON' };

  for (const fence of text.matchAll(/```[\w+-]*[^\S\n]*\n([\s\S]*?)\n?[^\S\n]*```/g)) {
    const source = (fence[1] ?? '').trim();
    const parsed = tryParse(source);
    if (parsed.ok) return { ok: true, value: parsed.value, source, how: 'fenced' };
  }

  const candidate = firstBalanced(text);
  if (candidate === undefined) {
    return {
      ok: false,
      error: /[{[]/.test(text) ? `JSON is not complete: ${whole.error}` : 'no JSON in the answer',
    };
  }
  const embedded = tryParse(candidate);
  if (embedded.ok) return { ok: true, value: embedded.value, source: candidate, how: 'embedded' };

  const repaired = repairJson(candidate);
  const second = tryParse(repaired);
  if (second.ok) return { ok: true, value: second.value, source: repaired, how: 'repaired' };
  return { ok: false, error: embedded.error };
}

function tryParse(text: string): { ok: true; value: unknown } | { ok: false; error: string } {
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch (error) {
    return { ok: false, error: error instanceof Error ? error.message : String(error) };
  }
}

/** The first `{…}` or `[…]` whose brackets close, strings respected; undefined when none does. */
function firstBalanced(text: string): string | undefined {
  let from = 0;
  // A prose bracket such as "[1]" or "{name}" may come first: a few starts are tried, so the scan stays linear.
  for (let starts = 0; starts < 8; starts++) {
    const start = text.slice(from).search(/\{\s*["'}\u201c/]|\[\s*["'{[\]\d\-tfn\u201c]/);
    if (start < 0) return undefined;
    const open = from + start;
    const end = closingIndex(text, open);
    if (end < 0) return undefined;
    const source = text.slice(open, end + 1);
    // A lone "[1]" in prose is a footnote, not an answer, as long as anything more like one follows.
    if (source.length > 4 || starts === 7) return source;
    from = end + 1;
  }
  return undefined;
}

function closingIndex(text: string, open: number): number {
  let depth = 0;
  let inString = false;
  for (let i = open; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (inString) {
      if (c === 92) i++;
      else if (c === 34) inString = false;
    } else if (c === 34) inString = true;
    else if (c === 123 || c === 91) depth++;
    else if (c === 125 || c === 93) {
      depth--;
      if (depth === 0) return i;
    }
  }
  return -1;
}

/** Outside strings only: comments away, commas before a closing bracket away, Python's words and curly quotes. */
function repairJson(source: string): string {
  const curly = source.includes('"') ? source : source.replace(/[\u201c\u201d\u201e\u201f]/g, '"');
  return curly
    .split(/("(?:[^"\\]|\\.)*")/)
    .map((part, index) =>
      index % 2 === 1
        ? part
        : part
            .replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*|(?<=[\s,{[])#[^\n]*/g, '')
            .replace(/\bTrue\b/g, 'true')
            .replace(/\bFalse\b/g, 'false')
            .replace(/\bNone\b/g, 'null'),
    )
    .join('')
    .replace(/("(?:[^"\\]|\\.)*")|,(?=\s*[}\]])/g, (_, string?: string) => string ?? '');
}

const scores = { whole: 1, fenced: 0.95, embedded: 0.85, repaired: 0.7 };
const said = {
  whole: 'the answer is JSON',
  fenced: 'JSON in a code fence',
  embedded: 'JSON inside prose',
  repaired: 'JSON only after a repair (commas, comments or quotes)',
};

/**
 * A sentence of the task that orders JSON: "Return a JSON object with …", "Answer in JSON", "Give me the list as
 * JSON". Not "Write a function that returns JSON": between the verb and the word stands nothing that would make it.
 */
const ordersJson =
  /(?:^|[.!?:;,\n]|\b(?:and|then|please|must|should|only|und|bitte|et|y))[\s*>-]*(?:return|respond|reply|answer|output|produce|provide|give|print|emit|format|extract|generate|write|antworte|gib|liefere|réponds|donne|responde|devuelve)\b(?:(?!\b(?:function\w*|method|code|script|program\w*|class|api|endpoint|server|component|command|query|regex|library|module|test\w*|parser?|pars\w+|how|why|what|difference|example\w*|explanation|essay|article|tutorial|about|file|schema|to|if|for|from|into|between|convert\w*|invalid|of|this|that|these|below|given|following)\b)[^.!?;:\n]){0,60}?\bjson\b(?![\w-]|\.\w| (?:below|above|keys?|values?|fields?|schema|file|parser|web|api|path|patch|lines|library|data type|format is|vs|and (?:xml|yaml)))/i;

/** "Extract the name from the text below as JSON", "Turn the list into a JSON array": the verb begins, the form ends. */
const ordersAsJson =
  /(?:^|[.!?:\n]|\b(?:and|then|please|bitte))[\s*>-]*(?:extract|convert|turn|transform|put|make|split|list|give|show|return|get|extrai[st]?|wandle|gib|liste|zet|metti|transforma)\b[^.!?\n]{1,160}?\b(?:as|in|to|into|als|en|em|naar|format) (?:an? |valid |einen? |un )?json(?: (?:object|array|list|objekt))?(?=\s*(?:[.,:;{[\n]|$|with\b|grouped\b|um\b))/i;

/** Code or a prompt was asked for, whose reader is to answer in JSON: an answer without one is not wrong. */
const asksForCode =
  /\b(?:function|method|script|program|class|endpoint|server|express|flask|django|python|javascript|typescript|java|rust|golang|c\+\+|c#|php|ruby|sql|regex|curl|prompts?|templates?|few-shot)\b/i;

/** Does the task itself order JSON, with no schema that says so? */
export function asksForJson(task: string): boolean {
  const plain = withoutCode(task.slice(0, 20_000));
  return (ordersJson.test(plain) || ordersAsJson.test(plain)) && !asksForCode.test(plain);
}

/**
 * Is there JSON where a schema was asked for, or where the task orders it in words? Its absence is a hard failure: a
 * program waits for it. JSON that words ordered may stand in prose or need a repair: that costs nothing.
 */
export const checkJson: Check = ({ request, generation, text, parsed, settings }) => {
  if (!settings.validateJson) return undefined;
  if (request.schema === undefined) {
    if (generation.toolCalls.length > 0 || text === '' || !asksForJson(request.userText)) return undefined;
    const found = parsed ?? parseJsonAnswer(text);
    return found.ok ? passed('json', 'format', said[found.how]) : failed('json', 'format', 0, found.error);
  }
  if (parsed === undefined) return undefined;
  if (!parsed.ok) return failed('json', 'format', 0, parsed.error);
  return { ...passed('json', 'format', said[parsed.how]), score: scores[parsed.how] };
};
