import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../../../config/paths.ts';
import { type SchemaNode, settingsJsonSchema } from '../../../config/schema-tree.ts';
import { configurationPage } from '../../../scripts/docs/configuration-page.ts';

const page = configurationPage();

test('docs/configuration.md says what the schema says', () => {
  const written = readFileSync(join(packageRoot(), 'docs', 'configuration.md'), 'utf8');
  assert.ok(
    written === page,
    'docs/configuration.md is out of date: node scripts/docs/configuration-page.ts > docs/configuration.md',
  );
});

test('every key has its row, with a meaning', () => {
  const leaves = (node: SchemaNode, path: string): string[] => {
    const byName = typeof node.additionalProperties === 'object' ? node.additionalProperties : undefined;
    if (byName?.properties !== undefined && path !== 'models') return leaves(byName, `${path}.NAME`);
    return node.properties === undefined
      ? [path]
      : Object.entries(node.properties).flatMap(([key, child]) =>
          leaves(child, path === '' ? key : `${path}.${key}`),
        );
  };
  for (const path of leaves(settingsJsonSchema(), '')) {
    if (path === 'models') continue;
    const row = page.split('\n').find((line) => line.startsWith(`| \`${path}\` |`));
    assert.ok(row !== undefined && !row.endsWith('|  |'), path);
  }
});
