/** The schema as JSON Schema, and what it says of one key path: what `config schema` prints and suggestions use. */
import { z } from 'zod';
import { settingsSchema } from './schema.ts';

export interface SchemaNode {
  type?: string;
  description?: string;
  default?: unknown;
  enum?: readonly unknown[];
  properties?: Record<string, SchemaNode>;
  additionalProperties?: SchemaNode | boolean;
  items?: SchemaNode;
  anyOf?: readonly SchemaNode[];
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
}

let tree: SchemaNode | undefined;

/** JSON Schema (2020-12) of swarmd.yaml. Built on first use: it costs about 3 ms and only mistakes need it. */
export function settingsJsonSchema(): SchemaNode {
  tree ??= z.toJSONSchema(settingsSchema, { io: 'input' }) as SchemaNode;
  return tree;
}

/** The part of the schema that governs a key path; undefined where nothing may stand. */
export function schemaAt(path: readonly PropertyKey[]): SchemaNode | undefined {
  let node: SchemaNode | undefined = settingsJsonSchema();
  for (const key of path) {
    if (node === undefined) return undefined;
    node = childOf(node, key);
  }
  return node;
}

function childOf(node: SchemaNode, key: PropertyKey): SchemaNode | undefined {
  const { properties } = node;
  if (properties !== undefined && Object.hasOwn(properties, key)) return properties[String(key)];
  if (node.items !== undefined && typeof key === 'number') return node.items;
  if (typeof node.additionalProperties === 'object') return node.additionalProperties;
  for (const branch of node.anyOf ?? []) {
    const child = childOf(branch, key);
    if (child !== undefined) return child;
  }
  return undefined;
}

/** The keys that may stand under a key path. */
export function allowedKeys(path: readonly PropertyKey[]): readonly string[] {
  const node = schemaAt(path);
  const direct = Object.keys(node?.properties ?? {});
  return direct.length > 0
    ? direct
    : (node?.anyOf ?? []).flatMap((branch) => Object.keys(branch.properties ?? {}));
}
