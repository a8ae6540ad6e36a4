/**
 * What makes the figures of an evaluation worth nothing: lines that were learned from, and words that give the
 * outcome away. Both score as if the router knew the answers.
 */
import { createHash } from 'node:crypto';
import type { RecordedLine } from './recorded.ts';

/** Prompts as 4-byte hashes, sorted, in base64: enough to know a prompt again, nothing to read it from. */
export function promptHashes(lines: readonly Pick<RecordedLine, 'prompt'>[]): string {
  const hashes = Uint32Array.from(new Set(lines.map((line) => hashOf(line.prompt)))).sort();
  return Buffer.from(hashes.buffer).toString('base64');
}

/** How many of the lines have a prompt among these hashes. */
export function countLearned(lines: readonly Pick<RecordedLine, 'prompt'>[], packed: string): number {
  const bytes = Buffer.from(packed, 'base64');
  const known = new Set<number>();
  for (let i = 0; i + 4 <= bytes.length; i += 4) known.add(bytes.readUInt32LE(i));
  return lines.filter((line) => known.has(hashOf(line.prompt))).length;
}

/** Of two prompts that differ in case, spacing or punctuation only, one is a copy of the other. */
export function promptKey(prompt: string): string {
  return prompt
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}

function hashOf(prompt: string): number {
  return createHash('sha256').update(promptKey(prompt)).digest().readUInt32LE(0);
}

export interface Giveaway {
  word: string;
  where: 'prompt' | 'response';
  /** Lines that have it. */
  lines: number;
  /** Correlation (phi) of having it with the outcome. On honest data single words stay far below one half. */
  correlation: number;
}

const leastLines = 50;
/** The greatest of GSM8K's and MMLU's words are at 0.18 and 0.22; a word put beside half of the labels is above 0.5. */
const leastCorrelation = 0.5;

/** The word whose presence says best whether the weak answer is right, where it says so too well to be honest. */
export function findGiveaway(lines: readonly RecordedLine[]): Giveaway | undefined {
  if (lines.length < leastLines) return undefined;
  const right = lines.filter((line) => line.weak.correct).length;
  const wrong = lines.length - right;
  if (right === 0 || wrong === 0) return undefined;
  // With few lines one of many words comes far by chance: five standard errors are asked for as well.
  const least = Math.max(leastCorrelation, 5 / Math.sqrt(lines.length));
  let found: Giveaway | undefined;
  for (const where of ['prompt', 'response'] as const) {
    const seen = new Map<string, { right: number; wrong: number }>();
    for (const line of lines) {
      const text = where === 'prompt' ? line.prompt : (line.weak.response ?? '');
      for (const word of new Set(text.toLowerCase().match(/[\p{L}\p{N}_]+/gu))) {
        const counts = seen.get(word) ?? { right: 0, wrong: 0 };
        counts[line.weak.correct ? 'right' : 'wrong'] += 1;
        seen.set(word, counts);
      }
    }
    for (const [word, counts] of seen) {
      const having = counts.right + counts.wrong;
      if (having === lines.length) continue;
      const correlation =
        (counts.right * (wrong - counts.wrong) - counts.wrong * (right - counts.right)) /
        Math.sqrt(right * wrong * having * (lines.length - having));
      if (Math.abs(correlation) >= Math.max(least, Math.abs(found?.correlation ?? 0)))
        found = { word, where, lines: having, correlation };
    }
  }
  return found;
}
