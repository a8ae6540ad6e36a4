import type { Exchange, Piece } from './exchange.ts';
import { cacheFloor } from './promptcache.ts';
import type { Simulation } from './simulation.ts';
import { countTokens } from './tokens.ts';
import type { Ask, Reply, TokenCount } from './types.ts';

export interface PromptPart {
  text: string;
  tokens: number;
}

/** The prompt in pieces with their tokens: tools and schema first, then the messages, with what a template adds. */
export function promptParts(ask: Ask, factor: number): PromptPart[] {
  const parts: PromptPart[] = [];
  if (ask.tools.length > 0) {
    const text = JSON.stringify(ask.tools);
    parts.push({ text, tokens: countTokens(text, factor) });
  }
  if (ask.schema !== undefined && ask.constrained && ask.protocol !== 'ollama') {
    const text = JSON.stringify(ask.schema);
    parts.push({ text, tokens: countTokens(text, factor) });
  }
  for (const message of ask.messages) {
    parts.push({
      text: `${message.role}:${message.content}`,
      tokens: countTokens(message.content, factor) + 4,
    });
  }
  return parts;
}

/** Ollama's silent truncation: the oldest messages after the system prompt go first, then the last one's beginning. */
export function dropOldest(ask: Ask, excess: number, factor: number): void {
  let left = excess;
  const messages = ask.messages;
  let at = messages[0]?.role === 'system' ? 1 : 0;
  while (left > 0 && messages.length - at > 1) {
    left -= countTokens(messages[at]?.content ?? '', factor) + 4;
    messages.splice(at, 1);
    at = messages[0]?.role === 'system' ? 1 : 0;
  }
  const last = messages.at(-1);
  if (left <= 0 || last === undefined) return;
  last.content = last.content.slice(
    Math.min(
      last.content.length - 1,
      Math.ceil((last.content.length * left) / Math.max(1, countTokens(last.content, factor))),
    ),
  );
}

/** What a call is billed for: the prompt by the way it was read, the output with its reasoning. */
export function tokenCount(
  simulation: Simulation,
  given: Exchange,
  work: { parts: readonly PromptPart[]; promptTokens: number },
  reply: Reply,
): TokenCount {
  const factor = simulation.mind.tokenFactor;
  const reasoning = reply.reasoning === '' ? 0 : countTokens(reply.reasoning, factor);
  let output = reasoning + countTokens(reply.text, factor);
  for (const call of reply.toolCalls) output += countTokens(call.name + call.arguments, factor);
  const tokens: TokenCount = {
    input: work.promptTokens,
    cached: 0,
    cacheWrite: 0,
    cacheWrite1h: 0,
    output,
    reasoning,
  };
  if (given.caching === 'off' || work.promptTokens < cacheFloor) return tokens;
  const use = simulation.cache.use(
    given.ask.profile.name,
    work.parts,
    given.caching === 'auto' ? undefined : given.caching.parts,
  );
  // Automatic caching counts in blocks of 128.
  tokens.cached = given.caching === 'auto' ? use.cached - (use.cached % 128) : use.cached;
  const price = given.ask.profile.price;
  const billsWrites = price !== undefined && price.cacheWrite !== price.input;
  if (billsWrites)
    tokens[given.caching !== 'auto' && given.caching.oneHour ? 'cacheWrite1h' : 'cacheWrite'] = use.written;
  tokens.input = work.promptTokens - tokens.cached - tokens.cacheWrite - tokens.cacheWrite1h;
  return tokens;
}

/** Text in pieces of about one token at the model's pace; in at most sixteen pieces without delays. */
export function pieces(simulation: Simulation): (text: string) => Piece[] {
  const factor = simulation.mind.tokenFactor;
  return (text) => {
    if (text === '') return [];
    const all = text.match(/\s*\S+\s*?(?=\s|$)|\s+$/g) ?? [text];
    const most = simulation.speed === 0 ? 16 : 400;
    const size = Math.max(1, Math.ceil(all.length / most));
    const made: Piece[] = [];
    for (let at = 0; at < all.length; at += size) {
      const part = all.slice(at, at + size).join('');
      made.push({ text: part, tokens: countTokens(part, factor) });
    }
    return made;
  };
}
