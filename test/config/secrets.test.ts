import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SwarmdError } from '../../config/errors.ts';
import { apiKey, secretSource } from '../../config/secrets.ts';
import { place } from './support.ts';

const model = { apiKeyEnv: 'SOME_KEY' };

test('a key comes from the variable, else its file, else a systemd credential', (t) => {
  const { write, folder } = place(t);
  const file = write('key', '  from-file\n');
  write('credentials/SOME_KEY', 'from-systemd\n');
  const credentials = { CREDENTIALS_DIRECTORY: `${folder}/credentials` };
  const cases: [NodeJS.ProcessEnv, string | undefined, string | undefined][] = [
    [{}, undefined, undefined],
    [{ SOME_KEY: ' ' }, undefined, undefined],
    [{ SOME_KEY: ' direct ', SOME_KEY_FILE: file }, 'direct', 'SOME_KEY'],
    [{ SOME_KEY_FILE: file, ...credentials }, 'from-file', 'SOME_KEY_FILE'],
    [credentials, 'from-systemd', 'systemd credential SOME_KEY'],
    [{ CREDENTIALS_DIRECTORY: folder }, undefined, undefined],
  ];
  for (const [env, key, source] of cases) {
    assert.equal(apiKey(model, env), key);
    assert.equal(secretSource('SOME_KEY', env), source);
  }
  assert.equal(apiKey({ apiKeyEnv: undefined }, { SOME_KEY: 'x' }), undefined);
});

test('a key’s file that cannot be read is an error that names the variable', () => {
  assert.throws(
    () => apiKey(model, { SOME_KEY_FILE: '/nowhere' }),
    (error) => error instanceof SwarmdError && error.where === 'environment variable SOME_KEY_FILE',
  );
});

test('a model takes part when its key is in a file, and is refused when the file is missing', (t) => {
  const { write, load, refusal } = place(t);
  const file = write('key', 'x');
  const names = load({ env: { OPENAI_API_KEY_FILE: file } }).config.tiers.api_fallback.map((one) => one.name);
  assert.deepEqual(names, ['gpt-6.1-sol', 'gpt-6-luna']);
  assert.match(refusal({ env: { OPENAI_API_KEY_FILE: '/nowhere' } }), /OPENAI_API_KEY_FILE/);
});

test('no key is ever part of the configuration', (t) => {
  const secret = 'sk-very-secret-0123456789';
  const loaded = place(t).load({ env: { OPENAI_API_KEY: secret, ANTHROPIC_API_KEY: secret } });
  assert.equal(JSON.stringify([loaded.config, loaded.settings, [...loaded.origin]]).includes(secret), false);
});
