/** Settings as text: YAML for people, and the file `swarmd init` writes. */
import { readFileSync } from 'node:fs';
import { stringify } from 'yaml';
import { isMapping } from './layers.ts';
import { presetPath } from './presets.ts';
import { type PresetName, type Settings, settingsSchema } from './schema.ts';
import { type SchemaNode, settingsJsonSchema } from './schema-tree.ts';

export function toYaml(value: unknown): string {
  return stringify(value, { lineWidth: 110 });
}

/** Every setting that has a value, by dotted key path, in the order of the schema. Lists count as one value. */
export function flatSettings(settings: Settings): [key: string, value: unknown][] {
  return flatten(shownSettings(settings), []);
}

/** The settings as they may be shown: a password inside an address is left out. */
export function shownSettings(settings: Settings): Settings {
  return { ...settings, queue: { ...settings.queue, url: withoutPassword(settings.queue.url) } };
}

function withoutPassword(url: string): string {
  return url.replace(/^(\w+:\/\/[^/@]*?:)[^@]*@/, '$1***@');
}

function flatten(value: unknown, path: readonly string[]): [string, unknown][] {
  if (value === undefined) return [];
  if (!isMapping(value)) return [[path.join('.'), value]];
  return Object.entries(value).flatMap(([key, inner]) => flatten(inner, [...path, key]));
}

/**
 * The text of a new swarmd.yaml: the preset written out, so that its models are there to change, then every
 * other key as a comment with its meaning and default. `instead` takes the place of the preset's own text.
 */
export function newConfigFile(preset: PresetName, instead?: string): string {
  const presetText = instead ?? readFileSync(presetPath(preset), 'utf8');
  const written = Object.keys(settingsJsonSchema().properties ?? {}).filter((key) =>
    new RegExp(`^${key}:`, 'm').test(presetText),
  );
  const others = Object.entries(settingsJsonSchema().properties ?? {}).filter(
    ([key]) => key !== 'preset' && !written.includes(key),
  );
  return [
    '# swarmd.yaml, written by `swarmd init`. Check it with `swarmd config check`; see what is in force and',
    '# where it comes from with `swarmd config show --origin`. All keys: docs/configuration.md.',
    `preset: ${preset}`,
    '',
    presetText.trim(),
    '',
    '# Everything below is commented out and shows the default; take away one # to change it.',
    ...others.flatMap(([key, node]) => ['', ...commented(key, node, 0)]),
    '',
  ].join('\n');
}

const defaults = settingsSchema.parse({});

/** One key with its meaning; without a default it is shown with nothing after it, which changes nothing. */
function commented(key: string, node: SchemaNode, depth: number, path: readonly string[] = [key]): string[] {
  const indent = '  '.repeat(depth);
  const meaning = node.description === undefined ? [] : [`#${indent}# ${node.description}`];
  if (node.properties !== undefined)
    return [
      ...meaning,
      `#${indent}${key}:`,
      ...Object.entries(node.properties).flatMap(([inner, child]) =>
        commented(inner, child, depth + 1, [...path, inner]),
      ),
    ];
  const value = valueAt(defaults, path);
  const text = value === undefined ? '' : ` ${JSON.stringify(value)}`;
  const choices = node.enum === undefined ? '' : `  # ${node.enum.join(', ')}`;
  return [...meaning, `#${indent}${key}:${text}${choices}`];
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  let current = value;
  for (const key of path) current = isMapping(current) ? current[key] : undefined;
  return current;
}
