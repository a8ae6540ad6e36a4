import { workOut } from './arithmetic.ts';
import { truth } from './labels.ts';
import { parts, sentences, splitSource, terms } from './reading.ts';

type Want = 'string' | 'number' | 'boolean' | 'list' | 'format';

interface FieldContext {
  prompt: string;
  seed: number;
}

const patterns = {
  email: /[\w.+-]+@[\w-]+\.[\w.]+\w/,
  url: /https?:\/\/[^\s)"'>,]+/,
  date: /\b\d{4}-\d{2}-\d{2}\b/,
  phone: /\+?\d[\d ()-]{7,}\d/,
  money: /[$€£]\s?(\d[\d,]*(?:\.\d+)?)|(\d[\d,]*(?:\.\d+)?)\s?(?:USD|EUR|GBP|dollars|euros)\b/,
  path: /\b[\w.-]+(?:\/[\w.-]+)+\b|\b[\w-]+\.(?:ts|js|py|md|json|yaml|txt|go|rs|sh|html|css)\b/,
  uuid: /\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b/i,
};

/**
 * A value for a member of an object, by its name and from the prompt: an `email` is an e-mail address that
 * occurs in it, `total` an amount of money in it. Undefined: nothing fits, or the kind of value is not known.
 */
export function field(name: string, want: Want, context: FieldContext): unknown {
  const { prompt } = context;
  const { source, instruction } = splitSource(prompt);
  const text = source === '' ? prompt : source;
  switch (want) {
    case 'format':
      return formatted(name, text);
    case 'number':
      return numberFor(name, prompt, text);
    case 'boolean':
      return truth(prompt, context.seed);
    case 'list':
      return listFor(name, text, instruction);
    default:
      return stringFor(name, prompt, text);
  }
}

function formatted(format: string, text: string): string | undefined {
  switch (format) {
    case 'email':
      return text.match(patterns.email)?.[0] ?? 'someone@example.org';
    case 'date':
      return text.match(patterns.date)?.[0] ?? '2026-01-15';
    case 'date-time':
      return `${text.match(patterns.date)?.[0] ?? '2026-01-15'}T12:00:00Z`;
    case 'time':
      return '12:00:00Z';
    case 'uri':
    case 'url':
      return text.match(patterns.url)?.[0] ?? 'https://example.org/';
    case 'uuid':
      return text.match(patterns.uuid)?.[0] ?? '7d444840-9dc0-41d1-b245-5ffdce74fad2';
    case 'ipv4':
      return text.match(/\b\d{1,3}(?:\.\d{1,3}){3}\b/)?.[0] ?? '192.0.2.1';
    default:
      return undefined;
  }
}

function toNumber(raw: string | undefined): number | undefined {
  return raw === undefined ? undefined : Number(raw.replaceAll(',', ''));
}

function numberFor(name: string, prompt: string, text: string): number | undefined {
  if (/confidence|probability|likelihood/i.test(name)) return 0.9;
  const labelled = labelledValue(name, text)?.match(/-?\d[\d,]*(?:\.\d+)?/)?.[0];
  if (labelled !== undefined) return toNumber(labelled);
  if (/total|amount|price|cost|sum|budget|fee/i.test(name)) {
    const money = text.match(patterns.money);
    if (money !== null) return toNumber(money[1] ?? money[2]);
  }
  if (/answer|result|value|total|sum/i.test(name)) {
    const worked = workOut(prompt);
    if (worked !== undefined) return worked.value;
  }
  if (/year/i.test(name)) return toNumber(text.match(/\b(?:19|20)\d{2}\b/)?.[0]);
  if (/age/i.test(name)) {
    const age = text.match(/\b(\d{1,3})[\s-]years?[\s-]old|\bage[d:]?\s*(\d{1,3})|,\s*(\d{1,3}),/i);
    if (age !== null) return toNumber(age[1] ?? age[2] ?? age[3]);
  }
  const near = text.match(
    new RegExp(
      `(-?\\d[\\d,]*(?:\\.\\d+)?)\\s+(?:[\\w-]+\\s+)?${escaped(name.replace(/_?(count|number)$/i, ''))}`,
      'i',
    ),
  )?.[1];
  return toNumber(near ?? text.match(/-?\b\d[\d,]*(?:\.\d+)?\b/)?.[0]);
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&') || '\\d';
}

/** `city: Paris`, `City = Paris`, `the city is Paris`: what the text says under that name. */
function labelledValue(name: string, text: string): string | undefined {
  if (name === '') return undefined;
  const label = escaped(name).replaceAll('_', '[ _-]');
  const match = text.match(
    new RegExp(`\\b${label}\\b\\s*(?:\\bis\\b|[:=])\\s*["“]?([^\\n,;"”.]{1,80})`, 'i'),
  );
  return match?.[1]?.trim();
}

function stringFor(name: string, prompt: string, text: string): string {
  const labelled = labelledValue(name, text) ?? labelledValue(name, prompt);
  if (labelled !== undefined && labelled !== '') return labelled;
  const lower = name.toLowerCase();
  const proper = (nth: number): string | undefined =>
    [...text.matchAll(/\b[A-Z][a-zäöüéè]+(?:\s+[A-Z][a-zäöüéè]+)+\b/g)][nth]?.[0] ??
    text.match(/(?<=[a-z,]\s)[A-Z][a-zäöüéè]+/)?.[0];
  const first = (pattern: RegExp): string | undefined => text.match(pattern)?.[0];
  if (/mail/.test(lower)) return first(patterns.email) ?? 'someone@example.org';
  if (/url|link|website|uri/.test(lower)) return first(patterns.url) ?? 'https://example.org/';
  if (/path|file/.test(lower)) return first(patterns.path) ?? prompt.match(patterns.path)?.[0] ?? 'README.md';
  if (/date|when|due|day/.test(lower))
    return (
      first(patterns.date) ??
      first(
        /\b(?:Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday|January|February|March|April|May|June|July|August|September|October|November|December)\b(?:\s+\d{1,2})?/,
      ) ??
      '2026-01-15'
    );
  if (/phone|tel/.test(lower)) return first(patterns.phone) ?? '+1 555 0100';
  if (/currency/.test(lower)) return /€|EUR|euro/.test(text) ? 'EUR' : /£|GBP/.test(text) ? 'GBP' : 'USD';
  if (/city|place|location|country|town/.test(lower)) {
    return (
      text.match(/\b(?:in|from|at|to|near|lives in)\s+([A-Z]\w+(?:\s[A-Z]\w+)?)/)?.[1] ?? proper(0) ?? 'Paris'
    );
  }
  if (/(^|_)id$|number|code|order|invoice/.test(lower))
    return first(/\b[A-Z]{1,5}-?\d{2,}\b|#\d+|\b\d{3,}\b/) ?? 'A-1';
  if (/name|person|author|customer|company|vendor|sender|title$/.test(lower) && !/file/.test(lower)) {
    const named =
      text.match(/\b(?:named|called|name is|I am|by|from)\s+([A-Z]\w+(?:\s[A-Z]\w+)?)/)?.[1] ??
      proper(/company|vendor/.test(lower) ? 1 : 0);
    if (named !== undefined) return named;
  }
  if (/language/.test(lower)) return 'English';
  if (/answer|result|output|response/.test(lower)) {
    const worked = workOut(prompt);
    if (worked !== undefined) return String(worked.value);
  }
  if (/cmd|command/.test(lower)) return 'git status';
  if (/query|search|pattern|keyword/.test(lower)) return terms(prompt, 3).join(' ') || 'status';
  if (/topic|tag|category|subject|label|keyword/.test(lower))
    return (terms(text, 1)[0] ?? 'general').toLowerCase();
  const sentence = sentences(text).find((entry) => entry.length > 10) ?? text;
  if (
    /summary|description|reason|rationale|text|content|message|explanation|note|issue|comment|thought/.test(
      lower,
    )
  ) {
    return clip(sentence, 240);
  }
  return clip(terms(text, 4).join(' ') || sentence || name, 120);
}

function clip(text: string, length: number): string {
  return text.length <= length ? text : text.slice(0, length).replace(/\s+\S*$/, '');
}

function listFor(name: string, text: string, instruction: string): string[] {
  const all = (pattern: RegExp): string[] => [
    ...new Set([...text.matchAll(new RegExp(pattern, 'g'))].map((match) => match[0])),
  ];
  if (/mail/i.test(name)) return all(patterns.email);
  if (/url|link/i.test(name)) return all(patterns.url);
  if (/date/i.test(name)) return all(patterns.date);
  if (/path|file/i.test(name)) return all(patterns.path);
  if (/names|people|persons|authors|entities/i.test(name)) return all(/\b[A-Z][a-z]+(?:\s+[A-Z][a-z]+)+\b/);
  if (/issue|risk|point|step|reason|finding/i.test(name)) {
    const found = sentences(text).slice(0, 3);
    return found.length > 1 ? found : parts(instruction);
  }
  return terms(text, 4).map((word) => word.toLowerCase());
}
