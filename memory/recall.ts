import { SwarmdError } from '../config/errors.ts';
import type { Entry } from './types/entries.ts';

export interface Question {
  question: string;
  matches: (entry: Entry) => boolean;
}

/** Lines of `{"question": "…", "ids": [12]}`, or with `"text"` instead of ids: the exact text of the entry meant. */
export function readQuestions(content: string, file: string): Question[] {
  return content.split('\n').flatMap((line, index) => {
    if (line.trim() === '') return [];
    let value: { question?: unknown; ids?: unknown; text?: unknown } = {};
    try {
      value = JSON.parse(line);
    } catch {
      // The check below names the line.
    }
    const { question, ids, text } = value;
    if (typeof question !== 'string' || (!Array.isArray(ids) && typeof text !== 'string')) {
      throw new SwarmdError('INPUT_INVALID', `line ${index + 1} is no question`, {
        where: file,
        allowed: '{"question": "…", "ids": [12]} or {"question": "…", "text": "…"}',
      });
    }
    const wanted = new Set(Array.isArray(ids) ? ids : []);
    return [{ question, matches: (entry: Entry) => wanted.has(entry.id) || entry.text === text }];
  });
}

/** The share found, with its 95 % interval by Wilson's score (JASA 22, 1927), which holds near 0 and 1 too. */
export function meanRecall(found: readonly boolean[]): { recall: number; low: number; high: number } {
  const count = found.length;
  if (count === 0) return { recall: 0, low: 0, high: 1 };
  const share = found.filter(Boolean).length / count;
  const z = 1.96;
  const middle = (share + z ** 2 / (2 * count)) / (1 + z ** 2 / count);
  const half =
    (z / (1 + z ** 2 / count)) * Math.sqrt((share * (1 - share)) / count + z ** 2 / (4 * count ** 2));
  return { recall: share, low: Math.max(0, middle - half), high: Math.min(1, middle + half) };
}
