import { isRecord } from './classify-error.ts';

/**
 * Keywords OpenAI's strict mode takes (https://developers.openai.com/api/docs/guides/structured-outputs). Any
 * other, an open object or an optional property makes the API answer 400, so such a schema is sent without
 * `strict`: the model still sees it, and the answer is checked against the whole schema afterwards anyway.
 */
const allowed = new Set([
  '$defs',
  '$ref',
  'additionalProperties',
  'anyOf',
  'const',
  'definitions',
  'description',
  'enum',
  'exclusiveMaximum',
  'exclusiveMinimum',
  'format',
  'items',
  'maxItems',
  'maximum',
  'minItems',
  'minimum',
  'multipleOf',
  'pattern',
  'properties',
  'required',
  'title',
  'type',
]);

/** True when OpenAI's strict mode takes the schema as it is. */
export function isStrictSchema(schema: Record<string, unknown>): boolean {
  return schema.type === 'object' && schema.anyOf === undefined && isStrict(schema);
}

function isStrict(schema: unknown): boolean {
  if (!isRecord(schema)) return false;
  if (!Object.keys(schema).every((key) => allowed.has(key))) return false;
  if (schema.type === 'object' || schema.properties !== undefined) {
    const properties = isRecord(schema.properties) ? schema.properties : {};
    const required = new Set(Array.isArray(schema.required) ? schema.required : []);
    if (schema.additionalProperties !== false) return false;
    if (!Object.keys(properties).every((name) => required.has(name))) return false;
    if (!Object.values(properties).every(isStrict)) return false;
  }
  if (schema.type === 'array' && schema.items === undefined) return false;
  if (schema.items !== undefined && !isStrict(schema.items)) return false;
  if (Array.isArray(schema.anyOf) && !schema.anyOf.every(isStrict)) return false;
  for (const key of ['$defs', 'definitions']) {
    const definitions = schema[key];
    if (isRecord(definitions) && !Object.values(definitions).every(isStrict)) return false;
  }
  return (
    schema.type !== undefined ||
    schema.anyOf !== undefined ||
    schema.$ref !== undefined ||
    schema.enum !== undefined ||
    schema.const !== undefined
  );
}

/** OpenAI takes a schema of an object only, strict or not. */
export function isObjectSchema(schema: Record<string, unknown>): boolean {
  return schema.type === 'object';
}
