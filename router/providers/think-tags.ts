import type { Delta } from '../types/call.ts';

const open = '<think>';
const close = '</think>';

/**
 * Separates `<think>…</think>` at the beginning of a text into reasoning, across any cut of the stream. For
 * servers that do not do it themselves; a tag anywhere later is text (an answer may be about such tags).
 *
 * Thinking models' templates often put the opening tag into the prompt, so that only the closing one is
 * generated. With `mayBeOpen` a text without an opening tag is held back until the closing tag or the end
 * shows what it was: reasoning before `</think>`, an answer if none comes.
 */
export class ThinkTagSplitter {
  #state: 'start' | 'thinking' | 'undecided' | 'after' | 'text' = 'start';
  #held = '';
  readonly #mayBeOpen: boolean;

  constructor(options: { mayBeOpen: boolean }) {
    this.#mayBeOpen = options.mayBeOpen;
  }

  /** The server separates reasoning itself: what comes as text is text. */
  nativeReasoning(): void {
    if (this.#state === 'start' || this.#state === 'undecided') this.#state = 'text';
  }

  push(piece: string): Delta[] {
    if (this.#state === 'text') {
      const text = this.#held + piece;
      this.#held = '';
      return text === '' ? [] : [{ kind: 'text', text }];
    }
    if (this.#state === 'after') {
      // The blank lines between reasoning and answer belong to neither.
      const text = piece.trimStart();
      if (text !== '') this.#state = 'text';
      return asDelta('text', text);
    }
    this.#held += piece;
    if (this.#state === 'start') {
      const begun = this.#held.trimStart();
      if (begun.startsWith(open)) {
        this.#held = begun.slice(open.length);
        this.#state = 'thinking';
      } else if (open.startsWith(begun)) {
        return [];
      } else {
        this.#state = this.#mayBeOpen ? 'undecided' : 'text';
        if (this.#state === 'text') return this.push('');
      }
    }
    const end = this.#held.indexOf(close);
    if (end !== -1) {
      const reasoning = this.#held.slice(0, end);
      const text = this.#held.slice(end + close.length).trimStart();
      this.#held = '';
      this.#state = text === '' ? 'after' : 'text';
      return [...asDelta('reasoning', reasoning), ...asDelta('text', text)];
    }
    if (this.#state === 'undecided') return [];
    // Keep back what could be the beginning of the closing tag.
    const keep = partialSuffix(this.#held, close);
    const reasoning = this.#held.slice(0, this.#held.length - keep);
    this.#held = this.#held.slice(this.#held.length - keep);
    return asDelta('reasoning', reasoning);
  }

  /** What was held back, once nothing more can come. */
  end(): Delta[] {
    const held = this.#held;
    this.#held = '';
    return asDelta(this.#state === 'thinking' ? 'reasoning' : 'text', held);
  }
}

function asDelta(kind: 'text' | 'reasoning', text: string): Delta[] {
  return text === '' ? [] : [{ kind, text }];
}

/** How many characters at the end of `text` are a beginning of `tag`. */
function partialSuffix(text: string, tag: string): number {
  for (let length = Math.min(tag.length - 1, text.length); length > 0; length -= 1) {
    if (tag.startsWith(text.slice(text.length - length))) return length;
  }
  return 0;
}
