import assert from 'node:assert/strict';
import { test } from 'node:test';
import { armSettingNames, parseArmSettings, withArmSettings } from '../../config/arm-settings.ts';
import { aConfig } from '../router/support.ts';

const config = aConfig();

/** For every setting of an arm a value other than the configuration's, and where it takes effect. */
const effects: Readonly<Record<string, [written: string, changed: unknown]>> = {
  policy: ['task-matrix', { routing: { policy: 'task-matrix' } }],
  quality_threshold: ['0.9', { routing: { qualityThreshold: 0.9 } }],
  prefer_local: ['false', { routing: { preferLocal: false } }],
  max_fallback_attempts: ['0', { routing: { maxFallbackAttempts: 0 } }],
  enable_self_critique: ['false', { routing: { enableSelfCritique: false } }],
  threshold_tokens: ['100', { hybrid: { thresholdTokens: 100 } }],
  first_tier: ['local_fast', { routing: { first: { tier: 'local_fast' } } }],
  first_model: ['gpt-4o', { routing: { first: { model: 'gpt-4o' } } }],
};

test('every setting of an arm changes what it names and nothing else', () => {
  assert.deepEqual(Object.keys(effects), armSettingNames);
  for (const [name, [written, changed]] of Object.entries(effects)) {
    const { routing, hybrid } = changed as Partial<typeof config>;
    const settings = parseArmSettings(`${name}=${written}`, '--b', config);
    assert.deepEqual(withArmSettings(config, settings), {
      ...config,
      routing: { ...config.routing, ...routing },
      hybrid: { ...config.hybrid, ...hybrid },
    });
  }
});

test('several are written with commas; none at all is the arm as things are', () => {
  assert.deepEqual(parseArmSettings(' policy = tiers , quality_threshold=0.8', '--a', config), {
    policy: 'tiers',
    quality_threshold: 0.8,
  });
  assert.deepEqual(withArmSettings(config, parseArmSettings('', '--a', config)), config);
  assert.throws(
    () => parseArmSettings('policy=tiers,policy=specialists', '--a', config),
    /policy is set twice/,
  );
  assert.throws(
    () => parseArmSettings('first_tier=local_fast,first_model=gpt-4o', '--a', config),
    /exclude each other/,
  );
  const empty = { ...config, tiers: { ...config.tiers, local_fast: [] } };
  assert.throws(() => parseArmSettings('first_tier=local_fast', '--a', empty), /local_fast has no model/);
});
