import type { ChatRequest, Message as OllamaMessage, GenerateRequest as RawRequest, Tool } from 'ollama';
import type { GenerateRequest } from '../types/call.ts';
import type { Message } from '../types.ts';
import { basePrompt } from './base-prompt.ts';
import { argumentsAsObject } from './tool-calls.ts';

/** The body of /api/chat. `withoutThinking` are models whose server said that they cannot think. */
export function chatRequest(request: GenerateRequest, withoutThinking: ReadonlySet<string>): ChatRequest {
  const { model, tools } = request;
  return {
    ...commonRequest(request),
    messages: request.messages.map(toOllamaMessage),
    // Always said: models that can do both think by default, and an answer's budget would go into thoughts.
    ...(withoutThinking.has(model.modelId) ? {} : { think: thinking(request) }),
    ...(tools === undefined || tools.length === 0 ? {} : { tools: tools.map(toOllamaTool) }),
  };
}

/** The body of /api/generate for base models: the prompt as it is, without the model's chat template. */
export function rawRequest(request: GenerateRequest): RawRequest {
  const { prompt, stop } = basePrompt(request);
  return { ...commonRequest({ ...request, stop }), prompt, raw: true };
}

type CommonRequest = Pick<ChatRequest, 'model' | 'format' | 'keep_alive' | 'options'> & {
  truncate: false;
  shift: false;
};

function commonRequest(request: GenerateRequest): CommonRequest {
  const { model, schema } = request;
  const temperature = request.temperature ?? model.temperature;
  return {
    model: model.modelId,
    // Both default to true: the oldest messages are dropped without a word (ollama/ollama#4967). False makes a
    // prompt that does not fit a 400; servers too old to know them go on cutting, which is noticed afterwards.
    truncate: false,
    shift: false,
    ...(schema === undefined ? {} : { format: schema }),
    ...(model.keepAlive === undefined ? {} : { keep_alive: model.keepAlive }),
    options: {
      num_ctx: request.contextTokens,
      num_predict: request.maxTokens,
      ...(temperature === undefined ? {} : { temperature }),
      ...(request.stop === undefined ? {} : { stop: [...request.stop] }),
    },
  };
}

/** gpt-oss takes a level and ignores a boolean; every other model takes a boolean. */
function thinking(request: GenerateRequest): boolean | 'low' | 'medium' | 'high' {
  const { kind, effort, modelId } = request.model;
  if (!modelId.startsWith('gpt-oss')) return kind === 'thinking' && effort !== 'none';
  if (effort === 'high' || effort === 'xhigh' || effort === 'max') return 'high';
  return effort === 'medium' || effort === undefined ? 'medium' : 'low';
}

function toOllamaMessage(message: Message): OllamaMessage {
  return {
    role: message.role,
    content: message.content,
    ...(message.toolName === undefined ? {} : { tool_name: message.toolName }),
    ...(message.toolCalls === undefined
      ? {}
      : {
          tool_calls: message.toolCalls.map((call) => ({
            function: { name: call.name, arguments: argumentsAsObject(call.arguments) },
          })),
        }),
  };
}

function toOllamaTool(tool: NonNullable<GenerateRequest['tools']>[number]): Tool {
  return {
    type: 'function',
    // The package's type knows a part of JSON Schema only; the server takes all of it.
    function: {
      name: tool.name,
      description: tool.description,
      parameters: tool.parameters as NonNullable<Tool['function']['parameters']>,
    },
  };
}
