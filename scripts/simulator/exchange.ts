import type { IncomingMessage, ServerResponse } from 'node:http';
import { answer } from './answers/answer.ts';
import { dropOldest, type PromptPart, pieces, promptParts, tokenCount } from './counting.ts';
import { deliverBody, deliverStream, type Frame, type Pace } from './deliver.ts';
import { type ErrorKind, errorBody, errorFrame, errorHeaders } from './errors.ts';
import { type FaultRule, isFaultName } from './faults.ts';
import { keepReceived, type Named, type Simulation } from './simulation.ts';
import { countTokens, cutToTokens } from './tokens.ts';
import type { Ask, Reply, TokenCount, Verdict } from './types.ts';

/** A reply with everything an encoder needs to put it into a protocol's shape. */
export interface Outcome {
  ask: Ask;
  reply: Reply;
  id: string;
  /** As the provider reports them: wrong under the fault `wrong_usage`. */
  usage: TokenCount;
  /** Left out under the fault `no_usage`. */
  withUsage: boolean;
  loadMs: number;
  promptMs: number;
  outputMs: number;
  at: number;
}

/** How one endpoint speaks. */
export interface Encoder {
  streamType: string;
  frames: (outcome: Outcome, piecesFor: (text: string) => Piece[]) => Frame[];
  body: (outcome: Outcome) => string;
  /** An error in the middle of a stream, where the endpoint has its own form. */
  errorFrame?: string;
}

export interface Piece {
  text: string;
  tokens: number;
}

export interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  raw: string;
  path: string;
  named: Named;
  ask: Ask;
  stream: boolean;
  encoder: Encoder;
  idPrefix: string;
  /** Ollama: the context the runner has; longer prompts lose their beginning. */
  contextTokens: number;
  keepAliveMs: number;
  /** Prompt caching: `auto`, or the number of leading parts that carry a mark (Anthropic), with the time to live. */
  caching: 'off' | 'auto' | { parts: number; oneHour: boolean };
}

/** Answers one request from the first fault to the bill. */
export function exchange(simulation: Simulation, given: Exchange): void {
  const { ask, named, request, response } = given;
  const at = simulation.now();
  keepReceived(simulation, { api: ask.protocol, path: given.path, model: named.name, body: given.raw, at });
  const fault = faultFor(simulation, ask, named);
  if (fault !== undefined && failsFirst(simulation, given, fault)) return;

  const parts = promptParts(ask, simulation.mind.tokenFactor);
  let promptTokens = parts.reduce((sum, part) => sum + part.tokens, 0);
  let contextLost = false;
  if (ask.protocol === 'ollama' && promptTokens > given.contextTokens) {
    contextLost = true;
    dropOldest(ask, promptTokens - given.contextTokens, simulation.mind.tokenFactor);
    promptTokens = given.contextTokens;
  } else if (promptTokens > given.contextTokens) {
    refuse(
      response,
      ask,
      'context_length',
      simulation,
      `maximum context length is ${given.contextTokens} tokens, but the prompt has ${promptTokens}`,
    );
    return;
  }
  const waitSeconds =
    ask.profile.price === undefined ? undefined : simulation.limits.take(ask.protocol, promptTokens);
  if (waitSeconds !== undefined) {
    refuse(response, ask, 'rate_limit', simulation, undefined, waitSeconds);
    return;
  }
  const proceed = (loadMs: number, release: () => void, slowness: number): void => {
    generate(simulation, given, { at, fault, parts, promptTokens, contextLost, loadMs, release, slowness });
  };
  if (ask.profile.servedBy !== 'ollama') {
    proceed(0, () => undefined, 1);
    return;
  }
  let gone: (() => void) | undefined;
  const ticket = simulation.host.acquire(ask.profile, given.contextTokens, given.keepAliveMs, (loadMs) => {
    if (gone !== undefined) response.off('close', gone);
    if (response.destroyed) {
      simulation.host.release(ask.profile);
      return;
    }
    proceed(loadMs, () => simulation.host.release(ask.profile), simulation.host.pace(ask.profile));
  });
  if (ticket === undefined) refuse(response, ask, 'busy', simulation);
  else if (!response.headersSent) {
    gone = () => ticket.cancel();
    response.once('close', gone);
  }
  request.resume();
}

function faultFor(simulation: Simulation, ask: Ask, named: Named): FaultRule | undefined {
  if (named.fault !== undefined && isFaultName(named.fault)) return { fault: named.fault };
  return simulation.faults.take(ask.protocol, named.name);
}

const statusKinds: Readonly<Record<string, ErrorKind>> = {
  '400': 'bad_request',
  '401': 'unauthorized',
  '402': 'payment',
  '404': 'not_found',
  '429': 'rate_limit',
  '429_no_retry_after': 'rate_limit',
  spend_cap: 'spend_cap',
  '500': 'internal',
  '503': 'unavailable',
  '529': 'overloaded',
};

/** Faults that come instead of an answer; nothing is billed for them. True: the request is dealt with. */
function failsFirst(simulation: Simulation, given: Exchange, fault: FaultRule): boolean {
  const { request, response, ask } = given;
  if (fault.fault === 'refuse') {
    request.socket.destroy();
    return true;
  }
  if (fault.fault === 'hang_before_headers') {
    hangBeforeHeaders(simulation, given, fault);
    return true;
  }
  const kind = statusKinds[fault.fault];
  if (kind === undefined) return false;
  const retryAfter = fault.fault === '429' ? (fault.retry_after ?? 1) : undefined;
  const send = (): void => refuse(response, ask, kind, simulation, undefined, retryAfter);
  if (fault.delay_ms === undefined) send();
  else simulation.timers.after(fault.delay_ms, send);
  return true;
}

/** The provider works and never says so: billed in full, as a real one would, once the client has left. */
function hangBeforeHeaders(simulation: Simulation, given: Exchange, fault: FaultRule): void {
  const { response, ask } = given;
  const parts = promptParts(ask, simulation.mind.tokenFactor);
  const promptTokens = parts.reduce((sum, part) => sum + part.tokens, 0);
  const common = {
    at: simulation.now(),
    parts,
    promptTokens,
    contextLost: false,
    loadMs: 0,
    release: () => undefined,
    slowness: 1,
  };
  let decided = false;
  response.once('close', () => {
    if (decided) return;
    decided = true;
    const { reply, verdict } = answer(ask, simulation.mind, false, () => simulation.nextId('call_'));
    const tokens = tokenCount(simulation, given, common, reply);
    simulation.bill.add(
      {
        id: simulation.nextId(given.idPrefix),
        at: common.at,
        protocol: ask.protocol,
        endpoint: given.path,
        profile: ask.profile,
        outcome: 'fault:hang_before_headers',
        verdict,
      },
      tokens,
    );
  });
  if (fault.delay_ms === undefined) return;
  simulation.timers.after(fault.delay_ms, () => {
    if (decided) return;
    decided = true;
    generate(simulation, given, { ...common, fault: undefined });
  });
}

interface Work {
  at: number;
  fault: FaultRule | undefined;
  parts: readonly PromptPart[];
  promptTokens: number;
  contextLost: boolean;
  loadMs: number;
  release: () => void;
  slowness: number;
}

function generate(simulation: Simulation, given: Exchange, work: Work): void {
  const { ask, encoder, response } = given;
  const { profile } = ask;
  const { reply, verdict } = answer(ask, simulation.mind, work.contextLost, () =>
    simulation.nextId(ask.protocol === 'anthropic' ? 'toolu_sim_' : 'call_sim_'),
  );
  if (work.fault?.fault === 'truncated') truncate(reply, verdict);
  const tokens = tokenCount(simulation, given, work, reply);
  const id = simulation.nextId(given.idPrefix);
  const pace: Pace = {
    firstMs: profile.firstTokenMs * simulation.speed,
    msPerToken: (1_000 / profile.tokensPerSecond / work.slowness) * simulation.speed,
  };
  const outcome: Outcome = {
    ask,
    reply,
    id,
    usage: work.fault?.fault === 'wrong_usage' ? wrong(tokens) : tokens,
    withUsage: work.fault?.fault !== 'no_usage',
    loadMs: work.loadMs,
    promptMs: pace.firstMs,
    outputMs: tokens.output * pace.msPerToken,
    at: work.at,
  };
  const delivery = {
    request: given.request,
    response,
    headers: {
      'content-type': given.stream ? encoder.streamType : 'application/json',
      ...simulation.limits.headers(ask.protocol),
      ...idHeader(ask, id),
    },
    pace,
    fault: work.fault,
    errorFrame: encoder.errorFrame ?? errorFrame(ask.protocol),
    timers: simulation.timers,
    settle: (output: number, how: Parameters<typeof simulation.bill.add>[0]['outcome']) => {
      work.release();
      // Rounded piece by piece a whole answer comes to more than the usage reports: what is reported is billed.
      const sent = Math.min(output, tokens.output);
      const billed = { ...tokens, output: sent, reasoning: Math.min(tokens.reasoning, sent) };
      simulation.bill.add(
        { id, at: work.at, protocol: ask.protocol, endpoint: given.path, profile, outcome: how, verdict },
        billed,
      );
    },
  };
  if (given.stream) deliverStream(delivery, encoder.frames(outcome, pieces(simulation)));
  else deliverBody(delivery, encoder.body(outcome), tokens.output);
}

function idHeader(ask: Ask, id: string): Record<string, string> {
  if (ask.protocol === 'ollama') return {};
  return ask.protocol === 'openai' ? { 'x-request-id': `req_${id}` } : { 'request-id': `req_${id}` };
}

function truncate(reply: Reply, verdict: Verdict): void {
  reply.text = cutToTokens(reply.text, Math.max(1, Math.floor(countTokens(reply.text) / 2)));
  reply.toolCalls = [];
  reply.finish = 'length';
  verdict.acceptable = false;
  verdict.failure = 'truncated';
}

function wrong(tokens: TokenCount): TokenCount {
  return { ...tokens, input: tokens.input * 3 + 7, output: Math.floor(tokens.output / 2) };
}

/** Refuses a request in the protocol's own shape. */
export function refuse(
  response: ServerResponse,
  ask: Pick<Ask, 'protocol'>,
  kind: ErrorKind,
  simulation: Simulation,
  message?: string,
  retryAfter?: number,
): void {
  if (response.destroyed || response.headersSent) return;
  const { status, body } = errorBody(ask.protocol, kind, message, simulation.nextId('req_'));
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    ...(status === 401 ? {} : simulation.limits.headers(ask.protocol)),
    ...errorHeaders(kind, retryAfter),
  });
  response.end(body);
}
