import type { ClientScope } from '../../../memory/clients.ts';
import { makeClient } from '../../support/client.ts';
import type { FakeDaemon, Reply } from './fake-control.ts';

export type Call = (method: string, path: string, body?: unknown) => Promise<Reply>;

/** A client with a token of its own at this daemon. */
export function asClient(
  fake: FakeDaemon,
  name: string,
  ...scopes: ClientScope[]
): { call: Call; token: string } {
  const its = makeClient(fake.memory.path, name, scopes.length === 0 ? {} : { scopes });
  const authorization = `Bearer ${its}`;
  return { token: its, call: (method, path, body) => fake.call(method, path, body, { authorization }) };
}
