/**
 * Whether two answers to one request say the same, where that can be told without a model: parsed JSON, a choice
 * out of those the prompt offers, yes or no, a number. Prose, code and tool calls are never compared: two good
 * texts differ, and so do two bad ones.
 */
import type { Answer, Request } from '../types.ts';

export interface Agreement {
  agrees: boolean;
  /** How far it may be trusted as a word on the weaker answer, 0.5..1. */
  confidence: number;
}

/** Agreement by chance is rare; a difference may also be the stronger one's mistake. */
const certainty = { agrees: 0.95, differs: 0.85, openAgrees: 0.9, openDiffers: 0.75 } as const;

/** Undefined: it cannot be told. */
export function compareAnswers(
  request: Pick<Request, 'userText'>,
  weak: Answer,
  strong: Answer,
): Agreement | undefined {
  if (weak.toolCalls.length > 0 || strong.toolCalls.length > 0) return undefined;
  if (weak.json !== undefined && strong.json !== undefined) return compareJson(weak.json, strong.json);
  const said = [closedAnswer(weak.text, request.userText), closedAnswer(strong.text, request.userText)];
  const [one, other] = said;
  if (one === undefined || other === undefined || one.kind !== other.kind) return undefined;
  return one.value === other.value
    ? { agrees: true, confidence: certainty.agrees }
    : { agrees: false, confidence: certainty.differs };
}

/** Closed values (numbers, booleans, single words) decide; free text in a field is left out. */
function compareJson(weak: unknown, strong: unknown): Agreement | undefined {
  const [own, wanted] = [leaves(weak), leaves(strong)];
  const closed = [...wanted].filter(([, value]) => isClosed(value));
  if (closed.length === 0) return undefined;
  const equal = closed.filter(([path, value]) => own.get(path) === value).length;
  const complete = closed.length === wanted.size && own.size === wanted.size;
  if (equal === closed.length && own.size === wanted.size)
    return { agrees: true, confidence: complete ? certainty.agrees : certainty.openAgrees };
  if (equal * 2 < closed.length)
    return { agrees: false, confidence: complete ? certainty.differs : certainty.openDiffers };
  return undefined;
}

function isClosed(value: string): boolean {
  return value.length <= 40 && value.split(/\s+/).length <= 3;
}

function leaves(
  value: unknown,
  path = '',
  found: Map<string, string> = new Map(),
  depth = 0,
): Map<string, string> {
  if (typeof value === 'object' && value !== null && depth < 8) {
    for (const [key, part] of Object.entries(value)) leaves(part, `${path}/${key}`, found, depth + 1);
  } else {
    const number =
      typeof value === 'number' || typeof value === 'string' ? numberOf(String(value)) : undefined;
    found.set(path, number ?? normalize(String(value)));
  }
  return found;
}

interface Closed {
  kind: 'number' | 'truth' | 'choice';
  value: string;
}

/** What an answer comes down to, where it is of a kind of which there are few. */
function closedAnswer(text: string, prompt: string): Closed | undefined {
  const short = normalize(text);
  const truth = /^(yes|no|true|false|ja|nein|oui|non|sí|si|да|нет)$/.exec(short)?.[1];
  if (truth !== undefined)
    return { kind: 'truth', value: /^(yes|true|ja|oui|sí|si|да)$/.test(truth) ? 'yes' : 'no' };
  const number = numberOf(text) ?? statedNumber(text);
  if (number !== undefined) return { kind: 'number', value: number };
  const letter = /^\(?([a-h])\)?(?:[.:)]\s.{0,80})?$/s.exec(short)?.[1];
  if (letter !== undefined && new RegExp(`(^|\\n)\\s*\\(?${letter}[.)]\\s`, 'i').test(prompt))
    return { kind: 'choice', value: letter };
  // A single word or two is a choice only where the prompt offers it; any other one could be as good as the next.
  const words = short.split(/\s+/).length;
  if (short !== '' && words <= 3 && offers(prompt, short)) return { kind: 'choice', value: short };
  return undefined;
}

/** A text that is one number, with its sign of money, percent or unit: as the number alone. */
function numberOf(text: string): string | undefined {
  const found = /^[\s$€£]*(-?\d[\d,]*(?:\.\d+)?)\s*(?:%|[a-zµ°]{1,8}\.?)?[\s.]*$/i.exec(text);
  return found?.[1] === undefined ? undefined : String(Number(found[1].replaceAll(',', '')));
}

/** The number a worked answer says it comes to. */
function statedNumber(text: string): string | undefined {
  const found = [
    ...text.matchAll(
      /(?:####|\\boxed\{|\banswer is:?|\banswer:|\btotal is:?|\bresult is:?)\s*[$€£]?\s*(-?\d[\d,]*(?:\.\d+)?)/gi,
    ),
  ].at(-1)?.[1];
  return found === undefined ? undefined : String(Number(found.replaceAll(',', '')));
}

function normalize(text: string): string {
  return text
    .toLowerCase()
    .replace(/["'`*_]/g, '')
    .replace(/\s+/g, ' ')
    .replace(/^[\s.,:;!-]+|[\s.,:;!-]+$/g, '');
}

/** True where the prompt holds it as words of its own. */
function offers(prompt: string, choice: string): boolean {
  const escaped = choice.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`(?<![\\p{L}\\d])${escaped}(?![\\p{L}\\d])`, 'iu').test(normalize(prompt));
}
