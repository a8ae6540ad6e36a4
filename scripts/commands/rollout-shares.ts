import { SwarmdError } from '../../config/errors.ts';

/** `10%→50%→100%`, `10%,50%,100%` or `10%->50%->100%` as 0.1, 0.5, 1. Throws USAGE unless they rise. */
export function parseSteps(written: string): number[] {
  const shares = written.split(/→|->|,|\s+/).filter((part) => part !== '');
  const steps = shares.map((share) => parseShare(share, 'shares'));
  const rising = steps.every((share, at) => share > (steps[at - 1] ?? 0));
  if (steps.length > 0 && rising) return steps;
  throw new SwarmdError('USAGE', `"${written}" is no row of rising shares`, {
    where: 'shares',
    allowed: '10%,50%,100% or 10%→50%→100%',
  });
}

/** `10%` or `0.1`, 0..1. Throws USAGE. */
export function parseShare(written: string, where: string): number {
  const [, number = '', percent] = /^([\d.]+)\s*(%?)$/.exec(written.trim()) ?? [];
  const share = Number(number) / (percent === '%' ? 100 : 1);
  if (number !== '' && Number.isFinite(share) && share >= 0 && share <= 1) return share;
  throw new SwarmdError('USAGE', `"${written}" is no share`, {
    where,
    allowed: 'a percentage such as 10%, or a number from 0 to 1 such as 0.1',
  });
}

/** A whole number of at least 1. Throws USAGE. */
export function positiveCount(written: string, where: string): number {
  const count = Number(written);
  if (Number.isSafeInteger(count) && count >= 1) return count;
  throw new SwarmdError('USAGE', `${where} cannot be "${written}"`, {
    where,
    allowed: 'a whole number of at least 1',
  });
}
