/** Action types: the built-in ones (`action-types.yaml`) and the user's own, one YAML file each in `actions_dir`. */
import { readdirSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { z } from 'zod';
import { type ActionTypeSpec, complexities, personalDataClasses, type UserCheck } from './config.ts';
import { packageRoot } from './paths.ts';
import { type Problem, problemsOf, valueAt } from './problems.ts';
import { didYouMean } from './suggest.ts';
import { readYamlFile, type YamlFile } from './yaml-file.ts';

const hard = z.boolean().default(true);

const regularExpression = z.strictObject({
  pattern: z.string().min(1),
  flags: z
    .string()
    .regex(/^[imsuv]*$/, { error: 'may hold the letters i, m, s, u, v' })
    .optional(),
  hard,
});

const command = z.strictObject({
  program: z.string().min(1),
  args: z.array(z.string()).default([]),
  timeout_ms: z.int().min(1).default(10_000),
  hard,
});

const checkShape = {
  matches: regularExpression.optional(),
  not_matches: regularExpression.optional(),
  command: command.optional(),
};

const check = z
  .strictObject(checkShape)
  .refine((value) => Object.values(value).filter((part) => part !== undefined).length === 1, {
    error: `must be exactly one of ${Object.keys(checkShape).join(', ')}`,
  });

const typeShape = {
  complexity: z.enum(complexities).optional(),
  template: z.string().min(1).optional(),
  system: z.string().min(1).optional(),
  schema: z.record(z.string(), z.unknown()).optional(),
  quality_threshold: z.number().min(0).max(1).optional(),
  privacy: z.literal('local').optional(),
  allow_personal_data: z.array(z.enum(personalDataClasses)).optional(),
  critical: z.boolean().default(false),
  checks: z.array(check).default([]),
};

const builtInFile = z.record(z.string(), z.strictObject(typeShape));
const ownFile = z.strictObject({ ...typeShape, name: z.string().min(1).optional() });
type WrittenType = z.output<typeof ownFile>;

/** The keys a type's file may have. */
export const actionTypeKeys: readonly string[] = Object.keys(ownFile.shape);

/** Types with a path of their own in the daemon: their meaning is fixed. */
const reserved = ['prompt', 'chat', 'agent'];

let packaged: Record<string, ActionTypeSpec> | undefined;

/** The types that come with swarmd. */
export function builtInActionTypes(): Readonly<Record<string, ActionTypeSpec>> {
  packaged ??= readBuiltIn(join(packageRoot(), 'config', 'action-types.yaml'));
  return packaged;
}

function readBuiltIn(path: string): Record<string, ActionTypeSpec> {
  const types = builtInFile.parse(readYamlFile(path, {}).value);
  return Object.fromEntries(
    Object.entries(types).map(([name, type]) => [name, toSpec(name, type, 'built in')]),
  );
}

/**
 * The types in a folder, each file's mistakes as problems; a file named as a built-in type replaces it. `isProgram`
 * says of a check's program whether it can be started: asked by `config check` only, since a program may well be
 * there for the daemon and not for whoever looks at its state from elsewhere.
 */
export function readActionTypes(
  folder: string,
  env: NodeJS.ProcessEnv,
  setBy: string,
  isProgram: (program: string) => boolean = () => true,
): { types: ActionTypeSpec[]; problems: Problem[] } {
  let names: string[];
  try {
    names = readdirSync(folder).filter((name) => /\.ya?ml$/.test(name));
  } catch {
    return {
      types: [],
      problems: [{ where: setBy, key: 'actions_dir', message: `there is no folder ${folder}` }],
    };
  }
  const types: ActionTypeSpec[] = [];
  const problems: Problem[] = [];
  for (const fileName of names.sort()) {
    const file = readYamlFile(join(folder, fileName), env);
    const found = readOne(file, basename(fileName, extname(fileName)), isProgram);
    problems.push(...file.problems, ...found.problems);
    if (found.type !== undefined) types.push(found.type);
  }
  return { types, problems };
}

function readOne(
  file: YamlFile,
  nameOfFile: string,
  isProgram: (program: string) => boolean,
): { type: ActionTypeSpec | undefined; problems: Problem[] } {
  if (file.problems.length > 0) return { type: undefined, problems: [] };
  const result = ownFile.safeParse(file.value ?? {});
  // What the schema cannot say is looked for beside it, so that every fault of a file comes out at once.
  const problems = [...mistakesIn(file, isProgram)];
  if (!result.success) {
    const issues = withoutConsequences(result.error.issues);
    return {
      type: undefined,
      problems: [...problemsOf(issues, file.value, file.where, allowedKeysAt), ...problems],
    };
  }
  const name = result.data.name ?? nameOfFile;
  if (reserved.includes(name))
    problems.push({ where: file.path, key: 'name', message: `${name} is built in and cannot be replaced` });
  return { type: problems.length === 0 ? toSpec(name, result.data, file.path) : undefined, problems };
}

/** The keys that may stand at a place of a type's file. */
function allowedKeysAt(path: readonly PropertyKey[]): readonly string[] {
  if (path.length === 0) return actionTypeKeys;
  if (path[0] !== 'checks') return [];
  if (path.length === 2) return Object.keys(checkShape);
  return path[2] === 'command' ? Object.keys(command.shape) : Object.keys(regularExpression.shape);
}

/** A mistyped key is one fault: that the right one is missing, too, is its consequence. */
function withoutConsequences(issues: readonly z.core.$ZodIssue[]): z.core.$ZodIssue[] {
  const mistyped = issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys' ? issue.keys.map((key) => ({ at: issue.path.join('.'), key })) : [],
  );
  return issues.filter((issue) => {
    const [name, at] = [String(issue.path.at(-1)), issue.path.slice(0, -1).join('.')];
    if (issue.code === 'custom') return !mistyped.some((one) => one.at === issue.path.join('.'));
    return !mistyped.some((one) => one.at === at && didYouMean(one.key, [name]) !== '');
  });
}

/** Mistakes that no schema knows of; in whatever else the file has wrong. */
function* mistakesIn(file: YamlFile, isProgram: (program: string) => boolean): Generator<Problem> {
  const template = valueAt(file.value, ['template']);
  for (const [, placeholder] of (typeof template === 'string' ? template : '').matchAll(
    /\{\{\s*(.*?)\s*\}\}/g,
  ))
    if (placeholder !== 'prompt' && !/^input\.[\w.]+$/.test(placeholder ?? ''))
      yield {
        where: file.where(['template']),
        key: 'template',
        message: `nothing is called {{${placeholder}}}`,
        allowed: '{{prompt}} and {{input.field}}',
      };
  const checks = valueAt(file.value, ['checks']);
  for (const index of Array.isArray(checks) ? checks.keys() : []) {
    const at = ['checks', index];
    for (const kind of ['matches', 'not_matches']) {
      const written = regularExpression.safeParse(valueAt(checks, [index, kind]));
      if (!written.success) continue;
      try {
        new RegExp(written.data.pattern, written.data.flags);
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        yield {
          where: file.where([...at, kind, 'pattern']),
          key: [...at, kind, 'pattern'].join('.'),
          message,
        };
      }
    }
    const program = valueAt(checks, [index, 'command', 'program']);
    if (typeof program === 'string' && program !== '' && !isProgram(program))
      yield {
        where: file.where([...at, 'command', 'program']),
        key: [...at, 'command', 'program'].join('.'),
        message: `there is no program ${JSON.stringify(program)} that can be started`,
        allowed: 'the whole path of an executable file, or a name in PATH',
      };
  }
}

function toSpec(name: string, type: WrittenType, origin: string): ActionTypeSpec {
  return {
    name,
    complexity: type.complexity,
    template: type.template?.trimEnd(),
    system: type.system?.trimEnd(),
    schema: type.schema,
    qualityThreshold: type.quality_threshold,
    privacy: type.privacy,
    ...(type.allow_personal_data === undefined ? {} : { allowPersonalData: type.allow_personal_data }),
    critical: type.critical,
    checks: type.checks.flatMap(toChecks),
    origin,
  };
}

function toChecks(written: z.output<typeof check>): UserCheck[] {
  if (written.command !== undefined) {
    const { program, args, timeout_ms, hard } = written.command;
    return [{ kind: 'command', program, args, timeoutMs: timeout_ms, hard }];
  }
  const kind = written.matches === undefined ? 'not_matches' : 'matches';
  const expression = written.matches ?? written.not_matches;
  if (expression === undefined) return [];
  const { pattern, flags, hard } = expression;
  return [{ kind, pattern, hard, ...(flags === undefined ? {} : { flags }) }];
}
