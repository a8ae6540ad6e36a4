import type { ToolCall } from '../types.ts';

/** Puts tool calls together whose arguments arrive in pieces, in the order in which they began. */
export class ToolCallAssembler {
  readonly #calls = new Map<number, { id: string; name: string; arguments: string }>();
  readonly #fallbackId: (index: number) => string;

  /** `fallbackId` names a call the server gave no id (Ollama, some OpenAI-compatible servers). */
  constructor(fallbackId: (index: number) => string) {
    this.#fallbackId = fallbackId;
  }

  get size(): number {
    return this.#calls.size;
  }

  has(index: number): boolean {
    return this.#calls.has(index);
  }

  add(index: number, piece: { id?: unknown; name?: unknown; arguments?: unknown }): void {
    let call = this.#calls.get(index);
    if (call === undefined) {
      call = { id: '', name: '', arguments: '' };
      this.#calls.set(index, call);
    }
    if (typeof piece.id === 'string' && piece.id !== '') call.id = piece.id;
    // Some servers repeat the name in every piece, none sends it in parts.
    if (typeof piece.name === 'string' && piece.name !== '') call.name = piece.name;
    if (typeof piece.arguments === 'string') call.arguments += piece.arguments;
  }

  /** All that was generated for the calls, to estimate its tokens. */
  text(): string {
    return [...this.#calls.values()].map((call) => call.name + call.arguments).join(' ');
  }

  complete(): ToolCall[] {
    return [...this.#calls].map(([index, call]) => ({
      id: call.id === '' ? this.#fallbackId(index) : call.id,
      name: call.name,
      arguments: parseArguments(call.arguments),
    }));
  }
}

/** No arguments at all count as an empty object; what does not parse stays a string, to be shown to the model. */
export function parseArguments(text: string): unknown {
  if (text.trim() === '') return {};
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Arguments as the object a provider wants back in the conversation, whatever the model had made of them. */
export function argumentsAsObject(value: unknown): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  return { invalid_arguments: value };
}

export function argumentsAsText(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '{}');
}

/** Unique within a conversation without being random: the turn it was made in and its place there. */
export function fallbackIds(
  messages: readonly { toolCalls?: readonly ToolCall[] }[],
): (index: number) => string {
  const turn = messages.filter((message) => message.toolCalls !== undefined).length;
  return (index) => `call_${turn}_${index}`;
}
