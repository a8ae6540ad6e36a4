import type { ServerResponse } from 'node:http';
import { errorBody } from '../errors.ts';
import { hash32 } from '../hash.ts';
import type { Profile } from '../profiles.ts';
import { findModel, label, type Simulation } from '../simulation.ts';
import type { Body } from './reading.ts';

const gb = 1_000_000_000;

export function sendJson(response: ServerResponse, value: unknown, status = 200): void {
  const text = JSON.stringify(value);
  response
    .writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) })
    .end(text);
}

function served(simulation: Simulation): Profile[] {
  return [...simulation.profiles.values()].filter((profile) => profile.servedBy === 'ollama');
}

function digest(profile: Profile): string {
  return Array.from({ length: 8 }, (_, index) =>
    hash32(profile.name, index).toString(16).padStart(8, '0'),
  ).join('');
}

function details(profile: Profile): Body {
  return {
    parent_model: '',
    format: 'gguf',
    family: 'simulated',
    families: ['simulated'],
    parameter_size: profile.parameters,
    quantization_level: profile.quantization,
  };
}

function tagged(profile: Profile): string {
  return profile.name.includes(':') ? profile.name : `${profile.name}:latest`;
}

/** GET /api/tags: names stay those that requests use; the family says that they are simulated. */
export function tags(simulation: Simulation, response: ServerResponse): void {
  const models = served(simulation).map((profile) => ({
    name: tagged(profile),
    model: tagged(profile),
    modified_at: '2026-11-01T00:00:00Z',
    size: Math.round(profile.sizeGb * gb),
    digest: digest(profile),
    details: details(profile),
  }));
  sendJson(response, { models });
}

/** GET /api/ps */
export function ps(simulation: Simulation, response: ServerResponse): void {
  const models = simulation.host.resident().map((loaded) => ({
    name: tagged(loaded.profile),
    model: tagged(loaded.profile),
    size: Math.round(loaded.profile.sizeGb * gb),
    digest: digest(loaded.profile),
    details: details(loaded.profile),
    expires_at: Number.isFinite(loaded.expiresAt)
      ? new Date(loaded.expiresAt).toISOString()
      : '2318-01-01T00:00:00Z',
    size_vram: Math.round(loaded.vramGb * gb),
    context_length: loaded.contextTokens,
  }));
  sendJson(response, { models });
}

/** POST /api/show */
export function show(simulation: Simulation, response: ServerResponse, body: Body): void {
  const { name, profile } = findModel(simulation, body.model ?? body.name);
  if (profile?.servedBy !== 'ollama') {
    const { status, body: text } = errorBody('ollama', 'not_found', `model '${name}' not found`, '');
    response.writeHead(status, { 'content-type': 'application/json' }).end(text);
    return;
  }
  const capabilities =
    profile.kind === 'embedding'
      ? ['embedding']
      : [
          'completion',
          ...(profile.tools ? ['tools'] : []),
          ...(profile.kind === 'thinking' ? ['thinking'] : []),
        ];
  sendJson(response, {
    license: 'This model is simulated.',
    modelfile: `# ${label(profile.name)}\nFROM ${profile.name}\n`,
    parameters: '',
    template: '{{ .Prompt }}',
    details: details(profile),
    model_info: {
      'general.architecture': 'simulated',
      'general.name': label(profile.name),
      'simulated.context_length': profile.contextTokens,
      ...(profile.dimensions > 0 ? { 'simulated.embedding_length': profile.dimensions } : {}),
    },
    capabilities,
    modified_at: '2026-11-01T00:00:00Z',
  });
}

/** POST /api/pull: a model of the list arrives in a few steps, any other is not in the registry. */
export function pull(simulation: Simulation, response: ServerResponse, body: Body): void {
  const { profile } = findModel(simulation, body.model ?? body.name);
  const stream = body.stream !== false;
  if (profile?.servedBy !== 'ollama') {
    // Ollama finds out only after it has begun to answer.
    const error = { error: 'pull model manifest: file does not exist' };
    if (stream)
      response
        .writeHead(200, { 'content-type': 'application/x-ndjson' })
        .end(`{"status":"pulling manifest"}\n${JSON.stringify(error)}\n`);
    else sendJson(response, error, 500);
    return;
  }
  if (!stream) {
    sendJson(response, { status: 'success' });
    return;
  }
  const total = Math.round(profile.sizeGb * gb);
  const layer = `sha256:${digest(profile)}`;
  const steps = [
    { status: 'pulling manifest' },
    ...[0, 0.25, 0.5, 0.75, 1].map((share) => ({
      status: `pulling ${layer.slice(7, 19)}`,
      digest: layer,
      total,
      completed: Math.round(total * share),
    })),
    { status: 'verifying sha256 digest' },
    { status: 'writing manifest' },
    { status: 'success' },
  ];
  response.writeHead(200, { 'content-type': 'application/x-ndjson' });
  const every = profile.loadMs * simulation.speed * 0.3;
  const next = (at: number): void => {
    const step = steps[at];
    if (step === undefined || response.destroyed) {
      response.end();
      return;
    }
    response.write(`${JSON.stringify(step)}\n`);
    if (every <= 0) next(at + 1);
    else simulation.timers.after(every, () => next(at + 1));
  };
  next(0);
}
