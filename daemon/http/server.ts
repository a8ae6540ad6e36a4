import fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify';
import type { Config } from '../../config/config.ts';
import { SwarmdError } from '../../config/errors.ts';
import { didYouMean } from '../../config/suggest.ts';
import type { Memory } from '../../memory/types/memory.ts';
import type { EmbedTexts } from '../../router/embed-call.ts';
import type { Control } from '../control.ts';
import type { SearchEntries } from '../search-entries.ts';
import { checkOrigin, createAccess, isLoopback } from './access.ts';
import { actionRoutes } from './actions.ts';
import type { HttpContext } from './context.ts';
import { controlRoutes } from './control-routes.ts';
import { embeddingRoutes } from './embedding-routes.ts';
import { sendError } from './errors.ts';
import { EventLog } from './event-log.ts';
import { gatewayRoutes } from './gateway.ts';
import { recordRoutes } from './record-routes.ts';
import { eventRoutes } from './sse.ts';

export interface HttpOptions {
  control: Control;
  memory: Memory;
  searchEntries: SearchEntries;
  embedTexts: EmbedTexts;
  config: Config;
  /** The owner's. Every request but `/healthz` and `/readyz` must carry it, or a client's. */
  token: string;
  logger: FastifyBaseLogger;
  now?: () => number;
}

export interface HttpServer {
  /** With the port that was really taken. */
  url: string;
  /** Ends waits and streams, then the server. */
  close: () => Promise<void>;
}

/** How long answers under way may take when the server closes, in milliseconds. */
const answersEndWithinMs = 1000;

/**
 * Starts the control API, the gateway and the health checks on `http.host`:`http.port` (0: any free port).
 * Throws CONFLICT when the port is taken.
 */
export async function startHttp(options: HttpOptions): Promise<HttpServer> {
  const { control, memory, searchEntries, embedTexts, config, token, logger } = options;
  const now = options.now ?? Date.now;
  const { host, port } = config.http;
  const closing = new AbortController();
  const events = new EventLog(now().toString(36));
  const unsubscribe = control.subscribe((event) => events.add(event));
  const access = createAccess(token, memory.clients);
  const context: HttpContext = {
    control,
    memory,
    searchEntries,
    embedTexts,
    events,
    access,
    now,
    closing: closing.signal,
  };

  const app = fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: 8 * 1024 * 1024,
    forceCloseConnections: 'idle',
    // A body that takes longer than this to arrive is not coming.
    requestTimeout: 30_000,
  });
  app.addHook('onRequest', async (request) => {
    checkOrigin({ host: request.headers.host, origin: request.headers.origin }, host);
    access.admit(request);
  });
  app.addHook('onResponse', async (request, reply) => {
    const { method, url } = request;
    request.log.debug({ method, url, status: reply.statusCode, ms: Math.round(reply.elapsedTime) }, 'http');
  });
  app.setErrorHandler(sendError);
  registerAll(app, context);

  try {
    await app.listen({ host, port });
  } catch (error) {
    unsubscribe();
    await app.close();
    throw listenError(error, host, port);
  }
  if (!isLoopback(host))
    logger.warn({ host }, 'the HTTP server is reachable from other machines; only the tokens protect it');
  return {
    url: urlOf(app, host),
    close: async () => {
      unsubscribe();
      closing.abort();
      // Answers under way (to the very request that asked for the end) may still go out; who lingers is cut off.
      const cutOff = setTimeout(() => app.server.closeAllConnections(), answersEndWithinMs);
      await app.close().finally(() => clearTimeout(cutOff));
    },
  };
}

function registerAll(app: FastifyInstance, context: HttpContext): void {
  const paths: string[] = [];
  app.addHook('onRoute', (route) => void paths.push(route.url));
  actionRoutes(app, context);
  eventRoutes(app, context);
  recordRoutes(app, context);
  controlRoutes(app, context);
  gatewayRoutes(app, context);
  embeddingRoutes(app, context);
  app.setNotFoundHandler(async (request) => {
    const path = request.url.split('?')[0] ?? '';
    throw new SwarmdError(
      'NOT_FOUND',
      `no ${request.method} ${path}${didYouMean(path, [...new Set(paths)])}`,
      {
        where: path,
      },
    );
  });
}

function urlOf(app: FastifyInstance, host: string): string {
  const address = app.server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const name = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`;
}

function listenError(error: unknown, host: string, port: number): unknown {
  const { code } = error as NodeJS.ErrnoException;
  const where = `http.host ${host}, http.port ${port}`;
  if (code === 'EADDRINUSE')
    return new SwarmdError('CONFLICT', `port ${port} on ${host} is taken by another program`, {
      where,
      allowed: 'another http.port, or 0 for any free one',
      cause: error,
    });
  if (code === 'EADDRNOTAVAIL' || code === 'EACCES' || code === 'ENOTFOUND')
    return new SwarmdError('CONFIG_INVALID', `cannot listen on ${host}:${port} (${code})`, {
      where,
      allowed: 'an address of this machine and a port from 1024 on',
      cause: error,
    });
  return error;
}
