import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { crashLabels } from '../../config/crash-points.ts';
import { packageRoot } from '../../config/paths.ts';

test('docs/crashes.md has a row for every crash point, and no other', () => {
  const page = readFileSync(join(packageRoot(), 'docs', 'crashes.md'), 'utf8');
  const rows = [...page.matchAll(/^\| `([a-z-]+)` \|/gm)].map((row) => row[1]);
  assert.deepEqual(rows, [...crashLabels]);
});
