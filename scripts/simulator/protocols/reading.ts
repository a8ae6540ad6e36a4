import type { Schema, SimTool } from '../types.ts';

/** What comes from outside is an object of unknown members until looked at. */
export type Body = Record<string, unknown>;

export function isBody(value: unknown): value is Body {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function asBody(value: unknown): Body {
  return isBody(value) ? value : {};
}

export function asList(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

export function asNumber(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

export function asText(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** A message's content as text: a string, or the text of its blocks (an image counts as a few words). */
export function contentText(content: unknown): string {
  if (typeof content === 'string') return content;
  return asList(content)
    .map((entry) => {
      const block = asBody(entry);
      if (typeof block.text === 'string') return block.text;
      if (block.type === 'tool_result') return contentText(block.content);
      if (block.type === 'tool_use') return JSON.stringify(block.input ?? {});
      if (typeof block.type === 'string' && block.type.includes('image')) return '[an image]';
      return typeof block.thinking === 'string' ? block.thinking : '';
    })
    .filter((text) => text !== '')
    .join('\n');
}

export function schemaOf(value: unknown): Schema | undefined {
  return isBody(value) ? value : undefined;
}

/** Tools in the shape that OpenAI's Chat API and Ollama share. */
export function functionTools(value: unknown): SimTool[] {
  return asList(value)
    .map((entry) => asBody(asBody(entry).function))
    .filter((tool) => typeof tool.name === 'string')
    .map((tool) => ({
      name: asText(tool.name),
      description: asText(tool.description),
      parameters: asBody(tool.parameters),
    }));
}

export function stopList(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return asList(value).filter((entry): entry is string => typeof entry === 'string');
}

/** Arguments as an object; what does not parse is shown as it is. */
export function parsedArguments(text: string): Body {
  try {
    return asBody(JSON.parse(text));
  } catch {
    return { unparsed: text };
  }
}
