import type { Profile } from '../profiles.ts';
import type { Replay } from '../replay.ts';
import { countTokens, cutToTokens } from '../tokens.ts';
import type { Ask, Reply, SimToolCall, Verdict } from '../types.ts';
import { type AnswerContext, acceptable } from './acceptable.ts';
import { classOf } from './classes.ts';
import { instance } from './instance.ts';
import { knownQuestion } from './known-questions.ts';
import { lastUserText, normalize, terms } from './reading.ts';
import type { RememberedAnswers } from './remembered.ts';
import { asksForCritique, type CriticManner, critique, plan, planList } from './roles.ts';
import { failureOf, spoil } from './spoilt.ts';
import { badToolCall, chooseName, chooseTool, resultsSince, toolArguments } from './toolcalls.ts';
import type { Verdicts } from './verdict.ts';

/** What answers are made from besides the request: the seed, the matrix's bookkeeping, memory, recordings. */
export interface Mind {
  seed: number;
  verdicts: Verdicts;
  remembered: RememberedAnswers;
  critic: CriticManner;
  replay: Replay | undefined;
  /** Multiplies the simulator's own token counts. */
  tokenFactor: number;
}

export interface Answered {
  reply: Reply;
  verdict: Verdict;
}

/** Answers a request: by recording, else by rule, acceptably or not as the model's pass matrix has it. */
export function answer(ask: Ask, mind: Mind, contextLost: boolean, nextCallId: () => string): Answered {
  const prompt = lastUserText(ask.messages);
  if (asksForCritique(ask, prompt)) {
    const { text } = critique(ask, mind.remembered, { seed: mind.seed, manner: mind.critic });
    const verdict: Verdict = { class: 'simple', acceptable: true, failure: undefined };
    return limited(ask, mind, withReasoning(ask, textReply(text), prompt), verdict);
  }
  const promptClass = knownQuestion(prompt)?.complexity ?? classOf(prompt);
  const identity = `${normalize(prompt.slice(0, 20_000))}#${resultsSince(ask.messages).length}`;
  const recorded = mind.replay?.find(prompt, ask.profile.name, ask.profile.price !== undefined);
  const isAcceptable =
    !contextLost && (recorded?.acceptable ?? mind.verdicts.acceptable(ask.profile, promptClass, identity));
  const context: AnswerContext = { ask, prompt, class: promptClass, seed: mind.seed };
  const verdict: Verdict = { class: promptClass, acceptable: isAcceptable, failure: undefined };

  let reply: Reply;
  const tool = recorded?.text === undefined ? chooseTool(ask) : undefined;
  if (recorded?.text !== undefined) {
    reply = textReply(recorded.text);
    if (!isAcceptable) verdict.failure = 'recorded';
  } else if (tool !== undefined) {
    reply = toolReply(ask, tool, mind.seed, isAcceptable, nextCallId);
    if (!isAcceptable) verdict.failure = 'bad_tool_call';
  } else {
    const wellMade = madeWell(context);
    if (isAcceptable) reply = textReply(wellMade);
    else {
      verdict.failure = contextLost ? 'context_lost' : failureOf(context, wellMade);
      reply = spoil(verdict.failure, wellMade, context);
    }
  }
  if (ask.profile.kind === 'base' && ask.stop.length === 0 && !structured(prompt))
    ramble(reply, verdict, prompt);
  return remember(mind, prompt, limited(ask, mind, withReasoning(ask, reply, prompt), verdict));
}

function remember(mind: Mind, prompt: string, answered: Answered): Answered {
  mind.remembered.add(prompt, answered.reply.text, answered.verdict.acceptable);
  return answered;
}

function madeWell(context: AnswerContext): string {
  const { ask, prompt, seed } = context;
  const known = knownQuestion(prompt);
  if (known !== undefined) return known.reference;
  const list = planList(ask, prompt);
  if (list !== undefined) return plan(ask, list, prompt, seed);
  if (ask.schema === undefined) return acceptable(context);
  const chooseVariant = (names: readonly string[]): string | undefined => chooseName(ask, names, true);
  return JSON.stringify(instance(ask.schema, { prompt, seed, root: ask.schema, chooseVariant }));
}

function textReply(text: string): Reply {
  return { text, reasoning: '', toolCalls: [], finish: 'stop' };
}

function toolReply(
  ask: Ask,
  tool: string,
  seed: number,
  isAcceptable: boolean,
  nextCallId: () => string,
): Reply {
  const call = isAcceptable
    ? { name: tool, arguments: toolArguments(ask, tool, seed) }
    : badToolCall(ask, tool, seed);
  const toolCalls: SimToolCall[] = [{ id: nextCallId(), ...call }];
  return { text: '', reasoning: '', toolCalls, finish: 'tool_calls' };
}

/** A base model continues a text; without a template or a stop sequence it does not know where to end. */
function structured(prompt: string): boolean {
  return /###|<\|im_|(?:^|\n)(?:Q|Question|Input)\s*:[\s\S]*\n(?:A|Answer|Output)\s*:/i.test(prompt);
}

function ramble(reply: Reply, verdict: Verdict, prompt: string): void {
  const about = terms(prompt, 2).join(' ') || 'this';
  reply.text += `\n\nQuestion: What else is known about ${about}?\nAnswer: See the next question.\nQuestion: And what about`;
  reply.finish = 'length';
  verdict.acceptable = false;
  verdict.failure = 'off_topic';
}

function withReasoning(ask: Ask, reply: Reply, prompt: string): Reply {
  if (!thinks(ask.profile, ask.think)) return reply;
  const about = terms(prompt, 4).join(', ') || 'the question';
  reply.reasoning = `The user asks about ${about}. First I settle what is wanted, then I work through ${terms(prompt, 2).join(' and ') || 'it'} step by step and check the result before I answer.`;
  return reply;
}

function thinks(profile: Profile, wanted: boolean): boolean {
  // Claude models think when asked to; the local ones and OpenAI's are of a kind that does.
  return wanted && (profile.kind === 'thinking' || profile.servedBy === 'anthropic');
}

/** Applies stop sequences and the limit on tokens, which reasoning uses up first. */
function limited(ask: Ask, mind: Mind, reply: Reply, verdict: Verdict): Answered {
  for (const stop of ask.stop) {
    const at = stop === '' ? -1 : reply.text.indexOf(stop);
    if (at >= 0) {
      reply.text = reply.text.slice(0, at);
      reply.stopSequence = stop;
      if (reply.finish === 'length') reply.finish = 'stop';
    }
  }
  const limit = ask.maxTokens;
  if (limit === undefined || limit < 0) return { reply, verdict };
  const factor = mind.tokenFactor;
  const reasoning = countTokens(reply.reasoning, factor);
  if (reasoning > limit) {
    reply.reasoning = cutToTokens(reply.reasoning, limit, factor);
    reply.text = '';
    reply.toolCalls = [];
    return cutShort(reply, verdict);
  }
  const calls = reply.toolCalls.reduce(
    (sum, call) => sum + countTokens(call.name + call.arguments, factor),
    0,
  );
  const left = limit - reasoning - calls;
  if (left < 0) {
    reply.toolCalls = [];
    return cutShort(reply, verdict);
  }
  if (countTokens(reply.text, factor) <= left) return { reply, verdict };
  reply.text = cutToTokens(reply.text, left, factor);
  return cutShort(reply, verdict);
}

function cutShort(reply: Reply, verdict: Verdict): Answered {
  reply.finish = 'length';
  return { reply, verdict: { ...verdict, acceptable: false, failure: verdict.failure ?? 'truncated' } };
}
