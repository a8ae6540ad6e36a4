/**
 * Settings from the environment. `SWARMD_ROUTING__QUALITY_THRESHOLD=0.8` sets `routing.quality_threshold`: the
 * key path in capitals, levels joined by two underscores. Lists are written with commas or as YAML flow
 * (`[a, b]`). The variables other programs use (OLLAMA_HOST and the like) fill in the same keys, weaker than
 * SWARMD_ ones and stronger than files.
 */
import { parse } from 'yaml';
import { normalOllamaHost } from './endpoints.ts';
import type { Layer } from './layers.ts';
import type { Problem } from './problems.ts';
import { allowedKeys, type SchemaNode, schemaAt } from './schema-tree.ts';
import { didYouMean } from './suggest.ts';
import { parseScalar } from './yaml-file.ts';

/** SWARMD_ variables that are not settings: where things are, and switches for tests and launchers. */
const notSettings = ['SWARMD_HOME', 'SWARMD_CONFIG', 'SWARMD_CRASH_AT', 'SWARMD_NODE'];

const aliases: Record<string, readonly string[]> = { SWARMD_LOG_LEVEL: ['log', 'level'] };

/** Variables of other programs, and the key each one fills. */
const foreign: Record<string, { path: readonly string[]; read: (text: string) => string }> = {
  OLLAMA_HOST: { path: ['model_settings', 'ollama_endpoint'], read: normalOllamaHost },
  OPENAI_BASE_URL: { path: ['model_settings', 'openai_endpoint'], read: (text) => text },
  ANTHROPIC_BASE_URL: { path: ['model_settings', 'anthropic_endpoint'], read: (text) => text },
  MEMORY_DB: { path: ['memory', 'path'], read: (text) => text },
};

/** The two layers of the environment, strongest first, with what is wrong in them. */
export function environmentLayers(
  env: NodeJS.ProcessEnv,
  cwd: string,
): { layers: Layer[]; problems: Problem[]; warnings: string[] } {
  const problems: Problem[] = [];
  const warnings: string[] = [];
  const own = newLayer('environment', cwd);
  for (const [name, text] of Object.entries(env)) {
    if (!name.startsWith('SWARMD_') || text === undefined || text === '') continue;
    if (notSettings.includes(name) || name.startsWith('SWARMD_TEST_')) continue;
    const path = aliases[name] ?? name.slice('SWARMD_'.length).toLowerCase().split('__');
    const node = schemaAt(path);
    if (node === undefined) {
      const message = unknownVariable(path);
      // Container platforms invent variables such as SWARMD_PORT for a service of that name; only the double
      // underscore shows that a setting was meant.
      if (path.length > 1)
        problems.push({ where: `environment variable ${name}`, key: path.join('.'), ...message });
      else
        warnings.push(`environment variable ${name} is not a setting and has no effect; ${message.message}`);
      continue;
    }
    own.set(path, readValue(text, node), `environment variable ${name}`);
  }
  const others = newLayer('environment', cwd);
  for (const [name, { path, read }] of Object.entries(foreign)) {
    const text = env[name];
    if (text) others.set(path, read(text), `environment variable ${name}`);
  }
  return { layers: [own.layer, others.layer], problems, warnings };
}

/** Flags of a command line: dotted key paths with texts, or values already typed. */
export function flagLayer(
  flags: Readonly<Record<string, unknown>>,
  cwd: string,
): { layer: Layer; problems: Problem[] } {
  const problems: Problem[] = [];
  const { layer, set } = newLayer('flag', cwd);
  for (const [key, value] of Object.entries(flags)) {
    if (value === undefined) continue;
    const path = key.split('.');
    const node = schemaAt(path);
    if (node === undefined) problems.push({ where: 'flag', key, ...unknownVariable(path) });
    else set(path, typeof value === 'string' ? readValue(value, node) : value, `flag ${key}`);
  }
  return { layer, problems };
}

function unknownVariable(path: readonly string[]): { message: string; allowed: string } {
  // The first level that does not exist is the mistaken one.
  let level = 0;
  while (level < path.length - 1 && schemaAt(path.slice(0, level + 1)) !== undefined) level++;
  const allowed = allowedKeys(path.slice(0, level));
  const word = path[level] ?? '';
  return {
    message: `unknown key${didYouMean(word, allowed)}`,
    allowed: allowed.length === 0 ? 'it has no keys below it' : `allowed here: ${allowed.join(', ')}`,
  };
}

/** A text as the schema wants it at this place; a wrong one stays a text and the schema refuses it. */
function readValue(text: string, node: SchemaNode): unknown {
  if (node.type === 'string') return text;
  if (node.type === 'array' || node.type === 'object' || node.anyOf !== undefined) {
    if (/^\s*[[{]/.test(text)) {
      try {
        return parse(text);
      } catch {
        return text;
      }
    }
    if (node.type === 'array') return text.split(',').map((item) => item.trim());
    return text;
  }
  return parseScalar(text.trim());
}

function newLayer(
  name: string,
  base: string,
): { layer: Layer; set: (path: readonly string[], value: unknown, where: string) => void } {
  const value: Record<string, unknown> = {};
  const places = new Map<string, string>();
  return {
    layer: {
      name,
      value,
      base,
      where(path) {
        for (let length = path.length; length > 0; length--) {
          const place = places.get(path.slice(0, length).map(String).join('\0'));
          if (place !== undefined) return place;
        }
        return name;
      },
    },
    set(path, leaf, where) {
      let target = value;
      for (const key of path.slice(0, -1)) {
        const inner = target[key];
        const next = typeof inner === 'object' && inner !== null ? (inner as Record<string, unknown>) : {};
        target[key] = next;
        target = next;
      }
      const last = path.at(-1);
      if (last !== undefined) target[last] = leaf;
      places.set(path.join('\0'), where);
    },
  };
}
