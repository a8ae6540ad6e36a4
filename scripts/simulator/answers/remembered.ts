import { normalize } from './reading.ts';

interface Remembered {
  /** Normalized. */
  answer: string;
  prompt: string;
  acceptable: boolean;
}

/** Answers kept; the oldest are forgotten first. */
const most = 20_000;
const keyLength = 24;
/** Longer answers are told apart by this much of their beginning and by their length. */
const compared = 2_000;

/** The answers given, so that the simulator, asked to criticize one, knows what it was worth. */
export class RememberedAnswers {
  readonly #byStart = new Map<string, Remembered[]>();
  #kept: Remembered[] = [];

  add(prompt: string, answer: string, acceptable: boolean): void {
    const text = normalize(answer.slice(0, compared * 2)).slice(0, compared);
    if (text === '') return;
    const entry = { answer: text, prompt: normalize(prompt.slice(0, 400)), acceptable };
    const key = text.slice(0, keyLength);
    const same = this.#byStart.get(key);
    if (same === undefined) this.#byStart.set(key, [entry]);
    else if (
      !same.some(
        (other) =>
          other.answer === entry.answer && other.prompt === entry.prompt && other.acceptable === acceptable,
      )
    ) {
      same.unshift(entry);
      if (same.length > 200) same.pop();
    } else return;
    this.#kept.push(entry);
    if (this.#kept.length > most) this.#forget();
  }

  #forget(): void {
    const half = this.#kept.splice(0, most / 2);
    for (const entry of half) {
      const key = entry.answer.slice(0, keyLength);
      const left = this.#byStart.get(key)?.filter((other) => other !== entry);
      if (left === undefined || left.length === 0) this.#byStart.delete(key);
      else this.#byStart.set(key, left);
    }
  }

  /**
   * Whether a text quotes an answer given earlier, and what that was worth. Looks wherever a quotation may
   * begin (a line, a tag, a quotation mark); the longest answer found counts, and the one given to a prompt
   * that the text quotes as well comes before any other.
   */
  find(text: string): boolean | undefined {
    const unescaped = text.includes('\\n') ? text.replaceAll('\\n', '\n').replaceAll('\\"', '"') : text;
    const whole = normalize(unescaped);
    let best: { entry: Remembered; weight: number } | undefined;
    for (const match of unescaped.matchAll(/(?:^|[\n>"'`:{[(]|\s{2,})\s*(?=\S)/g)) {
      const at = match.index + match[0].length;
      const rest = normalize(unescaped.slice(at, at + compared * 2));
      const candidates =
        rest.length < keyLength
          ? this.#shorter(rest)
          : (this.#byStart.get(rest.slice(0, keyLength)) ?? this.#shorter(rest));
      for (const entry of candidates) {
        if (!rest.startsWith(entry.answer)) continue;
        const weight = entry.answer.length + (whole.includes(entry.prompt) ? 10_000 : 0);
        // A short answer is found in many places by chance: it counts only beside its own prompt.
        if (weight < keyLength) continue;
        if (best === undefined || weight > best.weight) best = { entry, weight };
      }
    }
    return best?.entry.acceptable;
  }

  /** Answers shorter than the key stand under themselves. */
  #shorter(rest: string): Remembered[] {
    const found: Remembered[] = [];
    for (let length = Math.min(rest.length, keyLength - 1); length > 0; length--) {
      const next = rest[length];
      if (next !== undefined && /[\p{L}\p{N}]/u.test(next)) continue;
      found.push(...(this.#byStart.get(rest.slice(0, length)) ?? []));
    }
    return found;
  }
}
