/**
 * One YAML file read into plain values, with the line of every key, so that every complaint about a value can
 * name the place where it stands.
 */
import { readFileSync } from 'node:fs';
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type Scalar,
} from 'yaml';
import type { Problem } from './problems.ts';

export interface YamlFile {
  path: string;
  /** Null for an empty file. */
  value: unknown;
  /** Where a key path stands, as `file:line`; the nearest enclosing key's place for one that is not written. */
  where: (path: readonly PropertyKey[]) => string;
  problems: Problem[];
}

/**
 * Reads and parses a file, replacing `${NAME}` and `${NAME:-default}` in scalars by the environment (`$${` is a
 * literal `${`). Interpolation happens after parsing, on scalars only: a value from the environment can never
 * become YAML structure. An unquoted scalar is typed after it, so that `port: ${PORT}` is a number.
 * Throws what the file system throws when the file cannot be read.
 */
export function readYamlFile(path: string, env: NodeJS.ProcessEnv): YamlFile {
  return parseYaml(readFileSync(path, 'utf8'), path, env);
}

/** The same for text that is already at hand; `path` is what complaints call it. */
function parseYaml(text: string, path: string, env: NodeJS.ProcessEnv): YamlFile {
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter, merge: true });
  // What follows a syntax error is mostly its consequence: one at a time.
  const problems: Problem[] = document.errors.slice(0, 1).map((error) => ({
    where: `${path}:${error.linePos?.[0].line ?? 1}`,
    key: '',
    message: (error.message.split('\n')[0] ?? error.message).replace(/ at line \d+.*$/, ''),
  }));
  const lines = new Map<string, number>();
  if (problems.length === 0) {
    const lineOf = (node: Node) => counter.linePos(node.range?.[0] ?? 0).line;
    walk(document.contents, [], lines, lineOf, (scalar, keyPath) => {
      for (const name of interpolate(scalar, env))
        problems.push({
          where: `${path}:${lineOf(scalar)}`,
          key: keyPath.join('.'),
          message: `\${${name}} is not set in the environment`,
          allowed: `set ${name}, or give a default as \${${name}:-value}`,
        });
    });
  }
  return { path, value: problems.length === 0 ? plainValue(document) : null, where, problems };

  function where(keyPath: readonly PropertyKey[]): string {
    for (let length = keyPath.length; length > 0; length--) {
      const line = lines.get(keyPath.slice(0, length).join('\0'));
      if (line !== undefined) return `${path}:${line}`;
    }
    return path;
  }
}

function plainValue(document: Document): unknown {
  return document.toJS({ maxAliasCount: 100 });
}

/** Notes the line of every key and item, and shows every string scalar that is a value to `visit`. */
function walk(
  node: unknown,
  path: readonly PropertyKey[],
  lines: Map<string, number>,
  lineOf: (node: Node) => number,
  visit: (scalar: Scalar, path: readonly PropertyKey[]) => void,
): void {
  if (isMap(node)) {
    for (const pair of node.items) {
      const key = isScalar(pair.key) ? String(pair.key.value) : String(pair.key);
      const inner = [...path, key];
      if (isScalar(pair.key)) lines.set(inner.join('\0'), lineOf(pair.key));
      walk(pair.value, inner, lines, lineOf, visit);
    }
  } else if (isSeq(node)) {
    for (const [index, item] of node.items.entries()) {
      const inner = [...path, index];
      if (isScalar(item) || isMap(item) || isSeq(item) || isAlias(item))
        lines.set(inner.join('\0'), lineOf(item));
      walk(item, inner, lines, lineOf, visit);
    }
  } else if (isScalar(node) && typeof node.value === 'string') visit(node, path);
}

/** Replaces variables in place; returns the names of those that are not set. */
function interpolate(scalar: Scalar, env: NodeJS.ProcessEnv): string[] {
  const text = String(scalar.value);
  if (!text.includes('${')) return [];
  const missing: string[] = [];
  const replaced = text.replace(
    /\$(\$\{)|\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}/g,
    (whole, escaped: string | undefined, name: string | undefined, fallback: string | undefined) => {
      if (escaped !== undefined) return escaped;
      const value = (name === undefined ? undefined : env[name]) || fallback;
      if (value === undefined && name !== undefined) missing.push(name);
      return value ?? whole;
    },
  );
  scalar.value = scalar.type === 'PLAIN' ? parseScalar(replaced) : replaced;
  return missing;
}

/** A number, a boolean or null where the text is one by YAML's core schema, else the text itself. */
export function parseScalar(text: string): unknown {
  if (/^(true|True|TRUE)$/.test(text)) return true;
  if (/^(false|False|FALSE)$/.test(text)) return false;
  if (/^(null|Null|NULL|~)$/.test(text)) return null;
  if (/^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$/.test(text)) return Number(text);
  return text;
}
