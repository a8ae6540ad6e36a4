import { hash32 } from '../hash.ts';
import type { Schema } from '../types.ts';
import { field } from './fields.ts';
import { chooseLabel } from './labels.ts';
import { matching } from './pattern.ts';

/** What the generator knows while it fills a schema. */
export interface InstanceContext {
  /** The whole prompt: values come from it wherever it has them. */
  prompt: string;
  seed: number;
  root: Schema;
  /** Picks one of several variants of an object by the constant that names each (`action: "done"`). */
  chooseVariant?: (names: readonly string[]) => string | undefined;
}

const deepest = 12;

/**
 * A value that is valid against a JSON Schema, filled from the prompt where it can be. Knows type, enum, const,
 * properties, required, items, prefixItems, anyOf, oneOf, allOf, $ref to #/…, the numeric, length and count
 * limits, common formats and simple patterns. Not if/then, not `not`, not dependentSchemas.
 */
export function instance(schema: Schema, context: InstanceContext, name = '', depth = 0): unknown {
  const resolved = resolve(schema, context.root);
  if ('const' in resolved) return resolved.const;
  if (Array.isArray(resolved.enum)) return enumValue(resolved.enum, context, name);
  const variants = asSchemas(resolved.anyOf) ?? asSchemas(resolved.oneOf);
  if (variants !== undefined && variants.length > 0) {
    return instance(withoutVariants(resolved, variant(variants, context)), context, name, depth);
  }
  switch (typeOf(resolved)) {
    case 'object':
      return objectValue(resolved, context, depth);
    case 'array':
      return arrayValue(resolved, context, name, depth);
    case 'integer':
    case 'number':
      return numberValue(resolved, context, name);
    case 'boolean':
      return field(name, 'boolean', context) ?? false;
    case 'null':
      return null;
    default:
      return stringValue(resolved, context, name);
  }
}

export function resolve(schema: Schema, root: Schema): Schema {
  let current = schema;
  for (let hop = 0; hop < 8 && typeof current.$ref === 'string'; hop++) {
    const path = current.$ref.replace(/^#\/?/, '').split('/').filter(Boolean);
    let target: unknown = root;
    for (const step of path)
      target = isSchema(target) ? target[step.replaceAll('~1', '/').replaceAll('~0', '~')] : undefined;
    if (!isSchema(target)) return {};
    current = target;
  }
  const all = asSchemas(current.allOf);
  if (all === undefined) return current;
  return all.reduce<Schema>((merged, part) => merge(merged, resolve(part, root)), {
    ...current,
    allOf: undefined,
  });
}

export function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function asSchemas(value: unknown): Schema[] | undefined {
  return Array.isArray(value) ? value.filter(isSchema) : undefined;
}

function merge(left: Schema, right: Schema): Schema {
  const properties = {
    ...(isSchema(left.properties) ? left.properties : {}),
    ...(isSchema(right.properties) ? right.properties : {}),
  };
  const required = [
    ...(Array.isArray(left.required) ? left.required : []),
    ...(Array.isArray(right.required) ? right.required : []),
  ];
  return { ...left, ...right, properties, required };
}

function withoutVariants(schema: Schema, chosen: Schema): Schema {
  return merge({ ...schema, anyOf: undefined, oneOf: undefined }, resolve(chosen, chosen));
}

function variant(variants: readonly Schema[], context: InstanceContext): Schema {
  const resolved = variants.map((entry) => resolve(entry, context.root));
  const names = resolved.map(constantOf);
  const wanted = context.chooseVariant?.(names.filter((entry) => entry !== ''));
  const chosen = wanted === undefined ? undefined : resolved[names.indexOf(wanted)];
  return chosen ?? resolved.find((entry) => typeOf(entry) !== 'null') ?? {};
}

/** The constant that names a variant: the first property with `const` or an enum of one. */
function constantOf(schema: Schema): string {
  if (!isSchema(schema.properties)) return '';
  for (const property of Object.values(schema.properties)) {
    if (!isSchema(property)) continue;
    if (typeof property.const === 'string') return property.const;
    if (Array.isArray(property.enum) && property.enum.length === 1) return String(property.enum[0]);
  }
  return '';
}

export function typeOf(schema: Schema): string {
  if (typeof schema.type === 'string') return schema.type;
  if (Array.isArray(schema.type)) return String(schema.type.find((type) => type !== 'null') ?? 'null');
  if (isSchema(schema.properties)) return 'object';
  if (isSchema(schema.items)) return 'array';
  return 'string';
}

function enumValue(values: readonly unknown[], context: InstanceContext, name: string): unknown {
  const labels = values.filter((value): value is string => typeof value === 'string');
  if (labels.length < values.length || labels.length === 0)
    return values[hash32(context.prompt, context.seed) % values.length];
  if (/^(action|tool|next|step|type)$/i.test(name)) {
    const wanted = context.chooseVariant?.(labels);
    if (wanted !== undefined) return wanted;
  }
  return chooseLabel(labels, context.prompt, context.seed + hash32(name));
}

function objectValue(schema: Schema, context: InstanceContext, depth: number): unknown {
  const properties = isSchema(schema.properties) ? schema.properties : {};
  const required = new Set(Array.isArray(schema.required) ? schema.required.map(String) : []);
  const result: Record<string, unknown> = {};
  for (const [name, property] of Object.entries(properties)) {
    // Optional members are given too, except where a schema that contains itself would never end.
    if (depth >= 4 && !required.has(name)) continue;
    if (depth < deepest)
      result[name] = instance(isSchema(property) ? property : {}, context, name, depth + 1);
  }
  for (const name of required) {
    if (!(name in result)) result[name] = field(name, 'string', context) ?? name;
  }
  return result;
}

function arrayValue(schema: Schema, context: InstanceContext, name: string, depth: number): unknown {
  const least = numeric(schema.minItems) ?? 0;
  const most = numeric(schema.maxItems) ?? Number.POSITIVE_INFINITY;
  const prefix = asSchemas(schema.prefixItems) ?? [];
  const items = isSchema(schema.items) ? resolve(schema.items, context.root) : {};
  if (depth >= deepest) return [];
  const found =
    prefix.length === 0 && typeOf(items) === 'string' && !Array.isArray(items.enum)
      ? field(name, 'list', context)
      : undefined;
  const wanted = Math.min(most, Math.max(least, prefix.length > 0 ? prefix.length : depth >= 4 ? 0 : 2));
  if (Array.isArray(found)) {
    const fitting = [...new Set(found.map((value) => fitString(String(value), items)))];
    if (fitting.length >= least) return fitting.slice(0, Math.min(most, Math.max(least, 5)));
  }
  const values: unknown[] = [];
  for (let index = 0; index < wanted; index++) {
    const own = { ...context, seed: context.seed + index };
    const value = instance(prefix[index] ?? items, own, singular(name), depth + 1);
    const twin =
      schema.uniqueItems === true && values.some((other) => JSON.stringify(other) === JSON.stringify(value));
    if (!twin) values.push(value);
    else if (values.length < least) values.push(otherThan(values, items, index));
  }
  return values;
}

function otherThan(values: readonly unknown[], items: Schema, index: number): unknown {
  if (Array.isArray(items.enum)) return items.enum.find((entry) => !values.includes(entry));
  if (typeOf(items) !== 'string') return Number(values[0]) + index;
  const most = numeric(items.maxLength) ?? Number.POSITIVE_INFINITY;
  for (let number = index + 1; ; number++) {
    const mark = String(number);
    const other = `${String(values[0]).slice(0, Math.max(0, most - mark.length))}${mark}`;
    if (!values.includes(other)) return other;
  }
}

function singular(name: string): string {
  return name.endsWith('ies') ? `${name.slice(0, -3)}y` : name.replace(/s$/, '');
}

function numeric(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

function numberValue(schema: Schema, context: InstanceContext, name: string): number {
  const whole = typeOf(schema) === 'integer';
  const step = numeric(schema.multipleOf) ?? (whole ? 1 : undefined);
  const low =
    numeric(schema.minimum) ?? above(schema.exclusiveMinimum, step ?? 0.01) ?? Number.NEGATIVE_INFINITY;
  const high =
    numeric(schema.maximum) ?? above(schema.exclusiveMaximum, -(step ?? 0.01)) ?? Number.POSITIVE_INFINITY;
  const found = field(name, 'number', context);
  let value = typeof found === 'number' ? found : 1;
  if (value < low || value > high) {
    const middle =
      Number.isFinite(low) && Number.isFinite(high)
        ? low + (high - low) * 0.8
        : Number.isFinite(low)
          ? low
          : high;
    value = middle;
  }
  if (step !== undefined) {
    value = Math.round(value / step) * step;
    if (value < low) value += step;
    if (value > high) value -= step;
  }
  return Number(value.toFixed(6));
}

function above(limit: unknown, by: number): number | undefined {
  const number = numeric(limit);
  return number === undefined ? undefined : number + by;
}

function stringValue(schema: Schema, context: InstanceContext, name: string): string {
  if (typeof schema.pattern === 'string') {
    const own = field(name, 'string', context);
    if (typeof own === 'string' && test(schema.pattern, own)) return own;
    const made = matching(schema.pattern, context.seed);
    if (made !== undefined) return made;
  }
  const format = typeof schema.format === 'string' ? schema.format : undefined;
  const value =
    (format === undefined ? undefined : field(format, 'format', context)) ?? field(name, 'string', context);
  return fitString(typeof value === 'string' ? value : name, schema);
}

function test(pattern: string, text: string): boolean {
  try {
    return new RegExp(pattern, 'u').test(text);
  } catch {
    return false;
  }
}

function fitString(text: string, schema: Schema): string {
  const least = numeric(schema.minLength) ?? 0;
  const most = numeric(schema.maxLength) ?? Number.POSITIVE_INFINITY;
  let value = text;
  while (value.length < least) value = value === '' ? 'text' : `${value} ${text || 'text'}`;
  return value.length > most ? value.slice(0, most).trimEnd().padEnd(Math.min(least, most), '.') : value;
}
