import assert from 'node:assert/strict';
import { test } from 'node:test';
import { presetNames } from '../../config/schema.ts';
import { flatSettings, newConfigFile } from '../../config/write.ts';
import { place } from './support.ts';

for (const preset of presetNames)
  test(`the file that init writes for preset ${preset} says what the preset says`, (t) => {
    const { load, write } = place(t);
    const env = { OPENAI_API_KEY: 'x', ANTHROPIC_API_KEY: 'x' };
    const plain = load({ flags: { preset }, env });
    write('project/swarmd.yaml', newConfigFile(preset));
    assert.deepEqual(load({ env }).config, plain.config);
  });

test('every commented key of that file can be uncommented', (t) => {
  const { load, write } = place(t);
  const [preset, rest] = newConfigFile('tiers').split('# Everything below');
  assert.ok(preset !== undefined && rest !== undefined);
  const uncommented = rest.replace(/^.*\n/, '').replace(/^#/gm, '');
  write('project/swarmd.yaml', preset + uncommented);
  const { settings } = load();
  const written = new Set(flatSettings(settings).map(([key]) => key.split('.')[0]));
  for (const section of ['queue', 'hybrid', 'cost_control', 'privacy', 'http', 'log', 'retry'])
    assert.ok(written.has(section) && uncommented.includes(`\n${section}:`), section);
});

test('a password inside an address is not shown', (t) => {
  const { settings } = place(t).load({ flags: { 'queue.url': 'redis://user:hunter2@cache:6379/1' } });
  const shown = flatSettings(settings);
  assert.equal(JSON.stringify(shown).includes('hunter2'), false);
  assert.deepEqual(
    shown.find(([key]) => key === 'queue.url'),
    ['queue.url', 'redis://user:***@cache:6379/1'],
  );
});
