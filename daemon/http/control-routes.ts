import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { HttpContext } from './context.ts';
import { parseFields } from './query.ts';
import { statusJson } from './wire/status-json.ts';

const killBody = z.strictObject({ reason: z.string().max(200).optional() });
const noBody = z.strictObject({});

/** Control of the daemon, its health, its metrics. */
export function controlRoutes(app: FastifyInstance, context: HttpContext): void {
  const { control } = context;

  app.get('/v1/status', async () => statusJson(await control.status()));

  app.post('/v1/control/pause', async (request) => {
    parseFields(noBody, request.body);
    await control.pause();
    return { state: 'paused' };
  });
  app.post('/v1/control/resume', async (request) => {
    parseFields(noBody, request.body);
    await control.resume();
    return { state: 'running' };
  });
  app.post('/v1/control/drain', async (request, reply) => {
    parseFields(noBody, request.body);
    await control.drain();
    reply.code(202);
    return { state: 'draining' };
  });
  app.post('/v1/control/reload', async (request) => {
    parseFields(noBody, request.body);
    const { changed, needRestart } = await control.reload();
    return { changed, need_restart: needRestart };
  });
  app.post('/v1/control/kill', async (request, reply) => {
    const { reason } = parseFields(killBody, request.body);
    reply.code(202);
    await control.kill(reason ?? 'killed over HTTP');
    return { state: 'killed' };
  });

  // The loop answers: that is all a supervisor must know before it restarts the process.
  app.get('/healthz', async () => ({ status: 'ok' }));
  app.get('/readyz', async (_request, reply) => {
    const { ready, reasons } = await control.ready();
    if (!ready) reply.code(503);
    return { ready, reasons };
  });

  // prom-client costs 15 ms and 4 MB to load: only where somebody scrapes.
  let metrics: Promise<import('./metrics.ts').Metrics> | undefined;
  app.get('/metrics', async (_request, reply) => {
    metrics ??= import('./metrics.ts').then(({ createMetrics }) => createMetrics(context));
    const { contentType, text } = await metrics;
    reply.type(contentType);
    return text();
  });
}
