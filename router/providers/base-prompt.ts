import { CallError } from '../call-error.ts';
import type { GenerateRequest } from '../types/call.ts';
import type { Message } from '../types.ts';
import { schemaInstruction, serverOf } from './adapter.ts';

/** What a base model is given instead of messages. */
export interface BasePrompt {
  prompt: string;
  /** Where its answer ends: a base model goes on with the next example by itself. */
  stop: readonly string[];
}

const instruction = '### Instruction:';
const input = '### Input:';
const response = '### Response:';

/**
 * A base model continues text and has learned no chat, so it is shown a document in which the next part is the
 * answer: what the document is, worked examples (few shots: Brown et al. 2020, arXiv:2005.14165), the request in
 * the same form, and a heading under which the answer is due. The headings are those of Alpaca (Taori et al.
 * 2023), which base models have seen in their training data. Text of the request that looks like a heading is
 * moved off the line's beginning, so that it can neither end its own part nor begin an answer.
 */
export function basePrompt(request: GenerateRequest): BasePrompt {
  if ((request.tools?.length ?? 0) > 0) {
    throw new CallError('retry_elsewhere', `${serverOf(request.model)}: a base model cannot call tools`, {
      settlement: 'free',
      retryable: false,
      requestSpecific: true,
    });
  }
  const system = request.messages
    .filter((message) => message.role === 'system')
    .map(({ content }) => content);
  if (request.schema !== undefined) system.push(schemaInstruction(request.schema));
  const rules = system.length === 0 ? '' : `${instruction}\n${harmless(system.join('\n\n'))}\n\n`;
  const shots = (request.schema === undefined ? textShots : jsonShots).map(part).join('');
  const turns = request.messages.filter((message) => message.role !== 'system').map(turn);
  return {
    prompt: `${preamble}\n\n${shots}${rules}${turns.join('')}${response}\n`,
    stop: ['\n### ', ...(request.stop ?? [])],
  };
}

const preamble =
  'Below are instructions, each with its input and a response that completes the request correctly and briefly.';

/** One short task each of the kinds that base models serve here: an answer, a rewriting, a classification. */
const textShots = [
  { ask: 'What is the capital of Australia?', answer: 'Canberra.' },
  {
    ask: 'Correct the spelling: "The comittee recieved the acommodation list."',
    answer: 'The committee received the accommodation list.',
  },
  {
    ask: 'Is this review positive or negative? "It broke after two days and nobody answered my mail."',
    answer: 'Negative.',
  },
];

const jsonShots = [
  {
    ask: 'Extract name and age as JSON with the keys "name" and "age": "Maria turned 34 last week."',
    answer: '{"name": "Maria", "age": 34}',
  },
  {
    ask: 'List the fruits as JSON with the key "fruits": "She bought pears, bread and plums."',
    answer: '{"fruits": ["pears", "plums"]}',
  },
];

function part(shot: { ask: string; answer: string }): string {
  return `${input}\n${shot.ask}\n\n${response}\n${shot.answer}\n\n`;
}

function turn(message: Message): string {
  const heading = message.role === 'assistant' ? response : input;
  return `${heading}\n${harmless(message.content)}\n\n`;
}

function harmless(text: string): string {
  return text.replace(/^###/gm, ' ###');
}
