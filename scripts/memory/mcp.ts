import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { exitCodes, SwarmdError } from '../../config/errors.ts';
import type { Identity } from '../../memory/types/entries.ts';
import { embeddingModel } from './embedding-model.ts';
import { createMemoryServer } from './mcp-server.ts';
import { openForWriting } from './open.ts';
import { type CommandContext, takeOptions } from './options.ts';
import { createQuestionVector } from './question-vector.ts';

/** Serves the memory to an MCP client on standard input and output, until the client goes. */
export async function run(context: CommandContext): Promise<number> {
  const { flags, values } = takeOptions(context.words, {
    flags: ['read-only'],
    values: ['client', 'role', 'project', 'chat'],
    atMost: 0,
  });
  const store = openForWriting(context.path);
  const server = createMemoryServer({
    store,
    identity: identityOf(values),
    readOnly: flags.has('read-only'),
    now: Date.now,
    vectorOf: createQuestionVector(store, () => embeddingModel(process.env, context.path)),
  });
  try {
    const transport = new StdioServerTransport();
    const closed = new Promise<void>((resolve) => {
      server.server.onclose = () => resolve();
      process.stdin.once('end', resolve);
      process.once('SIGINT', () => resolve());
      process.once('SIGTERM', () => resolve());
    });
    await server.connect(transport);
    await closed;
    await server.close();
    return exitCodes.ok;
  } finally {
    store.close();
  }
}

/** Without `--client` the server acts for the owner of the file. */
function identityOf(values: ReadonlyMap<string, string>): Identity | undefined {
  const client = values.get('client');
  const [role, project, chatId] = ['role', 'project', 'chat'].map((name) => values.get(name));
  if (client !== undefined) return { client, role, project, chatId };
  if (role !== undefined || project !== undefined || chatId !== undefined) {
    throw new SwarmdError('USAGE', 'an identity needs a name', {
      where: '--client',
      allowed: '--client NAME',
    });
  }
  return undefined;
}
