import { readFileSync } from 'node:fs';
import { normalize } from './answers/reading.ts';

export interface Recorded {
  /** Undefined where only the outcome was recorded: the answer then comes from the rules, with that outcome. */
  text: string | undefined;
  acceptable: boolean | undefined;
}

interface Outcome {
  model: string;
  text: string | undefined;
  correct: boolean | undefined;
}

interface Entry {
  weak: Outcome | undefined;
  strong: Outcome | undefined;
  others: Outcome[];
}

/**
 * Recorded answers, from a file of JSON lines in either shape: `{prompt, weak: {model, correct?, response?},
 * strong: {…}}` or `{prompt, responses: {model: text}}`. A prompt found in the file is answered by the
 * recording of the model of that name; where there is none, local models answer as `weak`, API models as
 * `strong`.
 */
export class Replay {
  readonly #entries = new Map<string, Entry>();
  readonly #firstLines = new Map<string, string>();

  constructor(lines: Iterable<string>, where = 'replay') {
    let number = 0;
    for (const line of lines) {
      number += 1;
      if (line.trim() === '') continue;
      const record = parsed(line, `${where}:${number}`);
      const prompt = record.prompt;
      if (typeof prompt !== 'string')
        throw new Error(
          `${where}:${number}: no "prompt"; each line needs {"prompt": …, "weak": … or "responses": …}`,
        );
      const key = normalize(prompt);
      const others = isRecord(record.responses)
        ? Object.entries(record.responses).map(([model, text]) => ({
            model,
            text: asText(text),
            correct: undefined,
          }))
        : [];
      this.#entries.set(key, { weak: outcome(record.weak), strong: outcome(record.strong), others });
      this.#firstLines.set(key.slice(0, 60), key);
    }
  }

  static fromFile(path: string): Replay {
    return new Replay(readFileSync(path, 'utf8').split('\n'), path);
  }

  get size(): number {
    return this.#entries.size;
  }

  find(prompt: string, model: string, strong: boolean): Recorded | undefined {
    const entry = this.#entryFor(normalize(prompt));
    if (entry === undefined) return undefined;
    const all = [entry.weak, entry.strong, ...entry.others].filter((each) => each !== undefined);
    const wanted = squeezed(model);
    const found =
      all.find((each) => sameModel(squeezed(each.model), wanted)) ?? (strong ? entry.strong : entry.weak);
    return found === undefined ? undefined : { text: found.text, acceptable: found.correct };
  }

  /** The prompt itself, or a recorded prompt that a template put other text before or after. */
  #entryFor(text: string): Entry | undefined {
    const exact = this.#entries.get(text);
    if (exact !== undefined) return exact;
    for (const match of text.matchAll(/(?:^|[\s>"':])(?=\S)/g)) {
      const at = match.index + match[0].length;
      if (at > 4_000) return undefined;
      const key = this.#firstLines.get(text.slice(at, at + 60));
      if (key !== undefined && key.length > 20 && text.startsWith(key, at)) return this.#entries.get(key);
    }
    return undefined;
  }
}

/** `mixtral-8x7b-instruct-v0.1` and `mixtral:8x7b` are the same model. */
function squeezed(model: string): string {
  return model.toLowerCase().replace(/[^a-z0-9]/g, '');
}

function sameModel(left: string, right: string): boolean {
  return left.startsWith(right) || right.startsWith(left);
}

function outcome(value: unknown): Outcome | undefined {
  if (!isRecord(value)) return undefined;
  return {
    model: String(value.model ?? ''),
    text: asText(value.response),
    correct: typeof value.correct === 'boolean' ? value.correct : undefined,
  };
}

function asText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parsed(line: string, where: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw new Error(`${where}: not JSON (${error instanceof Error ? error.message : String(error)})`);
  }
  if (!isRecord(value)) throw new Error(`${where}: not a JSON object`);
  return value;
}
