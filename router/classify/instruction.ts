/**
 * Reads an instruction sentence by sentence: which of them ask and which only tell, which concepts each names, what
 * follows a colon. "Our migration was exhausting. What is a synonym for tired?" asks for a synonym.
 */
import { type Concepts, conceptsAt, isIdeograph, isLetter, plainLetters } from './concepts.ts';
import { politeness } from './read-text.ts';

/** Where in a request a concept stands. */
export type Place = 'command' | 'asked' | 'listed' | 'told' | 'pasted';

export type Mark = (place: Place, concept: number) => void;

/** What the sentences of an instruction come to; those that only tell are apart from those that ask. */
export interface Instruction {
  /** Words of the asking sentences, and of the telling ones. */
  words: number;
  toldWords: number;
  asking: number;
  telling: number;
  commas: number;
  numbers: number;
  /** Words of quantity, numbers written out among them. */
  quantities: number;
  /** Words with capitals or digits inside: names of products, keys, formats. */
  technical: number;
  colon: boolean;
}

/** A concept that stands within so many words of a sentence's beginning is what it commands. */
const commandWords = 3;

/** A sentence while it is read: whether it asks is known at its end. */
interface Sentence {
  commands: Set<number>;
  asked: Set<number>;
  listed: Set<number>;
  words: number;
  /** Words without those of politeness. */
  place: number;
  /** What a colon follows: "Think hard: what is 2 + 2?" asks after it, "Translate: what is …" before it. */
  told: Set<number>;
  colon: 'none' | 'introduces' | 'may ask';
  /** After an article a task is a thing: "our design". */
  isNoun: boolean;
}

function emptySentence(): Sentence {
  return {
    commands: new Set(),
    asked: new Set(),
    listed: new Set(),
    told: new Set(),
    words: 0,
    place: 0,
    colon: 'none',
    isNoun: false,
  };
}

const requests: ReadonlySet<string> = new Set(
  'please kindly bitte favor favore prosze пожалуиста alsjeblieft graag'.split(' '),
);
const longestPreface = 4;

const articles: ReadonlySet<string> = new Set(
  'the a an our my your his her their its this these those der die das ein eine unser unsere mein meine le la les un une notre nos mon ma mes el los las una nuestro nuestra mi il lo gli uno nostro nostra mio mia o os as um uma nosso nossa meu minha de het een onze ons mijn'.split(
    ' ',
  ),
);

export function readInstruction(raw: string, concepts: Concepts, mark: Mark): Instruction {
  const squeezed = raw.replaceAll(/[ \t]+/g, ' ');
  const text = plainLetters(squeezed);
  const sentences: Array<{ sentence: Sentence; asks: boolean }> = [];
  let sentence = emptySentence();
  let commas = 0;
  let numbers = 0;
  let quantities = 0;
  let colon = false;
  const isTask = (concept: number): boolean => concept < concepts.firstMatter;
  const found = (concept: number): void => {
    if (concept === concepts.quantity) {
      quantities += 1;
      return;
    }
    const isCommand = sentence.place < commandWords && !sentence.isNoun;
    if (sentence.place < 1 && sentence.colon === 'may ask' && isTask(concept)) onlyTold();
    if (isCommand && sentence.colon !== 'introduces') sentence.commands.add(concept);
    (sentence.colon === 'none' ? sentence.asked : sentence.listed).add(concept);
  };
  const atColon = (): void => {
    const asked = [...sentence.asked];
    if (asked.some((concept) => concepts.worksOnText.has(concept))) sentence.colon = 'introduces';
    else if (asked.some(isTask)) sentence.colon = 'may ask';
    else onlyTold();
  };
  const onlyTold = (): void => {
    for (const before of sentence.asked) sentence.told.add(before);
    sentence.asked.clear();
    sentence.commands.clear();
    sentence.words = 0;
    sentence.isNoun = false;
    sentence.colon = 'none';
  };
  const end = (question: boolean): void => {
    if (sentence.words > 0) {
      const tasks = isIdeograph(text.charCodeAt(Math.max(0, at - 2))) ? sentence.asked : sentence.commands;
      // The last sentence may have lost its question mark.
      const asksAtEnd =
        at >= text.trimEnd().length && [...sentence.asked].some((one) => concepts.asks.has(one));
      sentences.push({ sentence, asks: question || asksAtEnd || [...tasks].some(isTask) });
    }
    sentence = emptySentence();
  };
  let at = 0;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (isIdeograph(code)) {
      conceptsAt(concepts, text, at, found);
      // Two characters are about as much as one word.
      sentence.place += 0.5;
      sentence.words += 0.5;
      at += 1;
    } else if (isLetter(code)) {
      const from = at;
      conceptsAt(concepts, text, at, found);
      while (isLetter(text.charCodeAt(at)) || text.charCodeAt(at) === 45 || text.charCodeAt(at) === 39)
        at += 1;
      const word = text.slice(from, at);
      if (articles.has(word)) sentence.isNoun = true;
      // "As part of our programme, please convert …": the asking begins here.
      if (requests.has(word) && sentence.place >= longestPreface) {
        onlyTold();
        sentence.place = 0;
      }
      if (!politeness.has(word)) sentence.place += 1;
      sentence.words += 1;
    } else if (code >= 48 && code <= 57) {
      conceptsAt(concepts, text, at, found);
      while (/[\d.,]/.test(text[at] ?? '')) at += 1;
      numbers += 1;
      sentence.place += 1;
    } else {
      if (code === 44 || code === 0xff0c || code === 0x3001) commas += 1;
      else if (code === 58 || code === 0xff1a) {
        colon = true;
        if (sentence.colon === 'none') atColon();
        sentence.place = 0;
        sentence.isNoun = false;
      } else if (code === 63 || code === 0xff1f) end(true);
      else if (
        code === 10 ||
        code === 0x3002 ||
        ((code === 46 || code === 33) && !(text.charCodeAt(at + 1) > 32))
      )
        end(false);
      else if (code === 59) sentence.place = 0;
      at += 1;
    }
  }
  end(false);
  const nobodyAsks = sentences.every((one) => !one.asks);
  const result: Instruction = {
    words: 0,
    toldWords: 0,
    asking: 0,
    telling: 0,
    commas,
    numbers,
    quantities,
    technical: technicalWords(squeezed),
    colon,
  };
  for (const { sentence: one, asks } of sentences) {
    if (!asks && !nobodyAsks) {
      result.telling += 1;
      result.toldWords += one.words;
      for (const concept of [...one.asked, ...one.listed]) mark('told', concept);
      continue;
    }
    result.asking += 1;
    result.words += one.words;
    for (const concept of one.commands) mark('command', concept);
    for (const concept of one.asked) mark('asked', concept);
    for (const concept of one.listed) mark('listed', concept);
    for (const concept of one.told) mark('told', concept);
  }
  return result;
}

/** Names of products, keys and formats; in a text of capitals nothing stands out. */
function technicalWords(text: string): number {
  if (!/[a-z]/.test(text)) return 0;
  return (text.match(/\b(?:[A-Z]{2,}\d*|[a-z]+[A-Z]\w*|[A-Za-z]+\d+\w*)\b/g) ?? []).length;
}
