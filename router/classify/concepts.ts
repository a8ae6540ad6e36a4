/**
 * Finds the concepts of config/task-concepts.json in a text: what is asked for (sort, explain, prove, migrate), of
 * what (a sentence, a function, a system) and under which demands (no downtime, a guarantee), in some fifteen
 * languages. The words stand in one tree of letters, so that a text is read in one walk.
 *
 * In the file `_` is a space, and `$` after a word means the whole word; all others are beginnings of words. Chinese
 * and Japanese have no spaces: there an expression is found anywhere.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../config/paths.ts';

interface Node {
  next: Map<number, Node>;
  /** Concepts whose expression ends here; those of whole words apart. */
  begins: number[];
  whole: number[];
}

export interface Concepts {
  names: readonly string[];
  /** Tasks that are done to a text given with them: what follows their colon is that text. */
  worksOnText: ReadonlySet<number>;
  /** The file begins with the tasks; from this concept on it names matters and demands. */
  firstMatter: number;
  /** Questions by their word: what, why, how. */
  asks: ReadonlySet<number>;
  /** Words of quantity are counted, not only noticed. */
  quantity: number;
  root: Node;
}

const textTasks = ['translate', 'pick_out', 'small_edit', 'small_label', 'convert', 'summarise', 'rework'];

let loaded: Concepts | undefined;

/** Read once, when the first text is classified. */
export function taskConcepts(): Concepts {
  loaded ??= build(
    JSON.parse(readFileSync(join(packageRoot(), 'config', 'task-concepts.json'), 'utf8')) as ConceptFile,
  );
  return loaded;
}

/** Concept → language → its words, separated by spaces. */
type ConceptFile = Readonly<Record<string, Readonly<Record<string, string>>>>;

function build(file: ConceptFile): Concepts {
  const root: Node = { next: new Map(), begins: [], whole: [] };
  const names = Object.keys(file);
  names.forEach((name, concept) => {
    for (const words of Object.values(file[name] ?? {})) {
      for (const word of words.split(' ')) {
        if (word !== '') insert(root, word, concept);
      }
    }
  });
  return {
    names,
    worksOnText: new Set(textTasks.map((name) => names.indexOf(name))),
    firstMatter: names.indexOf('small_text'),
    asks: new Set(['asks_fact', 'asks_why', 'asks_how'].map((name) => names.indexOf(name))),
    quantity: names.indexOf('quantity'),
    root,
  };
}

function insert(root: Node, word: string, concept: number): void {
  const isWhole = word.endsWith('$');
  const letters = plainLetters((isWhole ? word.slice(0, -1) : word).replaceAll('_', ' '));
  let node = root;
  for (let at = 0; at < letters.length; at += 1) {
    const code = letters.charCodeAt(at);
    let next = node.next.get(code);
    if (next === undefined) {
      next = { next: new Map(), begins: [], whole: [] };
      node.next.set(code, next);
    }
    node = next;
  }
  const list = isWhole ? node.whole : node.begins;
  if (!list.includes(concept)) list.push(concept);
}

/** Lower case without accents: "Écris" and "ecris" are one word, as people type both. */
export function plainLetters(text: string): string {
  const lower = text.toLowerCase();
  if (!/[^\p{ASCII}]/u.test(lower)) return lower;
  // Unicode takes ł and ø for letters of their own, not for accented ones.
  return lower
    .normalize('NFD')
    .replaceAll(/\p{M}+/gu, '')
    .replaceAll('ł', 'l')
    .replaceAll('ø', 'o')
    .replaceAll('’', "'");
}

/** Calls `found` with each concept whose expression begins at `from` in a text of plain letters. */
export function conceptsAt(
  { root }: Concepts,
  text: string,
  from: number,
  found: (concept: number) => void,
): void {
  let node = root;
  for (let at = from; at < text.length; at += 1) {
    const next = node.next.get(text.charCodeAt(at));
    if (next === undefined) return;
    node = next;
    for (const concept of node.begins) found(concept);
    if (node.whole.length > 0 && !isLetter(text.charCodeAt(at + 1))) {
      for (const concept of node.whole) found(concept);
    }
  }
}

/** Letters of any script; NaN, after the end, is none. */
export function isLetter(code: number): boolean {
  if (code < 128) return (code >= 97 && code <= 122) || (code >= 65 && code <= 90);
  return (
    code >= 0xc0 &&
    code !== 0xd7 &&
    code !== 0xf7 &&
    !(code >= 0x2000 && code <= 0x2fff) &&
    !(code >= 0x3000 && code <= 0x303f) &&
    !(code >= 0xff00 && code <= 0xff20)
  );
}

/** Chinese characters and Japanese syllables. */
export function isIdeograph(code: number): boolean {
  return code >= 0x3040 && code <= 0x9fff;
}
