/**
 * `swarmd clients`: who besides the owner may use the daemon over HTTP. Clients are rows of the memory's file, so
 * a change holds from its commit on, in a running daemon too.
 */
import { existsSync } from 'node:fs';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Config } from '../../config/config.ts';
import { SwarmdError } from '../../config/errors.ts';
import { type NanoUsd, toUsd } from '../../config/money.ts';
import { didYouMean } from '../../config/suggest.ts';
import { budgetOverrides, changeBudget, limitsInForce } from '../../memory/budget-limits.ts';
import {
  addClient,
  type ClientRecord,
  type ClientScope,
  clientScopes,
  listClients,
  newToken,
  removeClient,
  rotateClientToken,
  tokenHash,
} from '../../memory/clients.ts';
import type { Store } from '../../memory/database.ts';
import { dayOf } from '../../memory/days.ts';
import { print, screenWidth, tell } from '../terminal/output.ts';
import { jsonLine } from '../terminal/safe-text.ts';
import { tableLines } from '../terminal/table.ts';
import { dollars } from '../terminal/words.ts';
import { usdAmount } from './budget-settings.ts';
import { type CommonOptions, configOf, isSimulated, withCommonOptions } from './settings.ts';

interface AddOptions extends CommonOptions {
  scope?: readonly ClientScope[];
  privacy?: 'local';
  dailyBudget?: string;
  role?: string;
  project?: string;
  chat?: string;
}

/** What a client can do that was given no scopes: its own work, and nothing of the daemon's. */
const usualScopes: readonly ClientScope[] = ['read', 'submit'];

export function registerClients(program: Command): void {
  const clients = program
    .command('clients')
    .description('tokens with which other programs and people use the daemon, each for its own work only')
    .addHelpText(
      'after',
      '\nExample:\n  swarmd clients add ci --scope submit --daily-budget 2\n  swarmd clients list',
    );
  const sub = (name: string, description: string, example: string): Command =>
    withCommonOptions(clients.command(name).description(description)).addHelpText(
      'after',
      `\nExample:\n  swarmd clients ${example}`,
    );

  sub(
    'add <name>',
    'make a client and print its token, which is shown this once',
    'add ci --scope read,submit',
  )
    .addOption(
      new Option(
        '--scope <scopes>',
        `what its token is for: ${clientScopes.join(', ')}; repeatable (default: ${usualScopes.join(', ')})`,
      ).argParser(collectScopes),
    )
    .addOption(
      new Option('--privacy <privacy>', 'local: nothing it hands in leaves your own hardware').choices([
        'local',
      ]),
    )
    .addOption(
      new Option('--daily-budget <usd>', 'its limit a day (as: swarmd budget set client_budgets.NAME)'),
    )
    .addOption(
      new Option('--role <role>', 'it also sees internal entries of the memory, and those of this role'),
    )
    .addOption(new Option('--project <project>', 'it also sees the entries of this project’s team'))
    .addOption(new Option('--chat <id>', 'it also sees the entries of this chat'))
    .action(add);
  sub('list', 'who has a token, what it is for, and its limits', 'list --json').action(list);
  sub('rotate <name>', 'give a client a new token; the old one is worth nothing at once', 'rotate ci').action(
    rotate,
  );
  sub('remove <name>', 'take a client’s token away; what it handed in stays', 'remove ci').action(remove);
}

function collectScopes(text: string, before: readonly ClientScope[] = []): readonly ClientScope[] {
  const given = text.split(',').map((written) => {
    const scope = clientScopes.find((one) => one === written.trim());
    if (scope !== undefined) return scope;
    throw new InvalidArgumentError(
      `There is no scope "${written}"${didYouMean(written, clientScopes)}; allowed: ${clientScopes.join(', ')}.`,
    );
  });
  return clientScopes.filter((scope) => before.includes(scope) || given.includes(scope));
}

async function add(written: string, options: AddOptions): Promise<void> {
  const name = validName(written);
  const budget = options.dailyBudget === undefined ? undefined : dailyBudget(options.dailyBudget);
  const { config, file } = await recordOf(options);
  const token = newToken();
  const at = Date.now();
  const [client, limit] = file.changeRecordFile(config.memory.path, (store) => {
    const added = addClient(store, {
      identity: { client: name, role: options.role, project: options.project, chatId: options.chat },
      tokenHash: tokenHash(token),
      scopes: options.scope ?? usualScopes,
      privacy: options.privacy ?? 'any',
      at,
    });
    if (budget !== undefined) {
      const change = { kind: 'set', setting: `client_budgets.${name}`, value: budget } as const;
      changeBudget(store, { change, limits: config.costControl, at });
    }
    return [added, limitOf(store, name, config)];
  });
  showToken(client, limit, token, config, options);
}

async function rotate(name: string, options: CommonOptions): Promise<void> {
  const { config, file } = await recordOf(options);
  const token = newToken();
  const [client, limit] = file.changeRecordFile(config.memory.path, (store) => [
    rotateClientToken(store, { name, tokenHash: tokenHash(token), at: Date.now() }),
    limitOf(store, name, config),
  ]);
  showToken(client, limit, token, config, options);
}

async function remove(name: string, options: CommonOptions): Promise<void> {
  const { config, file } = await recordOf(options);
  file.changeRecordFile(config.memory.path, (store) => removeClient(store, { name }));
  if (options.json === true) print(jsonLine({ name, removed: true }));
  else tell(`the token of ${name} is worth nothing any more; what it handed in goes on (swarmd list)`);
}

async function list(options: CommonOptions): Promise<void> {
  const { config, file } = await recordOf(options);
  const rows: ClientJson[] = [];
  if (existsSync(config.memory.path)) {
    const store = file.openRecordFile(config.memory.path);
    for (const client of listClients(store))
      rows.push(clientJson(client, limitOf(store, client.name, config), config));
    store.close();
  }
  if (options.json === true && rows.length === 0) print('[]');
  else if (options.json === true) for (const row of rows) print(jsonLine(row));
  else if (rows.length === 0)
    tell('no client; only the owner’s token is valid (make one: swarmd clients add NAME)');
  else for (const line of tableLines(rows, columns, screenWidth())) print(line);
}

const columns = [
  { title: 'NAME', value: (row: ClientJson) => row.name },
  { title: 'SCOPES', value: (row: ClientJson) => row.scopes.join(', ') },
  { title: 'PRIVACY', value: (row: ClientJson) => row.privacy },
  {
    title: 'A DAY',
    value: (row: ClientJson) => (row.daily_budget_usd === null ? 'no limit' : dollars(row.daily_budget_usd)),
  },
  { title: 'TOKEN OF', value: (row: ClientJson) => row.token_made_at.slice(0, 10) },
];

interface ClientJson {
  name: string;
  scopes: readonly ClientScope[];
  /** `local` where its token or the configuration says so. */
  privacy: string;
  role: string | null;
  project: string | null;
  chat: string | null;
  /** Null: no limit of its own. */
  daily_budget_usd: number | null;
  created_at: string;
  token_made_at: string;
}

function clientJson(client: ClientRecord, limit: NanoUsd, config: Config): ClientJson {
  return {
    name: client.name,
    scopes: client.scopes,
    privacy: config.clients?.[client.name]?.privacy ?? client.privacy,
    role: client.identity.role ?? null,
    project: client.identity.project ?? null,
    chat: client.identity.chatId ?? null,
    daily_budget_usd: limit === 0 ? null : toUsd(limit),
    created_at: new Date(client.createdAt).toISOString(),
    token_made_at: new Date(client.tokenMadeAt).toISOString(),
  };
}

/** The token alone is the result, so that `token=$(swarmd clients add ci)` works. */
function showToken(
  client: ClientRecord,
  limit: NanoUsd,
  token: string,
  config: Config,
  options: CommonOptions,
): void {
  const json = clientJson(client, limit, config);
  if (options.json === true) {
    print(jsonLine({ ...json, token }));
    return;
  }
  print(token);
  const a = json.daily_budget_usd === null ? '' : `, at most ${dollars(json.daily_budget_usd)} a day`;
  const home = json.privacy === 'local' ? ', on your own hardware only' : '';
  tell(
    `${client.name} may ${client.scopes.join(', ')}${a}${home}; this token is shown once and kept nowhere`,
  );
}

/** Names go into settings (`client_budgets.NAME`), file names and JSON: letters, digits, `_` and `-`. */
function validName(name: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/.test(name)) return name;
  throw new SwarmdError('USAGE', `a client cannot be called "${name}"`, {
    where: 'name',
    allowed: 'letters, digits, _ and -, at most 64, beginning with a letter or digit',
  });
}

function dailyBudget(written: string): NanoUsd {
  const amount = usdAmount(written, '--daily-budget');
  if (amount > 0) return amount;
  throw new SwarmdError('USAGE', '--daily-budget 0 would be no limit', {
    where: '--daily-budget',
    allowed: 'more than 0; to keep a client off paid models: --privacy local',
  });
}

/** SQLite is loaded only when a command runs, not for its help. */
async function recordOf(options: CommonOptions) {
  const { config } = configOf(options);
  if (isSimulated(options)) (await import('./local-daemon.ts')).markSimulated(config.dataDir);
  return { config, file: await import('./record-file.ts') };
}

/** What a client may spend a day: by `swarmd budget set`, else by the configuration; 0: no limit of its own. */
function limitOf(store: Store, name: string, { costControl }: Config): NanoUsd {
  const day = dayOf(Date.now(), costControl.timeZone);
  return limitsInForce(budgetOverrides(store), costControl, day).scopes.client[name]?.value ?? 0;
}
