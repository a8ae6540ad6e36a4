import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { RememberedAnswers } from './answers/remembered.ts';
import type { CriticManner } from './answers/roles.ts';
import { Verdicts } from './answers/verdict.ts';
import { Bill, type BillView } from './bill.ts';
import { control } from './control.ts';
import { Timers } from './deliver.ts';
import { type FaultRule, Faults } from './faults.ts';
import { Host, type HostOptions } from './host.ts';
import { type Profile, profiles } from './profiles.ts';
import { PromptCache } from './promptcache.ts';
import { type RateLimitOptions, RateLimits } from './ratelimits.ts';
import { Replay } from './replay.ts';
import { handle } from './routes.ts';
import type { Received, Simulation } from './simulation.ts';
import type { Protocol } from './types.ts';

export type { FaultName } from './faults.ts';

export interface SimulatorOptions {
  /** 0, the default: a free one. */
  port?: number;
  /** `127.0.0.1` unless said otherwise. */
  host?: string;
  /** Decides which prompts are answered acceptably; 1. */
  seed?: number;
  /** Multiplies every delay: 1, the default, as the profiles say; 0 none at all. */
  speed?: number;
  /** Replace the profile of the same name, in part or, for a new name, based on `llama3.1:8b`. */
  models?: readonly (Partial<Profile> & Pick<Profile, 'name'>)[];
  /** A file of recorded answers, JSON lines. */
  replay?: string;
  /** Multiplies the simulator's token counts; 1 to 2.5. */
  hostileTokenizer?: number;
  /** The machine under the simulated Ollama: 24 GB, 3 models, 4 slots each, 512 waiting. */
  hardware?: Partial<Omit<HostOptions, 'speed'>>;
  /** Ollama's context where a request names none; 4,096. */
  contextTokens?: number;
  /** What the rate-limit headers tell; only kept to when `enforced`. */
  rateLimits?: Partial<RateLimitOptions>;
  /** How critics judge: `honest` as their profile says, or always yes, or always no. */
  critic?: CriticManner;
  /** Milliseconds since 1970; the system's clock unless said otherwise. */
  now?: () => number;
}

export interface Simulator {
  /** For OLLAMA_HOST and as base address of everything. */
  url: string;
  /** For OPENAI_BASE_URL. */
  openaiUrl: string;
  /** For ANTHROPIC_BASE_URL: the SDK adds /v1 itself. */
  anthropicUrl: string;
  port: number;
  bill(): BillView;
  resetBill(): void;
  /** Every request that reached a generating or embedding endpoint, of one API or of all, as it came. */
  received(api?: Protocol): Received[];
  /** Replaces the faults set; the first rule that matches a request hits it. */
  setFaults(...rules: FaultRule[]): void;
  clearFaults(): void;
  /** Stops listening and resets all connections, as a crashed server does: connections are refused. */
  takeDown(): Promise<void>;
  /** Listens again, on the same port. */
  bringUp(): Promise<void>;
  close(): Promise<void>;
}

const defaultHardware: Omit<HostOptions, 'speed'> = {
  vramGb: 24,
  maxLoadedModels: 3,
  slots: 4,
  maxQueue: 512,
};
/** So high that a client which paces itself by the headers is never held up unless a test wants it. */
const defaultLimits: RateLimitOptions = {
  requestsPerMinute: 1_000_000,
  tokensPerMinute: 1_000_000_000,
  enforced: false,
};

/** Starts a simulator in this process. Throws what listening throws (EADDRINUSE), and on a bad replay file. */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const simulation = build(options);
  const address = options.host ?? '127.0.0.1';
  let server = serve(simulation);
  await listen(server, options.port ?? 0, address);
  const { port } = server.address() as AddressInfo;
  const url = `http://${address.includes(':') ? `[${address}]` : address}:${port}`;
  const stop = async (): Promise<void> => {
    simulation.timers.clear();
    simulation.host.close();
    if (!server.listening) return;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeAllConnections();
    await closed;
  };
  return {
    url,
    openaiUrl: `${url}/v1`,
    anthropicUrl: url,
    port,
    bill: () => simulation.bill.view(),
    resetBill: () => simulation.bill.reset(),
    received: (api) => simulation.received.filter((entry) => api === undefined || entry.api === api),
    setFaults: (...rules) => {
      simulation.faults.clear();
      for (const rule of rules) simulation.faults.add(rule);
    },
    clearFaults: () => simulation.faults.clear(),
    takeDown: stop,
    bringUp: async () => {
      server = serve(simulation);
      await listen(server, port, address);
    },
    close: stop,
  };
}

function build(options: SimulatorOptions): Simulation {
  const seed = options.seed ?? 1;
  const speed = options.speed ?? 1;
  const now = options.now ?? Date.now;
  const tokenFactor = options.hostileTokenizer ?? 1;
  if (!(tokenFactor >= 1 && tokenFactor <= 2.5))
    throw new RangeError(`hostileTokenizer is ${tokenFactor}; it must be from 1 to 2.5`);
  if (!(speed >= 0)) throw new RangeError(`speed is ${speed}; it must be 0 or more`);
  let lastId = 0;
  const idStart = `${seed.toString(36)}${now().toString(36)}`;
  return {
    speed,
    defaultContextTokens: options.contextTokens ?? 4_096,
    now,
    profiles: profileMap(options.models ?? []),
    mind: {
      seed,
      verdicts: new Verdicts(seed),
      remembered: new RememberedAnswers(),
      critic: options.critic ?? 'honest',
      replay: options.replay === undefined ? undefined : Replay.fromFile(options.replay),
      tokenFactor,
    },
    host: new Host({ ...defaultHardware, ...options.hardware, speed }, now),
    bill: new Bill(),
    faults: new Faults(),
    timers: new Timers(),
    limits: new RateLimits({ ...defaultLimits, ...options.rateLimits }, now),
    cache: new PromptCache(now),
    nextId: (prefix) => {
      lastId += 1;
      return `${prefix}${idStart}${lastId.toString(36)}`;
    },
    received: [],
    receivedLeftOut: 0,
  };
}

function profileMap(overrides: NonNullable<SimulatorOptions['models']>): Map<string, Profile> {
  const map = new Map(profiles.map((profile) => [profile.name, profile]));
  const basis = map.get('llama3.1:8b');
  for (const override of overrides) {
    const known = map.get(override.name) ?? basis;
    if (known !== undefined) map.set(override.name, { ...known, ...override });
  }
  return map;
}

function serve(simulation: Simulation): Server {
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const path = pathOf(request.url ?? '/');
    if (request.method === 'GET' || request.method === 'HEAD') {
      if (!control(simulation, request, response, path, undefined))
        handle(simulation, request, response, path, '');
      return;
    }
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const raw = chunks.length === 1 ? (chunks[0]?.toString() ?? '') : Buffer.concat(chunks).toString();
      if (path.startsWith('/__sim') && control(simulation, request, response, path, parsed(raw))) return;
      handle(simulation, request, response, path, raw);
    });
  });
  // Longer than any client keeps a connection, so that a reused one is never closed under a request.
  server.keepAliveTimeout = 120_000;
  server.requestTimeout = 0;
  return server;
}

function pathOf(url: string): string {
  const query = url.indexOf('?');
  return query < 0 ? url : url.slice(0, query);
}

function parsed(raw: string): unknown {
  try {
    return JSON.parse(raw);
  } catch {
    return undefined;
  }
}

function listen(server: Server, port: number, address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, address, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
