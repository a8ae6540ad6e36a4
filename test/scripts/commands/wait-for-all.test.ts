import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SwarmdError } from '../../../config/errors.ts';
import type { ResultJson } from '../../../daemon/http/wire/action-json.ts';
import { waitForAll } from '../../../scripts/commands/wait-for-all.ts';

const gone = {
  waitFor: (): Promise<ResultJson> => Promise.reject(new SwarmdError('DAEMON_UNREACHABLE', 'gone')),
};

test('a wait goes on with the daemon that comes back', async () => {
  const ended = (id: string) => ({ id, status: 'cancelled', error: null }) as ResultJson;
  let looked = 0;
  const next = { waitFor: (id: string) => Promise.resolve(ended(id)) };
  const reconnect = async () => (++looked < 2 ? undefined : next);
  const results = await waitForAll(gone, ['a', 'b', 'c'], true, reconnect);
  assert.deepEqual(
    results.map(({ id }) => id),
    ['a', 'b', 'c'],
  );
  assert.equal(looked, 2);
});

test('when none comes back the user is told that nothing is lost and how to see it', async () => {
  await assert.rejects(
    waitForAll(gone, ['a', 'b'], true, async () => undefined, 0),
    {
      code: 'DAEMON_UNREACHABLE',
      message: /2 actions had not ended/,
      allowed: /nothing is lost.*swarmd list.*swarmd result ID/,
    },
  );
});
