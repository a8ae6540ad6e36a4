import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { HttpContext } from './context.ts';
import { parseFields } from './query.ts';
import { statusJson } from './wire/status-json.ts';

const killBody = z.strictObject({ reason: z.string().max(200).optional() });
const noBody = z.strictObject({});

const admin = { config: { access: 'admin' } } as const;
/** They say nothing but whether the daemon lives and works. */
const anyone = { config: { access: 'anyone' } } as const;

/** Control of the daemon, its health, its metrics. */
export function controlRoutes(app: FastifyInstance, context: HttpContext): void {
  const { control } = context;

  app.get('/v1/status', admin, async () => statusJson(await control.status()));

  app.post('/v1/control/pause', admin, async (request) => {
    parseFields(noBody, request.body);
    await control.pause();
    return { state: 'paused' };
  });
  app.post('/v1/control/resume', admin, async (request) => {
    parseFields(noBody, request.body);
    await control.resume();
    return { state: 'running' };
  });
  app.post('/v1/control/drain', admin, async (request, reply) => {
    parseFields(noBody, request.body);
    await control.drain();
    reply.code(202);
    return { state: 'draining' };
  });
  app.post('/v1/control/reload', admin, async (request) => {
    parseFields(noBody, request.body);
    const { changed, needRestart } = await control.reload();
    return { changed, need_restart: needRestart };
  });
  app.post('/v1/control/kill', admin, async (request, reply) => {
    const { reason } = parseFields(killBody, request.body);
    reply.code(202);
    await control.kill(reason ?? 'killed over HTTP');
    return { state: 'killed' };
  });

  // The loop answers: that is all a supervisor must know before it restarts the process.
  app.get('/healthz', anyone, async () => ({ status: 'ok' }));
  app.get('/readyz', anyone, async (_request, reply) => {
    const { ready, reasons } = await control.ready();
    if (!ready) reply.code(503);
    return { ready, reasons };
  });

  // prom-client costs 15 ms and 4 MB to load: only where somebody scrapes.
  let metrics: Promise<import('./metrics.ts').Metrics> | undefined;
  app.get('/metrics', admin, async (_request, reply) => {
    metrics ??= import('./metrics.ts').then(({ createMetrics }) => createMetrics(context));
    const { contentType, text } = await metrics;
    reply.type(contentType);
    return text();
  });
}
