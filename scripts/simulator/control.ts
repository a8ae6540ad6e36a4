import type { IncomingMessage, ServerResponse } from 'node:http';
import { classOf } from './answers/classes.ts';
import { faultNames, readFaultRule } from './faults.ts';
import { sendJson } from './protocols/ollama-models.ts';
import type { Simulation } from './simulation.ts';

/** The simulator's own paths, `/__sim/…`. True: it was one of them. */
export function control(
  simulation: Simulation,
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  body: unknown,
): boolean {
  switch (`${request.method} ${path}`) {
    case 'GET /__sim':
      sendJson(response, {
        simulated: true,
        paths: [
          'GET /__sim/bill',
          'DELETE /__sim/bill',
          'GET|POST|DELETE /__sim/faults',
          'GET /__sim/received',
          'GET /__sim/profiles',
          'GET /__sim/host',
          'POST /__sim/class',
        ],
      });
      return true;
    case 'GET /__sim/bill':
      sendJson(response, simulation.bill.view());
      return true;
    case 'DELETE /__sim/bill':
      simulation.bill.reset();
      sendJson(response, { reset: true });
      return true;
    case 'GET /__sim/faults':
      sendJson(response, { faults: simulation.faults.list(), known: faultNames });
      return true;
    case 'POST /__sim/faults':
      setFaults(simulation, response, body);
      return true;
    case 'DELETE /__sim/faults':
      simulation.faults.clear();
      sendJson(response, { faults: [] });
      return true;
    case 'GET /__sim/received':
      sendJson(response, { received: simulation.received, left_out: simulation.receivedLeftOut });
      return true;
    case 'GET /__sim/profiles':
      sendJson(response, { simulated: true, profiles: [...simulation.profiles.values()] });
      return true;
    case 'GET /__sim/host':
      sendJson(response, {
        loads: simulation.host.loads,
        resident: simulation.host.resident().map((loaded) => ({
          model: loaded.profile.name,
          vram_gb: loaded.vramGb,
          context_tokens: loaded.contextTokens,
          active: loaded.active,
        })),
      });
      return true;
    case 'POST /__sim/class':
      sendJson(response, { class: classOf(promptOf(body)) });
      return true;
    default:
      return false;
  }
}

function promptOf(body: unknown): string {
  return typeof body === 'object' && body !== null && 'prompt' in body ? String(body.prompt) : '';
}

/** One rule or a list of them; nothing is set when one is wrong. */
function setFaults(simulation: Simulation, response: ServerResponse, body: unknown): void {
  const rules = (Array.isArray(body) ? body : [body]).map(readFaultRule);
  const wrong = rules.find((rule) => typeof rule === 'string');
  if (wrong !== undefined) {
    sendJson(response, { error: wrong }, 400);
    return;
  }
  for (const rule of rules) if (typeof rule !== 'string') simulation.faults.add(rule);
  sendJson(response, { faults: simulation.faults.list() });
}
