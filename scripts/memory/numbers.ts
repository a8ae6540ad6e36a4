import { SwarmdError } from '../../config/errors.ts';

/** An entry's id as people write it: `12` or `#12`. */
export function entryId(word: string | undefined, where = 'id'): number {
  const [, digits] = /^#?(\d{1,15})$/.exec(word ?? '') ?? [];
  if (digits !== undefined) return Number(digits);
  throw new SwarmdError('USAGE', word === undefined ? 'the id is missing' : `"${word}" is no id`, {
    where,
    allowed: 'the number after # in every list',
  });
}

export function wholeNumber(word: string, where: string): number {
  if (/^\d{1,9}$/.test(word)) return Number(word);
  throw new SwarmdError('USAGE', `"${word}" is not a whole number`, { where });
}
