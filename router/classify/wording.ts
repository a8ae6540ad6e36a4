/**
 * Describes a request by numbers that a small model weighs (task-model.ts): which concepts it names and where, how
 * long the asking is, how much it demands.
 */
import type { Complexity } from '../../config/config.ts';
import { type Concepts, conceptsAt, isIdeograph, isLetter, plainLetters, taskConcepts } from './concepts.ts';
import { type Instruction, type Mark, type Place, readInstruction } from './instruction.ts';
import { endsOf, type LetterRuns, type Reading, readLetters } from './letters.ts';
import { type Parts, split } from './parts.ts';
import type { TextFacts } from './read-text.ts';
import { countStructure } from './structure.ts';

/** A text of so few words that names nothing known tells nothing. */
const fewWords = 4;
/** What is read at most of pasted material, in characters. */
const longestPasted = 500;
export interface Wording {
  /** Feature → value; absent features are 0. */
  features: ReadonlyMap<string, number>;
  /** For what no concept names. */
  letters: Readonly<Record<Reading, LetterRuns>>;
  /** It names a task or a matter: without any there is nothing to judge. */
  tells: boolean;
  /** How hard it is lies in how its quantities relate: the rules count that, the wording hardly sees it. */
  isWordProblem: boolean;
}

/** Concepts that tell who speaks or about whose things, but not what is wanted. */
const saysNothing: ReadonlySet<string> = new Set([
  'imperative',
  'everyday',
  'organisation',
  'points_at_text',
  'claims_easy',
  'claims_hard',
]);

/** What the rules make of the same text (signals.ts); the model weighs it as one more feature. */
export interface RulesView {
  logOdds: number;
  complexity: Complexity;
}

export function readWording(text: string, facts: TextFacts, rules: RulesView): Wording {
  const concepts = taskConcepts();
  const parts = split(facts.prose, concepts);
  const found = new Map<string, number>();
  let tells = false;
  const mark: Mark = (place, concept) => {
    if (place !== 'pasted' && place !== 'told' && !saysNothing.has(concepts.names[concept] ?? ''))
      tells = true;
    found.set(`${place} ${concepts.names[concept] ?? ''}`, 1);
  };
  const instruction = readInstruction(parts.instruction, concepts, mark);
  readPasted(parts.pasted.slice(0, longestPasted), concepts, mark);
  const features = new Map(found);
  countFeatures(features, facts, parts, instruction);
  countStructure(features, text);
  rulesFeatures(features, rules);
  // A word problem that the rules call simple is none of theirs.
  const isReckoning = rules.complexity !== 'simple' && isWordProblem(features, instruction, parts);
  return {
    features,
    letters: {
      instruction: readLetters(plainLetters(endsOf(parts.instruction))),
      prompt: readLetters(plainLetters(endsOf(text))),
    },
    tells: tells || facts.wordCount > fewWords,
    isWordProblem: isReckoning,
  };
}

function readPasted(raw: string, concepts: Concepts, mark: Mark): void {
  const text = plainLetters(raw);
  let inWord = false;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    const letter = isLetter(code);
    if (letter && (!inWord || isIdeograph(code)))
      conceptsAt(concepts, text, at, (concept) => mark('pasted', concept));
    inWord = letter;
  }
}

const matterOf = {
  hard: 'system scope distributed concurrency continuity guarantee tradeoff security law_money_health advanced_maths statistics uncertainty depth machine_learning low_level expert_field conflict must_hold open_demand'.split(
    ' ',
  ),
  hardTask: 'design prove diagnose audit migrate evaluate research orchestrate optimise'.split(' '),
  ordinary:
    'code_unit prose_unit school_maths form small_plan explain summarise compare rework fix implement'.split(
      ' ',
    ),
  small:
    'text_place small_text small_fact brief command_small translate pick_out small_edit small_label convert asks_fact'.split(
      ' ',
    ),
};

/** A word problem has so many quantities at least, and names few other matters, by chance. */
const leastQuantities = 2;
const shortestProblem = 15;
const wordsPerQuantity = 20;
const quantitiesPerMatter = 1;
const notReckoned = [
  ...matterOf.hard,
  ...matterOf.hardTask,
  ...matterOf.ordinary.filter((name) => name !== 'school_maths' && name !== 'form'),
];

/** Beyond this the rules are as sure as they can be. */
const surestRules = 3;

function rulesFeatures(features: Map<string, number>, { logOdds, complexity }: RulesView): void {
  const strength = Math.max(-surestRules, Math.min(surestRules, logOdds)) / (surestRules / 2);
  if (features.has('asks only for small things')) {
    // The rules read the small talk before it as well.
    features.set(`rules say ${complexity}, small things`, 1);
    return;
  }
  features.set('rules', strength);
  features.set(`rules say ${complexity}`, 1);
  // Of a short text without material the wording says little, and the rules relatively much.
  if (features.has('more than 11 words') || features.has('has pasted material')) return;
  features.set('rules, short text', strength);
  features.set(`rules say ${complexity}, short text`, 1);
}

/**
 * Quantities are told, one is asked for, and little else is named: how hard that is lies in their relations, which
 * the rules count, not in the wording.
 */
function isWordProblem(
  features: ReadonlyMap<string, number>,
  instruction: Instruction,
  parts: Parts,
): boolean {
  if (parts.pasted !== '' || features.has('code')) return false;
  // Whose things they are is told in work, not in exercises.
  if (features.has('asked organisation') || features.has('told organisation')) return false;
  // Exercises are told in plain words; at work there are lists, abbreviations and names of products.
  if (instruction.technical > 0 || (features.get('layout: list items') ?? 0) > 0) return false;
  const quantities = instruction.numbers + instruction.quantities;
  if (instruction.words + instruction.toldWords < shortestProblem) return false;
  if (!features.has('asked asks_fact') && !features.has('asked school_maths')) return false;
  // Exercises are dense in quantities.
  if (quantities * wordsPerQuantity < instruction.words + instruction.toldWords) return false;
  const others = countIn(features, 'asked', notReckoned) + countIn(features, 'told', notReckoned);
  const least = instruction.telling > 0 ? leastQuantities : leastQuantities + 1;
  return quantities >= least && quantities >= quantitiesPerMatter * others;
}

function countIn(features: ReadonlyMap<string, number>, place: Place, names: readonly string[]): number {
  return names.filter((name) => features.has(`${place} ${name}`)).length;
}

function countFeatures(
  features: Map<string, number>,
  facts: TextFacts,
  parts: Parts,
  instruction: Instruction,
): void {
  const { words } = instruction;
  for (const most of [4, 7, 11, 16, 24, 36, 60]) if (words > most) features.set(`more than ${most} words`, 1);
  features.set('length', Math.log1p(words) / 2);
  features.set('length of what is told', Math.log1p(instruction.toldWords) / 2);
  features.set('sentences that ask', Math.log1p(instruction.asking) / 2);
  features.set('sentences that tell', Math.log1p(instruction.telling) / 2);
  features.set('commas', Math.log1p(instruction.commas) / 2);
  features.set('numbers', Math.log1p(instruction.numbers) / 2);
  features.set('quantities', Math.log1p(instruction.quantities) / 2);
  const reckoned = instruction.numbers + instruction.quantities;
  for (const most of [1, 3, 6])
    if (reckoned > most && instruction.telling > 0) features.set(`told more than ${most} quantities`, 1);
  features.set('technical words', Math.log1p(instruction.technical) / 2);
  if (instruction.colon) features.set('colon', 1);
  if (parts.pasted !== '') features.set('has pasted material', 1);
  features.set('pasted length', Math.log1p(parts.pasted.length) / 8);
  if (facts.codeBlocks > 0 || facts.codeSigns >= 12) features.set('code', 1);
  if (/ {8,}/.test(parts.instruction)) features.set('quotation', 1);
  const count = (place: Place, names: readonly string[]): number => countIn(features, place, names);
  for (const [group, names] of Object.entries(matterOf)) {
    const asked = count('asked', names);
    features.set(`${group} asked`, Math.log1p(asked));
    features.set(`${group} listed`, Math.log1p(count('listed', names)));
    features.set(`${group} told`, Math.log1p(count('told', names)));
    if (asked > 0) features.set(`any ${group} asked`, 1);
    if (asked > 0 && words <= 14) features.set(`${group} asked in short`, 1);
  }
  const small = count('asked', matterOf.small);
  const more = count('asked', [
    ...matterOf.hard,
    ...matterOf.hardTask,
    ...matterOf.ordinary,
    'asks_why',
    'asks_how',
  ]);
  if (reckoned >= 3) features.set('several quantities', 1);
  const isShortQuestion =
    instruction.asking === 1 &&
    words <= 14 &&
    features.has('asked asks_fact') &&
    !features.has('asked asks_why') &&
    count('asked', [...matterOf.hard, ...matterOf.hardTask]) === 0;
  if (isShortQuestion && parts.pasted !== '') features.set('short question about what is pasted', 1);
  if (isShortQuestion && features.has('quotation')) features.set('short question about a quotation', 1);
  for (const most of [20, 40, 70])
    if (words + instruction.toldWords > most) features.set(`more than ${most} words in all`, 1);
  if (small > 0 && more === 0 && words <= 25) {
    features.set('asks only for small things', 1);
    // What was told before a small thing is asked is small talk, unless it is to be reckoned with.
    if (reckoned < 3)
      for (const name of [...features.keys()])
        if (name.startsWith('told ') || name.endsWith(' told')) features.delete(name);
  }
}
