/**
 * What is wrong with a configuration, all of it at once: each problem with its place, its key, and what would
 * be right. Turns the schema library's issues into sentences a user can act on.
 */
import type { z } from 'zod';
import { type Fault, SwarmdError } from './errors.ts';
import { didYouMean } from './suggest.ts';

export interface Problem {
  /** `swarmd.yaml:12`, `environment variable SWARMD_…`, `flag …` */
  where: string;
  /** Dotted key path; empty when the problem is the whole file. */
  key: string;
  message: string;
  allowed?: string;
}

/** `swarmd.yaml:12: routing.quality_threshold: must be a number` */
function problemLine(problem: Problem): string {
  // The place of a flag is its key already.
  const key = problem.key === '' || problem.where === `flag ${problem.key}` ? '' : ` ${problem.key}:`;
  const allowed = problem.allowed === undefined ? '' : ` (${problem.allowed})`;
  return `${problem.where}:${key} ${problem.message}${allowed}`;
}

/** One error for all of them, those of one file in the order of its lines. */
export function problemsError(found: readonly Problem[]): SwarmdError {
  const fileOf = (problem: Problem) => problem.where.replace(/:\d+$/, '');
  const lineOf = (problem: Problem) => Number(/:(\d+)$/.exec(problem.where)?.[1] ?? 0);
  const problems = [...Map.groupBy(found, fileOf).values()].flatMap((ofFile) =>
    ofFile.toSorted((a, b) => lineOf(a) - lineOf(b)),
  );
  const faults = problems.map(faultOf);
  const first = problems[0];
  if (first === undefined) throw new Error('problemsError needs at least one problem');
  if (problems.length === 1)
    return new SwarmdError('CONFIG_INVALID', problemLine(first), { where: first.where, faults });
  const lines = problems.map((problem) => `  ${problemLine(problem)}`).join('\n');
  return new SwarmdError('CONFIG_INVALID', `${problems.length} problems in the configuration:\n${lines}`, {
    where: first.where,
    faults,
  });
}

function faultOf({ where, key, message, allowed }: Problem): Fault {
  const line = /:(\d+)$/.exec(where)?.[1];
  return {
    field: key,
    message,
    where,
    ...(line === undefined ? {} : { line: Number(line) }),
    ...(allowed === undefined ? {} : { allowed }),
  };
}

/**
 * The schema's issues as problems. `where` finds the place of a key path; `allowedKeys` the keys that may
 * stand under one.
 */
export function problemsOf(
  issues: readonly z.core.$ZodIssue[],
  value: unknown,
  where: (path: readonly PropertyKey[]) => string,
  allowedKeys: (path: readonly PropertyKey[]) => readonly string[],
): Problem[] {
  return issues.flatMap((issue) => fromIssue(issue, [], value));

  function fromIssue(issue: z.core.$ZodIssue, prefix: readonly PropertyKey[], value: unknown): Problem[] {
    const path = [...prefix, ...issue.path];
    const written = valueAt(value, issue.path);
    const key = path.map(String).join('.');
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((name) => {
        const allowed = allowedKeys(path);
        return {
          where: where([...path, name]),
          key: [...path, name].map(String).join('.'),
          message: `unknown key${didYouMean(name, allowed)}`,
          allowed: `allowed here: ${allowed.join(', ')}`,
        };
      });
    if (issue.code === 'invalid_union') {
      const branch = nearestBranch(issue.errors);
      if (branch !== undefined) return branch.flatMap((inner) => fromIssue(inner, path, written));
      return [
        {
          where: where(path),
          key,
          message: issue.message === 'Invalid input' ? 'must be a name or a mapping' : issue.message,
        },
      ];
    }
    if (issue.code === 'invalid_value' && typeof written === 'string') {
      const choices = issue.values.map(String);
      return [
        {
          where: where(path),
          key,
          message: `"${written}" is not one of its values${didYouMean(written, choices)}`,
          allowed: choices.join(', '),
        },
      ];
    }
    return [{ where: where(path), key, message: messageOf(issue, written) }];
  }
}

/** Of a union's branches, the one whose type fits what was written, so that its inner mistakes are shown. */
function nearestBranch(branches: readonly z.core.$ZodIssue[][]): readonly z.core.$ZodIssue[] | undefined {
  return branches.find(
    (branch) => !branch.some((issue) => issue.code === 'invalid_type' && issue.path.length === 0),
  );
}

const typeWords: Record<string, string> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping of keys to values',
  record: 'a mapping of names to values',
};

/** What is wrong with a written value: `must be at most 1, not 2`. */
export function messageOf(issue: z.core.$ZodIssue, written: unknown): string {
  switch (issue.code) {
    case 'invalid_type':
      if (written === undefined) return 'is required';
      return `must be ${typeWords[issue.expected] ?? issue.expected}, not ${describe(written)}`;
    case 'too_small':
      if (issue.origin === 'string') return 'must not be empty';
      if (issue.origin === 'array') return `needs at least ${issue.minimum}`;
      return `must be ${issue.inclusive === false ? 'more than' : 'at least'} ${issue.minimum}, not ${describe(written)}`;
    case 'too_big':
      return `must be at most ${issue.maximum}, not ${describe(written)}`;
    case 'invalid_value':
      return `must be one of ${issue.values.map(String).join(', ')}, not ${describe(written)}`;
    default:
      return issue.message;
  }
}

function describe(value: unknown): string {
  if (value === null) return 'empty';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  return JSON.stringify(value);
}

/** What stands at a place of a value; undefined where nothing does. */
export function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let current = value;
  for (const key of path) {
    if (current === null || typeof current !== 'object') return undefined;
    current = (current as Record<PropertyKey, unknown>)[key];
  }
  return current;
}
