import type { Frame } from '../deliver.ts';
import type { Encoder, Outcome } from '../exchange.ts';
import { label } from '../simulation.ts';
import { type Body, parsedArguments } from './reading.ts';

/** Ollama streams lines of JSON, not events. */
export const ndjson = 'application/x-ndjson';

const nano = 1_000_000;

function finalFields(outcome: Outcome): Body {
  const { usage } = outcome;
  const done = { done: true, done_reason: outcome.reply.finish === 'length' ? 'length' : 'stop' };
  const load = Math.round(Math.max(0.05, outcome.loadMs) * nano);
  const prompt = Math.round(Math.max(0.1, outcome.promptMs) * nano);
  const evaluate = Math.round(Math.max(0.1, outcome.outputMs) * nano);
  const times = { total_duration: load + prompt + evaluate, load_duration: load };
  if (!outcome.withUsage) return { ...done, ...times };
  return {
    ...done,
    ...times,
    prompt_eval_count: usage.input,
    prompt_eval_duration: prompt,
    eval_count: usage.output,
    eval_duration: evaluate,
  };
}

function toolCalls(outcome: Outcome): Body | undefined {
  if (outcome.reply.toolCalls.length === 0) return undefined;
  return {
    tool_calls: outcome.reply.toolCalls.map((call, index) => ({
      id: call.id,
      function: { index, name: call.name, arguments: parsedArguments(call.arguments) },
    })),
  };
}

function line(outcome: Outcome, rest: Body): string {
  return `${JSON.stringify({ model: label(outcome.ask.profile.name), created_at: new Date(outcome.at).toISOString(), ...rest })}\n`;
}

function streamed(
  outcome: Outcome,
  piecesFor: Parameters<Encoder['frames']>[1],
  shape: (text: string, thinking: string) => Body,
  calls: Body | undefined,
): Frame[] {
  const frames: Frame[] = [];
  let tokens = 0;
  for (const piece of piecesFor(outcome.reply.reasoning)) {
    tokens += piece.tokens;
    frames.push({ data: line(outcome, { ...shape('', piece.text), done: false }), tokens, part: 'content' });
  }
  for (const piece of piecesFor(outcome.reply.text)) {
    tokens += piece.tokens;
    frames.push({ data: line(outcome, { ...shape(piece.text, ''), done: false }), tokens, part: 'content' });
  }
  if (calls !== undefined) {
    tokens = outcome.usage.output;
    frames.push({
      data: line(outcome, { message: { role: 'assistant', content: '', ...calls }, done: false }),
      tokens,
      part: 'content',
    });
  }
  frames.push({
    data: line(outcome, { ...shape('', ''), ...finalFields(outcome) }),
    tokens: Math.max(tokens, outcome.usage.output),
    part: 'end',
  });
  return frames;
}

/** How /api/chat answers. */
export const chatEncoder: Encoder = {
  streamType: ndjson,
  frames: (outcome, piecesFor) =>
    streamed(
      outcome,
      piecesFor,
      (text, thinking) => ({
        message: { role: 'assistant', content: text, ...(thinking === '' ? {} : { thinking }) },
      }),
      toolCalls(outcome),
    ),
  body: (outcome) => {
    const { reply } = outcome;
    const thinking = reply.reasoning === '' ? {} : { thinking: reply.reasoning };
    const message = { role: 'assistant', content: reply.text, ...thinking, ...toolCalls(outcome) };
    return line(outcome, { message, ...finalFields(outcome) }).trimEnd();
  },
};

/** How /api/generate answers. */
export const generateEncoder: Encoder = {
  streamType: ndjson,
  frames: (outcome, piecesFor) =>
    streamed(
      outcome,
      piecesFor,
      (text, thinking) => ({ response: text, ...(thinking === '' ? {} : { thinking }) }),
      undefined,
    ),
  body: (outcome) => {
    const { reply } = outcome;
    const thinking = reply.reasoning === '' ? {} : { thinking: reply.reasoning };
    return line(outcome, { response: reply.text, ...thinking, ...finalFields(outcome) }).trimEnd();
  },
};
