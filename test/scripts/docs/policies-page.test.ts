import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../../../config/paths.ts';
import { presetNames } from '../../../config/schema.ts';
import { policiesPage } from '../../../scripts/docs/policies-page.ts';

const page = policiesPage();

test('docs/policies.md says what the router decides', () => {
  const written = readFileSync(join(packageRoot(), 'docs', 'policies.md'), 'utf8');
  assert.ok(
    written === page,
    'docs/policies.md is out of date: node scripts/docs/policies-page.ts > docs/policies.md',
  );
});

test('every preset has its section, and private requests never go to an API in any of them', () => {
  for (const preset of presetNames) assert.ok(page.includes(`\n## ${preset}\n`), preset);
  const rows = page.split('\n').filter((line) => line.includes('`privacy: local`') || line.includes('IBAN'));
  assert.equal(rows.length, 2 * presetNames.length);
  for (const row of rows) assert.doesNotMatch(row, /gpt|claude/);
});
