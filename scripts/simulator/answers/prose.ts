import { hash32 } from '../hash.ts';
import type { PromptClass } from '../types.ts';
import { parts, sentences, splitSource, terms, wantedCount, words } from './reading.ts';

/** Sentences about a thing, in which `{a}` and `{b}` stand for the prompt's own words. No two say the same. */
const statements = [
  'The main point about {a} is that it shapes how {b} behaves in practice.',
  'In everyday use, {a} matters because it decides what happens to {b} under load.',
  'A good way to understand {a} is to look at where it meets {b}.',
  'Most people first notice {a} when something in {b} stops working as they expect.',
  'There are limits: {a} helps only as far as {b} allows it to.',
  'Compared with the alternatives, {a} is simpler to reason about, while {b} takes more care.',
  'The cost of {a} is usually paid up front, and {b} repays it over time.',
  'A small example makes this clear: change {a} a little and watch how {b} follows.',
  'Experience shows that teams who plan for {a} early have fewer surprises with {b} later.',
  'It is worth writing down the assumptions about {a}, since {b} depends on them.',
  'When {a} grows, the first thing to check is whether {b} still keeps up.',
  'The usual mistake is to treat {a} as if it were independent of {b}.',
  'Measured over a longer period, {a} turns out to be steadier than {b}.',
  'For most purposes it is enough to keep {a} under review and adjust {b} when needed.',
  'Where {a} is critical, a second check on {b} pays for itself quickly.',
  'The benefits of {a} show most clearly once {b} has settled.',
  'Historically, {a} came first, and {b} developed around it.',
  'To sum up this aspect, {a} sets the direction and {b} provides the detail.',
] as const;

const openings = [
  'In short, {a} is best seen together with {b}.',
  'The short answer is that {a} and {b} go hand in hand.',
  'Looking at {a}, the connection with {b} is what counts most.',
  'At its core, the question of {a} is a question about {b}.',
] as const;

const closings = [
  'Taken together, this gives a workable picture of {a} and of what to expect from {b}.',
  'On balance, starting with {a} and keeping an eye on {b} is the sensible course.',
  'With that in mind, {a} can be approached with confidence, and {b} will follow.',
] as const;

export interface ProseOptions {
  prompt: string;
  class: PromptClass;
  seed: number;
}

/** Plain prose of a length that suits the class, in the prompt's own words, one passage for each part asked for. */
export function prose(options: ProseOptions): string {
  const { prompt, seed } = options;
  const { instruction, source } = splitSource(prompt);
  const asked = parts(instruction);
  const count = wantedCount(
    instruction,
    /items?|reasons?|examples?|ways|tips|points?|ideas?|steps?|benefits|advantages|names?|things|facts|questions|titles|options|risks|causes|features|titles?|keywords?|tags?|bullet/,
  );
  if (count !== undefined && count > 0 && count <= 20 && asked.length < 2) return list(prompt, count, seed);
  const sentenceCount = wantedCount(instruction, /sentences?/);
  const wordCount = wantedCount(instruction, /words?/);
  const own = terms(`${instruction} ${source}`, 14);
  if (asked.length >= 2) {
    return asked
      .map((part, index) => {
        const partTerms = [...terms(part, 5), ...own];
        const heading = capital(part.replace(/[?.:]+$/, ''));
        return `${index + 1}. ${heading}: ${passage(partTerms, options.class === 'complex' ? 3 : 2, seed + index * 7, index * 3)}`;
      })
      .join('\n\n');
  }
  if (sentenceCount !== undefined && sentenceCount > 0)
    return passage(own, Math.min(12, sentenceCount), seed);
  if (wordCount !== undefined && wordCount >= 20)
    return passage(own, Math.max(2, Math.round(wordCount / 15)), seed);
  if (options.class === 'simple') return passage(own, 2, seed);
  if (options.class === 'moderate')
    return `${passage(own, 4, seed)}\n\n${passage(rotate(own, 2), 3, seed + 5, 5)}`;
  return [0, 1, 2]
    .map((paragraph) => passage(rotate(own, paragraph * 2), 4, seed + paragraph * 3, paragraph * 5))
    .join('\n\n');
}

function rotate<T>(items: readonly T[], by: number): T[] {
  const at = items.length === 0 ? 0 : by % items.length;
  return [...items.slice(at), ...items.slice(0, at)];
}

/** `skip` moves on in the statements, so that the passages of one answer do not repeat each other. */
function passage(own: readonly string[], count: number, seed: number, skip = 0): string {
  const start = (hash32(own.join(' '), seed >>> 3) + skip) % statements.length;
  const fill = (template: string, index: number): string =>
    capital(
      template
        .replace('{a}', own[(index * 2) % Math.max(1, own.length)] ?? 'the subject')
        .replace('{b}', own[(index * 2 + 1) % Math.max(1, own.length)] ?? 'its context'),
    );
  const lines: string[] = [];
  for (let index = 0; index < count; index++) {
    const last = index === count - 1;
    const pool =
      index === 0 && skip === 0 ? openings : last && count > 2 && skip === 0 ? closings : undefined;
    const template =
      pool === undefined ? statements[(start + index) % statements.length] : pool[start % pool.length];
    lines.push(fill(template ?? statements[0], index));
  }
  return lines.join(' ');
}

function list(prompt: string, count: number, seed: number): string {
  const own = terms(prompt, 14);
  const start = hash32(prompt, seed) % statements.length;
  return Array.from({ length: count }, (_, index) => {
    const a = own[index % Math.max(1, own.length)] ?? 'subject';
    const b =
      own[(index + 1 + Math.floor(index / Math.max(1, own.length))) % Math.max(1, own.length)] ?? 'context';
    const text = (statements[(start + index) % statements.length] ?? statements[0])
      .replace('{a}', a)
      .replace('{b}', b);
    return `${index + 1}. ${capital(text)}`;
  }).join('\n');
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A summary made of the source's own sentences, so that every name and number in it occurs there. */
export function summary(prompt: string): string {
  const { instruction, source } = splitSource(prompt);
  const all = sentences(source).filter((sentence) => sentence.length > 8);
  const wanted =
    wantedCount(instruction, /sentences?|points?|bullets?/) ??
    (/one sentence|single sentence|headline/i.test(instruction) ? 1 : Math.max(2, Math.ceil(all.length / 4)));
  const kept = new Set<string>();
  const frequency = new Map<string, number>();
  for (const term of source.toLowerCase().match(/\p{L}{5,}/gu) ?? [])
    frequency.set(term, (frequency.get(term) ?? 0) + 1);
  const weight = (sentence: string): number => {
    const own = sentence.toLowerCase().match(/\p{L}{5,}/gu) ?? [];
    return own.reduce((sum, term) => sum + (frequency.get(term) ?? 0), 0) / Math.max(6, words(sentence));
  };
  if (all[0] !== undefined) kept.add(all[0]);
  for (const sentence of [...all].sort((left, right) => weight(right) - weight(left))) {
    if (kept.size >= Math.min(wanted, 6)) break;
    kept.add(sentence);
  }
  const chosen = all.filter((sentence) => kept.has(sentence)).slice(0, Math.max(1, wanted));
  const bullets = /bullet|points/i.test(instruction);
  return chosen
    .map((sentence) => (bullets ? `- ${sentence}` : sentence.replace(/([^.!?])$/, '$1.')))
    .join(bullets ? '\n' : ' ');
}
