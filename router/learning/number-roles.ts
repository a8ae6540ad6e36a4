import type { StatedEquation } from '../checks/equations.ts';
import { type FoundNumber, round } from '../checks/numbers.ts';
import { isRestated } from './derivation.ts';

/** What a given number can be to a calculation: left out, or one side of an operation. */
export const numberRoles = [
  'unused',
  'added',
  'subtracted from',
  'subtracted',
  'multiplied',
  'divided',
  'divided by',
] as const;
export type NumberRole = (typeof numberRoles)[number];

/** The roles each given number plays; an empty set for one that is left out. Of equal numbers the first unused one. */
export function rolesPlayed(
  numbers: readonly FoundNumber[],
  equations: readonly StatedEquation[],
): Set<NumberRole>[] {
  const roles = numbers.map(() => new Set<NumberRole>());
  const forms = numbers.map(formsOf);
  for (const { operands, operators } of calculationsOf(equations)) {
    for (const [place, operand] of operands.entries()) {
      const role = roleAt(operators, place);
      if (role === undefined) continue;
      const candidates = roles.filter((_, i) => forms[i]?.has(round(operand)));
      (candidates.find((played) => played.size === 0) ?? candidates[0])?.add(role);
    }
  }
  return roles;
}

/** How many operations the equations take, at least 1 for each: a restatement takes none. */
export function operationsIn(equations: readonly StatedEquation[]): number {
  return calculationsOf(equations).reduce((sum, { operators }) => sum + Math.max(1, operators.length), 0);
}

function calculationsOf(equations: readonly StatedEquation[]): StatedEquation[] {
  return equations.filter((equation, i) => !isRestated(equations[i - 1], equation));
}

/** By the operator before the operand; the first one has only one behind it. */
function roleAt(operators: string, place: number): NumberRole | undefined {
  switch (operators[Math.max(0, place - 1)]) {
    case '+':
      return 'added';
    case '-':
      return place === 0 ? 'subtracted from' : 'subtracted';
    case '*':
      return 'multiplied';
    case '/':
      return place === 0 ? 'divided' : 'divided by';
    default:
      return undefined;
  }
}

/**
 * How a number may be written in a calculation. Fewer forms than the balance of a derivation allows: there each
 * reading excuses, here a wrong one would give a number a role that it does not have.
 */
function formsOf({ value, percent }: FoundNumber): Set<number> {
  const forms = [value];
  if (value > 0 && value <= 400) forms.push(value / 100);
  if (percent) forms.push(1 - value / 100, 1 + value / 100, 100 - value, 100 + value);
  if ([0.25, 0.5, 2, 3, 4, 5].includes(value)) forms.push(1 / value);
  return new Set(forms.map(round));
}
