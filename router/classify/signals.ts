/**
 * What a text says about how hard it is. Each signal's weight is added to the log-odds of the score, so that
 * several small signs add up and none decides alone; each carries the evidence that `explain` shows.
 */
import type { Signal } from '../types.ts';
import { demandsOf } from './demands.ts';
import { readText, type TextFacts } from './read-text.ts';
import { taskOf } from './tasks.ts';
import { factualQuestionWords, ideographWeight, lookUp, openQuestionWords, type WordKind } from './words.ts';

/** A word's kind; a verb that is only mentioned is a kind of its own. */
type TallyKind = WordKind | 'mention';

/** The most that all words of one kind may add: the tenth topic says little that nine did not. */
const most: Readonly<Record<TallyKind, number>> = {
  verb: 2.2,
  mention: 0.8,
  topic: 1.8,
  constraint: 0.8,
  step: 0.8,
  brevity: 0.9,
  breadth: 0.8,
  relation: 0.9,
  negation: 0.8,
  clause: 0.8,
  choice: 0.3,
};
const kindNames: Readonly<Record<TallyKind, string>> = {
  verb: 'asks for',
  mention: 'speaks of',
  topic: 'hard matter',
  constraint: 'constraints',
  step: 'several steps',
  brevity: 'wants little',
  breadth: 'wants much',
  relation: 'relations between quantities',
  negation: 'negations',
  clause: 'subordinate clauses',
  choice: 'judgement of degree',
};

/** Kinds whose words count each time they occur; the others count once. */
const counted: ReadonlySet<WordKind> = new Set(['relation', 'negation', 'clause', 'choice']);

/**
 * Signals of how a text is built rather than of what it asks for. They rank texts, but a text that has nothing
 * else is still unknown (`classify.ts` counts them a third in the confidence).
 */
export const weakSignals: ReadonlySet<string> = new Set([
  'length',
  'mathematics',
  'speaks of',
  'names to keep apart',
  'several steps',
  'constraints',
  'hard matter, not worked on',
  ...[...counted].map((kind) => kindNames[kind]),
]);

/** How much a verb counts that no sentence begins with, and one that is not the first command. */
const mentioned = 0.45;
const laterCommand = 0.6;
/** From this weight on, a verb that is only mentioned still says what the work is ("we must migrate …"). */
const leastHardVerb = 1.1;
const mostlyNouns: ReadonlySet<string> = new Set([
  'plan',
  'plans',
  'design',
  'designs',
  'port',
  'ports',
  'audit',
  'audits',
]);
/** What the verbs must come to before hard matters count in full, and the share they count otherwise. */
const leastWork = 0.2;
const onlyAskedAbout = 0.3;
const longestFactualQuestion = 16;
/** Words before it, and of the whole text: with more than a greeting and thanks, the question is only a part. */
const longestGreeting = 10;
const longestFactualText = 32;

/** What a task of one step adds; and the share of everything else that ordinary work takes back. */
const oneStep = -1.5;
const towardsMiddle = 0.7;
/** From this weight of hard matters and verbs on, the form of the work says nothing any more. */
const surelyHard = 1.4;
/** The same for an explanation, and for work on a piece of text or code that is shown. */
const surelyHardThere = 1.7;
const strongSignals: ReadonlySet<string> = new Set(['hard matter', 'asks for', 'demands']);

export function signalsOf(facts: TextFacts): Signal[] {
  // The choices of a test make a question of its own kind: there the whole text is the task.
  const task = facts.options >= 2 ? undefined : taskOf(facts);
  if (task?.kind === 'simple') {
    const signals = judged(task.instruction === undefined ? facts : readText(task.instruction));
    return [...signals, { name: 'one step', weight: oneStep, evidence: task.evidence }];
  }
  const ownText =
    task?.kind === 'ordinary' && task.instruction !== undefined ? readText(task.instruction) : facts;
  const signals = judged(ownText);
  if (facts.options < 2) {
    const demands = demandsOf(ownText.prose);
    if (demands !== undefined) signals.push({ name: 'demands', ...demands });
  }
  if (task === undefined) return signals;
  const hard = signals
    .filter((signal) => strongSignals.has(signal.name))
    .reduce((sum, signal) => sum + Math.max(0, signal.weight), 0);
  const bound = task.explains === true || task.instruction !== undefined ? surelyHardThere : surelyHard;
  if (hard >= bound) return signals;
  const sum = signals.reduce((total, signal) => total + signal.weight, 0);
  return [
    ...signals,
    { name: 'ordinary work', weight: round(-towardsMiddle * sum), evidence: task.evidence },
  ];
}

function judged(facts: TextFacts): Signal[] {
  const signals: Signal[] = [];
  wordSignals(facts, signals);
  questionSignal(facts, signals);
  structureSignals(facts, signals);
  lengthSignal(facts, signals);
  return boundWeak(signals);
}

/**
 * The most that all weak signals together may come to. Without it every long text would be complex; with it,
 * they lift a text that asks for ordinary work to just under the bound of complex. A smooth bound, so that texts
 * keep their order.
 */
const mostWeak = 0.6;

function boundWeak(signals: readonly Signal[]): Signal[] {
  const isWeak = (signal: Signal): boolean => weakSignals.has(signal.name);
  const sum = signals.filter(isWeak).reduce((total, signal) => total + signal.weight, 0);
  if (sum <= 0) return [...signals];
  // In proportion up to about half the bound, nearly flat beyond twice of it.
  const share = (mostWeak * Math.tanh(sum / (2 * mostWeak))) / sum;
  return signals.map((signal) =>
    isWeak(signal) ? { ...signal, weight: round(signal.weight * share) } : signal,
  );
}

interface Tally {
  weight: number;
  evidence: string[];
}

function wordSignals(facts: TextFacts, signals: Signal[]): void {
  const tallies = new Map<TallyKind, Tally>();
  const seen = new Set<string>();
  let lastCommandAt: number | undefined;
  let strongestCommand = 0;
  facts.words.forEach((word, at) => {
    const entry = lookUp(word);
    if (entry === undefined || (seen.has(word) && !counted.has(entry.kind))) return;
    const isNew = !seen.has(word);
    seen.add(word);
    let kind: TallyKind = entry.kind;
    let { weight } = entry;
    if (kind === 'verb') {
      // "Find and fix …" are two commands.
      const isCommand =
        facts.commands[at] === true || (facts.words[at - 1] === 'and' && facts.commands[at - 2] === true);
      if (!isCommand) {
        // "List" and "name" inside a sentence are mostly nouns, and "test" or "review" speak of others' work.
        if (weight < 0) return;
        if (weight < leastHardVerb || mostlyNouns.has(word)) kind = 'mention';
        weight *= mentioned;
      } else {
        if (lastCommandAt !== undefined && weight < strongestCommand) weight *= laterCommand;
        strongestCommand = Math.max(strongestCommand, weight);
        lastCommandAt = at;
      }
    }
    const tally = tallies.get(kind) ?? { weight: 0, evidence: [] };
    tally.weight += weight;
    if (isNew && tally.evidence.length < 5) tally.evidence.push(word);
    tallies.set(kind, tally);
  });
  // A hard matter that nobody asks to work on ("What is a theorem?") says little.
  const isWorkedOn = (tallies.get('verb')?.weight ?? 0) >= leastWork;
  for (const [kind, tally] of tallies) {
    const weight = Math.max(-most[kind], Math.min(most[kind], tally.weight));
    const idle = kind === 'topic' && !isWorkedOn;
    signals.push({
      name: idle ? 'hard matter, not worked on' : kindNames[kind],
      weight: round(idle ? weight * onlyAskedAbout : weight),
      evidence: tally.evidence.join(', '),
    });
  }
  if (facts.ideographs) {
    const found = ideographWeight(facts.prose);
    if (found !== undefined) signals.push({ name: 'asks for', ...found });
  }
}

function questionSignal(facts: TextFacts, signals: Signal[]): void {
  const at = facts.words.findIndex(
    // "Can you …" is politeness: the command comes after it.
    (_, place) =>
      facts.commands[place] === true &&
      facts.commands[place + 1] !== true &&
      isQuestionWord(facts.words[place]),
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
    (factualQuestionWords.has(word) || isHowMany(facts.words[at + 1])) &&
    sentenceLength(facts, at) <= longestFactualQuestion &&
    // "¿Por qué" asks for a reason; and a question before a command is not the task.
    facts.words[at - 1] !== 'por' &&
    !signals.some((signal) => signal.name === 'asks for' && signal.weight > 0.3) &&
    at <= longestGreeting &&
    facts.wordCount <= longestFactualText &&
    facts.codeBlocks === 0 &&
    facts.options < 2
  ) {
    signals.push({
      name: 'short factual question',
      weight: sentenceLength(facts, at) <= 9 ? -1.3 : -0.8,
      evidence: `"${word}", ${sentenceLength(facts, at)} words`,
    });
  } else if (word !== undefined && openQuestionWords.has(word) && !isHowMany(facts.words[at + 1])) {
    signals.push({ name: 'asks why or how', weight: 0.25, evidence: `"${word}"` });
  }
}

/** Words from here to where the next sentence begins. */
function sentenceLength(facts: TextFacts, from: number): number {
  let to = from + 1;
  while (to < facts.words.length && facts.commands[to] !== true) to += 1;
  return to - from;
}

/** "How many" asks for a number, not for a procedure. */
function isHowMany(next: string | undefined): boolean {
  return next !== undefined && /^(?:many|much|long|far|old|often|tall|big)$/.test(next);
}

function isQuestionWord(word: string | undefined): boolean {
  return word !== undefined && (factualQuestionWords.has(word) || openQuestionWords.has(word));
}

function structureSignals(facts: TextFacts, signals: Signal[]): void {
  if (facts.codeBlocks > 0) {
    signals.push({ name: 'code', weight: 0.2, evidence: `${facts.codeBlocks} code block(s)` });
  } else if (facts.codeSigns >= 12 && facts.codeSigns / facts.readLength > 0.02) {
    signals.push({ name: 'code', weight: 0.15, evidence: `${facts.codeSigns} code signs` });
  }
  if (facts.mathsSigns >= 2) {
    signals.push({
      name: 'mathematics',
      weight: round(Math.min(0.6, 0.1 + 0.05 * facts.mathsSigns)),
      evidence: `${facts.mathsSigns} mathematical signs`,
    });
  }
  if (facts.names >= 2) {
    signals.push({
      name: 'names to keep apart',
      weight: round(Math.min(0.6, 0.05 * facts.names)),
      evidence: `${facts.names} capitalised words`,
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
  const weight = Math.min(1.6, 0.4 * Math.log(words / 20));
  signals.push({ name: 'length', weight: round(weight), evidence: `${words} words` });
}

function round(weight: number): number {
  return Math.round(weight * 1000) / 1000;
}
