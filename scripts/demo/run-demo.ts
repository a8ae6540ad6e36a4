import { spawnSync } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type LoadedConfig, loadConfig } from '../../config/load.ts';
import { type Client, connect } from '../../daemon/client.ts';
import { type Daemon, startDaemon } from '../../daemon/daemon.ts';
import type { ActionJson } from '../../daemon/http/wire/action-json.ts';
import type { EventJson } from '../../daemon/http/wire/event-json.ts';
import type { BudgetJson } from '../../daemon/http/wire/ledger-json.ts';
import { createLogger } from '../../daemon/logger.ts';
import { type Baseline, baselineLines, baselineOf } from '../commands/baseline.ts';
import { onSimulator } from '../commands/local-daemon.ts';
import { simulatedEnvironment } from '../commands/settings.ts';
import { startSimulator } from '../simulator/simulator.ts';
import { paint } from '../terminal/output.ts';
import { safeText } from '../terminal/safe-text.ts';
import { dollars, plural } from '../terminal/words.ts';
import { type DemoAction, demoActions, repeated } from './actions.ts';
import { type DemoRow, demoEventLine, resultLines } from './results.ts';

/** The same seed gives the same answers: which of them fail their gate is part of what the demo shows. */
const seed = 1;

/** A workstation that holds the preset's local models at once: swaps are another story. */
const hardware = { slots: 8, vramGb: 64, maxLoadedModels: 4 };

interface DemoSetup {
  dataDir: string;
  /** Multiplies the simulated models' delays. */
  speed: number;
  /** Shows a line of what happens; a blank one without a text. */
  show: (line?: string) => void;
}

export interface DemoOutcome {
  rows: readonly DemoRow[];
  failed: number;
  /** What one strong model alone would have cost; undefined where nothing was answered. */
  baseline: Baseline | undefined;
  budget: BudgetJson;
}

/**
 * Starts the simulator and a daemon in `dataDir`, sends the demo's actions, shows them, and stops everything.
 * Nothing is read from the user's configuration and nothing is written outside `dataDir`.
 */
export async function runDemo({ dataDir, speed, show }: DemoSetup): Promise<DemoOutcome> {
  const started = Date.now();
  const { env, loaded } = hermeticConfig(dataDir);
  const simulator = await startSimulator({ port: 0, seed, speed, hardware });
  const log = createWriteStream(join(dataDir, 'daemon.log'), { mode: 0o600 });
  let daemon: Daemon | undefined;
  try {
    show(
      paint('bold', 'swarmd demo: the models are SIMULATED. No model runs, every answer is made up by rule,'),
    );
    show('nothing is paid. Queue, router, quality gate, ledger and memory are the real ones.');
    show(`data directory ${dataDir}; opening the embedded queue takes some seconds`);
    show();
    daemon = await startDaemon({
      config: onSimulator(loaded.config, simulator),
      env,
      simulated: true,
      logger: createLogger('info', log),
    });
    const client = await connect({ dataDir });
    const rows = await showActions(client, started, show);
    show();
    for (const line of resultLines(rows)) show(line);
    const costs = await showCosts(client, loaded, show);
    showMemory(loaded.config.memory.path, env, show);
    return { rows, failed: rows.filter((row) => row.action.status !== 'completed').length, ...costs };
  } finally {
    await daemon?.stop('drained');
    await simulator.close();
    await new Promise((resolve) => log.end(resolve));
  }
}

/** The preset as it comes, whatever the user has configured: the demo shows the same everywhere. */
function hermeticConfig(dataDir: string): { env: NodeJS.ProcessEnv; loaded: LoadedConfig } {
  const own = Object.entries(process.env).filter(([name]) => !/^(SWARMD_|MEMORY_DB$|REDIS_URL$)/.test(name));
  const env = {
    ...simulatedEnvironment(Object.fromEntries(own)),
    HOME: dataDir,
    XDG_CONFIG_HOME: dataDir,
    SWARMD_HOME: dataDir,
  };
  const loaded = loadConfig({
    env,
    cwd: dataDir,
    systemFile: join(dataDir, 'none.yaml'),
    flags: {
      'http.port': 0,
      'queue.concurrency': 20,
      'queue.slot_wait_ms': 20_000,
      // As the simulated machine below.
      'hosts.ollama.slots': hardware.slots,
      'hosts.ollama.vram_gb': hardware.vramGb,
      'hosts.ollama.max_loaded_models': hardware.maxLoadedModels,
    },
  });
  return { env, loaded };
}

/** Submits, shows what happens, and returns what it came to, children under their parent. */
async function showActions(client: Client, started: number, show: DemoSetup['show']): Promise<DemoRow[]> {
  const stop = new AbortController();
  const names = new Map<string, string>();
  const early: EventJson[] = [];
  const classified = new Set<string>();
  const showEvent = (event: EventJson) => {
    const name = names.get(event.action_id) ?? nameOfChild(event, names);
    if (name === undefined) {
      early.push(event);
      return;
    }
    if (event.kind === 'queued' || event.kind === 'started' || event.kind === 'call') return;
    // An action that waited for a slot is classified again; once is enough to see.
    if (event.kind === 'classified' && classified.size === classified.add(event.action_id).size) return;
    show(demoEventLine(event, name, Date.now() - started));
  };
  const watching = (async () => {
    for await (const event of client.events({ signal: stop.signal })) showEvent(event);
  })();

  let submitted = 0;
  const submit = async (list: readonly DemoAction[]): Promise<string[]> => {
    const accepted = await client.submitAll(list.map((one) => one.input));
    return accepted.map(({ id }, i) => {
      submitted += 1;
      names.set(id, `${submitted} ${list[i]?.label}`);
      return id;
    });
  };
  const ids = await submit(demoActions);
  for (const event of early.splice(0)) showEvent(event);
  await client.waitFor(ids[0] ?? '');
  const [again = ''] = await submit([repeated]);
  await Promise.all([...ids, again].map((id) => client.waitFor(id)));
  stop.abort();
  await watching;

  const rows: DemoRow[] = [];
  const labels = [...demoActions, repeated];
  for (const [i, id] of [...ids, again].entries()) {
    const family = demoActions[i]?.input.type === 'agent' ? await client.tree(id) : undefined;
    rows.push({ number: String(i + 1), label: labels[i]?.label ?? '', action: await client.action(id) });
    const children = family?.actions.filter((one) => one.id !== id) ?? [];
    rows.push(...children.toSorted(byAge).map((action, n) => childRow(action, `${i + 1}.${n + 1}`)));
  }
  return rows;
}

/** Children get a name of their own when they first speak: after their parent's. */
function nameOfChild(event: EventJson, names: Map<string, string>): string | undefined {
  const parent = event.parent_id === null ? undefined : names.get(event.parent_id);
  if (parent === undefined) return undefined;
  const name = `${parent.split(' ')[0]}.${event.action_id.slice(-4)} sub-agent`;
  names.set(event.action_id, name);
  return name;
}

function byAge(one: ActionJson, other: ActionJson): number {
  return (one.created_at ?? '').localeCompare(other.created_at ?? '') || one.id.localeCompare(other.id);
}

function childRow(action: ActionJson, number: string): DemoRow {
  return { number, label: action.agent ?? action.type, action };
}

async function showCosts(
  client: Client,
  loaded: LoadedConfig,
  show: DemoSetup['show'],
): Promise<Pick<DemoOutcome, 'baseline' | 'budget'>> {
  const sums = await client.sums({ since: '24h', by: 'tier' });
  const baseline = baselineOf(sums, loaded, Date.now());
  const budget = await client.budget();
  show();
  show(paint('bold', "The day's cost"));
  if (baseline !== undefined) for (const line of baselineLines(baseline)) show(line);
  show(
    `budget: ${dollars(budget.spent_usd)} of ${dollars(budget.daily_limit_usd)} a day, ${plural(budget.api_calls, 'API call')} (simulated prices, the real price list)`,
  );
  return { baseline, budget };
}

/** The same facts from the memory, by the command people use. */
function showMemory(path: string, env: NodeJS.ProcessEnv, show: DemoSetup['show']): void {
  const here = fileURLToPath(import.meta.url);
  const program = join(here, '..', '..', `mem-db${extname(here)}`);
  for (const args of [
    ['query', 'topic=llm_cost', 'recent=24h', 'limit=5'],
    ['query', 'topic=llm_summary', 'recent=1d', 'limit=1'],
  ]) {
    show();
    show(paint('bold', `$ mem-db ${args.join(' ')}`));
    const done = spawnSync(process.execPath, [program, ...args], {
      env: { ...env, MEMORY_DB: path },
      encoding: 'utf8',
    });
    if (done.status !== 0) throw new Error(`mem-db ended with ${done.status}: ${done.stderr}`);
    show(safeText(done.stdout.trimEnd()));
  }
}
