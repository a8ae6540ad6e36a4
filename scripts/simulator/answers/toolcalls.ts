import { hash32 } from '../hash.ts';
import type { Ask, SimMessage, SimTool } from '../types.ts';
import { instance } from './instance.ts';
import { lastUserText, normalize, sentences, terms } from './reading.ts';

const finishing = /^(?:done|finish|final_answer|complete|submit)$/i;

/** Tool results that came after the last thing the user said. */
export function resultsSince(messages: readonly SimMessage[]): SimMessage[] {
  const lastUser = messages.map((message) => message.role).lastIndexOf('user');
  return messages.slice(lastUser + 1).filter((message) => message.role === 'tool');
}

/**
 * Which of the offered tools to call now; undefined: answer in text. A tool is called when the prompt speaks
 * of what it does, once; then the run is finished with `done` where that is offered.
 */
export function chooseTool(ask: Ask): string | undefined {
  if (ask.toolChoice === 'none' || ask.tools.length === 0) return undefined;
  if (typeof ask.toolChoice === 'object') return ask.toolChoice.name;
  const names = ask.tools.map((tool) => tool.name);
  return chooseName(ask, names, ask.toolChoice === 'required');
}

export function chooseName(ask: Ask, names: readonly string[], must: boolean): string | undefined {
  const done = names.find((name) => finishing.test(name));
  const prompt = normalize(lastUserText(ask.messages));
  // Models without tools of their own are told results in text.
  const told = /\b(?:last|tool|previous|action) results?\b|\bresults? of\b|\bobservation\b/.test(prompt);
  if (resultsSince(ask.messages).length > 0 || told) return done ?? (must ? names[0] : undefined);
  const promptWords = new Set(terms(prompt, 80).map(stem));
  const mentioned = names.find(
    (name) =>
      (!finishing.test(name) && prompt.includes(name.toLowerCase().replaceAll('_', ' '))) ||
      prompt.includes(name.toLowerCase()),
  );
  if (mentioned !== undefined && !finishing.test(mentioned)) return mentioned;
  let best: { name: string; score: number } | undefined;
  for (const name of names) {
    if (finishing.test(name)) continue;
    const tool = ask.tools.find((entry) => entry.name === name);
    const score = overlap(name, tool, promptWords);
    if (score > (best?.score ?? 0)) best = { name, score };
  }
  if (best !== undefined && best.score >= 2) return best.name;
  return done ?? (must ? (best?.name ?? names[0]) : undefined);
}

function stem(word: string): string {
  return word.toLowerCase().replace(/(?:ing|ed|es|s)$/, '');
}

/** Words of the tool's name count twice, those of its description once. */
function overlap(name: string, tool: SimTool | undefined, prompt: ReadonlySet<string>): number {
  let score = 0;
  for (const word of name.split(/[_\W]|(?=[A-Z])/)) if (word.length > 2 && prompt.has(stem(word))) score += 2;
  for (const word of new Set(terms(tool?.description ?? '', 30).map(stem))) if (prompt.has(word)) score += 1;
  return score;
}

/** The arguments of a call, valid against the tool's schema; `done` sums up what the tools returned. */
export function toolArguments(ask: Ask, name: string, seed: number): string {
  const tool = ask.tools.find((entry) => entry.name === name);
  const results = resultsSince(ask.messages);
  const task = lastUserText(ask.messages);
  const text = finishing.test(name) && results.length > 0 ? `${firstSentences(results)} ${task}` : task;
  const schema = tool?.parameters ?? { type: 'object', properties: {} };
  return JSON.stringify(instance(schema, { prompt: text, seed, root: schema }));
}

function firstSentences(results: readonly SimMessage[]): string {
  return results
    .map((result) => sentences(result.content).slice(0, 2).join(' '))
    .join(' ')
    .slice(0, 400);
}

/** A call that a runner must refuse: an unknown tool, arguments that miss what is required, or broken JSON. */
export function badToolCall(ask: Ask, name: string, seed: number): { name: string; arguments: string } {
  switch (hash32(lastUserText(ask.messages), seed) % 3) {
    case 0:
      return { name: `${name}_v2`, arguments: toolArguments(ask, name, seed) };
    case 1:
      return { name, arguments: '{"unexpected": true}' };
    default:
      // Ollama parses arguments itself, so broken JSON cannot reach its clients.
      return {
        name,
        arguments: ask.protocol === 'openai' ? toolArguments(ask, name, seed).slice(0, -1) : '{}',
      };
  }
}
