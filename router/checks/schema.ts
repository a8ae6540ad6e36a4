import { Ajv, type Options, type ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formatsPlugin from 'ajv-formats';
import { type Check, doubtful, failed, passed } from './check.ts';
import { withTimeLimit } from './time-limit.ts';

/** Schemas larger than this are refused: compiling one generates code in proportion. */
const largestSchema = 256 * 1024;
const longestValidationMs = 200;
const cacheSize = 200;

const options: Options = {
  strict: false,
  // The first error is evidence enough, and collecting all of them lets a hostile answer cost memory.
  allErrors: false,
  validateSchema: true,
  addUsedSchema: false,
  logger: false,
  // Ours reads `default` nowhere: an answer is judged as it is.
  useDefaults: false,
};

// ajv-formats is CommonJS whose default export is the plugin itself.
const addFormats = formatsPlugin as unknown as typeof formatsPlugin.default;

let older: Ajv | undefined;
let current: Ajv2020 | undefined;

/** The validator of the draft a schema names; without a name the 2020 one, which is what zod writes. */
function validatorFor(schema: object): Ajv {
  const draft = '$schema' in schema ? String(schema.$schema) : '';
  if (/draft-0[4-7]/.test(draft)) {
    if (older === undefined) {
      older = new Ajv(options);
      addFormats(older);
    }
    return older;
  }
  if (current === undefined) {
    current = new Ajv2020(options);
    addFormats(current);
  }
  return current;
}

interface Compiled {
  validate: ValidateFunction | undefined;
  error: string | undefined;
  /** Has patterns, so that validating may take exponential time and runs under a limit. */
  bounded: boolean;
}

const compiled = new Map<string, Compiled>();

function compile(schema: object): Compiled {
  const key = JSON.stringify(schema);
  const known = compiled.get(key);
  if (known !== undefined) {
    // Moved to the end: the map's order is the order of last use.
    compiled.delete(key);
    compiled.set(key, known);
    return known;
  }
  const fresh = compileFresh(schema, key);
  compiled.set(key, fresh);
  const oldest = compiled.keys().next();
  if (compiled.size > cacheSize && !oldest.done) compiled.delete(oldest.value);
  return fresh;
}

function compileFresh(schema: object, key: string): Compiled {
  const bounded = /"pattern(?:Properties)?"|"format"/.test(key);
  if (key.length > largestSchema) {
    return { validate: undefined, error: `schema larger than ${largestSchema} bytes`, bounded };
  }
  try {
    // `$id` would register the schema in ajv for good and clash with the next one of the same name.
    const { $schema: _, $id: __, ...plain } = schema as Record<string, unknown>;
    return { validate: validatorFor(schema).compile(plain), error: undefined, bounded };
  } catch (error) {
    return { validate: undefined, error: error instanceof Error ? error.message : String(error), bounded };
  }
}

/** Why a schema cannot be used, or undefined; the door asks this before it accepts an action. */
export function schemaError(schema: object): string | undefined {
  return compile(schema).error;
}

/** Whether a value satisfies a schema; `error` names the first place that does not, `undecided` what prevented it. */
export function validateAgainst(
  schema: object,
  value: unknown,
): { valid: true } | { valid: false; error: string } | { valid: undefined; undecided: string } {
  const { validate, error, bounded } = compile(schema);
  if (validate === undefined) return { valid: undefined, undecided: error ?? 'schema cannot be used' };
  const outcome = bounded
    ? withTimeLimit(longestValidationMs, () => validate(value))
    : { timedOut: false as const, result: validate(value) };
  if (outcome.timedOut) {
    return {
      valid: undefined,
      undecided: `validating took more than ${longestValidationMs} ms (a pattern in the schema)`,
    };
  }
  if (outcome.result) return { valid: true };
  const first = validate.errors?.[0];
  const place = first?.instancePath || 'the answer';
  return { valid: false, error: `${place} ${first?.message ?? 'does not match'}${allowed(first?.params)}` };
}

function allowed(params: Record<string, unknown> | undefined): string {
  if (Array.isArray(params?.allowedValues)) return `: ${params.allowedValues.slice(0, 8).join(', ')}`;
  if (typeof params?.additionalProperty === 'string') return `: ${params.additionalProperty}`;
  return '';
}

/** Does the JSON satisfy the schema that was asked for? A program reads it: an invalid one is a hard failure. */
export const checkSchema: Check = ({ request, parsed, settings }) => {
  if (request.schema === undefined || !settings.validateJson || parsed === undefined || !parsed.ok)
    return undefined;
  const outcome = validateAgainst(request.schema, parsed.value);
  if (outcome.valid === undefined) return doubtful('schema', 'format', 0.5, outcome.undecided);
  return outcome.valid
    ? passed('schema', 'format', 'valid against the schema')
    : failed('schema', 'format', 0.1, outcome.error);
};
