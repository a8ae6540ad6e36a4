/**
 * What a text says about how hard it is. Each signal's weight is added to the log-odds of the score, so that
 * several small signs add up and none decides alone; each carries the evidence that `explain` shows.
 */
import type { Signal } from '../types.ts';
import type { TextFacts } from './read-text.ts';
import { factualQuestionWords, ideographWeight, lookUp, openQuestionWords, type WordKind } from './words.ts';

/** The most that all words of one kind may add: the tenth topic says little that nine did not. */
const most: Readonly<Record<WordKind, number>> = {
  verb: 2.2,
  topic: 1.8,
  constraint: 0.8,
  step: 0.8,
  brevity: 0.9,
  breadth: 0.8,
};
const kindNames: Readonly<Record<WordKind, string>> = {
  verb: 'asks for',
  topic: 'hard matter',
  constraint: 'constraints',
  step: 'several steps',
  brevity: 'wants little',
  breadth: 'wants much',
};

/** How much a verb counts that no sentence begins with. */
const mentioned = 0.45;
/** A topic that is only asked about ("What is a theorem?") says less than one that is worked on. */
const longestFactualQuestion = 16;

export function signalsOf(facts: TextFacts): Signal[] {
  const signals: Signal[] = [];
  wordSignals(facts, signals);
  questionSignal(facts, signals);
  structureSignals(facts, signals);
  lengthSignal(facts, signals);
  return signals;
}

interface Tally {
  weight: number;
  evidence: string[];
}

function wordSignals(facts: TextFacts, signals: Signal[]): void {
  const tallies = new Map<WordKind, Tally>();
  const seen = new Set<string>();
  let commandGiven = false;
  facts.words.forEach((word, at) => {
    const entry = lookUp(word);
    if (entry === undefined || seen.has(word)) return;
    seen.add(word);
    let { weight } = entry;
    if (entry.kind === 'verb') {
      const isCommand = facts.commands[at] === true;
      // The first command is the task; "list" and "name" in later sentences or inside one are mostly nouns.
      if (!isCommand) weight = weight < 0 ? 0 : weight * mentioned;
      else if (commandGiven) weight *= 0.6;
      if (isCommand) commandGiven = true;
      if (weight === 0) return;
    }
    const tally = tallies.get(entry.kind) ?? { weight: 0, evidence: [] };
    tally.weight += weight;
    if (tally.evidence.length < 5) tally.evidence.push(word);
    tallies.set(entry.kind, tally);
  });
  for (const [kind, tally] of tallies) {
    const weight = Math.max(-most[kind], Math.min(most[kind], tally.weight));
    signals.push({ name: kindNames[kind], weight: round(weight), evidence: tally.evidence.join(', ') });
  }
  if (facts.ideographs) {
    const found = ideographWeight(facts.prose);
    if (found !== undefined) signals.push({ name: 'asks for', ...found });
  }
}

function questionSignal(facts: TextFacts, signals: Signal[]): void {
  const at = facts.words.findIndex(
    (_, place) => facts.commands[place] === true && isQuestionWord(facts.words[place]),
  );
  const word = at < 0 ? undefined : facts.words[at];
  if (facts.questions > 2) {
    signals.push({
      name: 'several questions',
      weight: round(Math.min(0.8, 0.2 * facts.questions)),
      evidence: `${facts.questions} question marks`,
    });
  } else if (
    word !== undefined &&
    factualQuestionWords.has(word) &&
    facts.wordCount <= longestFactualQuestion &&
    facts.codeBlocks === 0
  ) {
    signals.push({
      name: 'short factual question',
      weight: facts.wordCount <= 9 ? -1.3 : -0.8,
      evidence: `"${word}", ${facts.wordCount} words`,
    });
  } else if (word !== undefined && openQuestionWords.has(word)) {
    signals.push({ name: 'asks why or how', weight: 0.25, evidence: `"${word}"` });
  }
}

function isQuestionWord(word: string | undefined): boolean {
  return word !== undefined && (factualQuestionWords.has(word) || openQuestionWords.has(word));
}

function structureSignals(facts: TextFacts, signals: Signal[]): void {
  if (facts.codeBlocks > 0) {
    signals.push({ name: 'code', weight: 0.35, evidence: `${facts.codeBlocks} code block(s)` });
  } else if (facts.codeSigns >= 12 && facts.codeSigns / facts.readLength > 0.02) {
    signals.push({ name: 'code', weight: 0.3, evidence: `${facts.codeSigns} code signs` });
  }
  if (facts.mathsSigns >= 2) {
    signals.push({
      name: 'mathematics',
      weight: round(Math.min(0.9, 0.2 + 0.1 * facts.mathsSigns)),
      evidence: `${facts.mathsSigns} mathematical signs`,
    });
  }
  if (facts.numbers >= 3) {
    signals.push({
      name: 'quantities',
      weight: round(Math.min(0.7, 0.12 * (facts.numbers - 2))),
      evidence: `${facts.numbers} different numbers`,
    });
  }
  if (facts.listItems >= 2) {
    signals.push({
      name: 'list',
      weight: round(Math.min(0.7, 0.12 * facts.listItems)),
      evidence: `${facts.listItems} list items`,
    });
  }
}

/** Length speaks for hard, never for simple: a short prompt says nothing ("yes" may continue anything). */
function lengthSignal(facts: TextFacts, signals: Signal[]): void {
  const words = facts.wordCount;
  if (words <= 20) return;
  const weight = Math.min(1.4, 0.32 * Math.log(words / 20));
  signals.push({ name: 'length', weight: round(weight), evidence: `${words} words` });
}

function round(weight: number): number {
  return Math.round(weight * 1000) / 1000;
}
