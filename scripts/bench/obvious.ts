/**
 * How many of the obvious prompts the classifier sends to the right class: tuning part and held-out part apart,
 * beside two baselines (tertiles of prompt length, always moderate) on the same prompts in the same run. Goal: at
 * least 90 % right and no complex prompt classified as simple.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Complexity, complexities } from '../../config/config.ts';
import { classify } from '../../router/classify.ts';
import type { Classification, Request } from '../../router/types.ts';
import {
  type Agreement,
  accuracyByLanguage,
  agreement,
  byLength,
  type Score,
  score,
} from './obvious-prompts/score.ts';
import { type Item, readSuite } from './obvious-prompts/suite.ts';

const help = `usage: node scripts/bench/obvious.ts [--json] [--misses] [--reveal] [--help]

Classifies the obvious prompts (scripts/bench/obvious-prompts/) and compares with their labels.
  --json     one JSON object instead of the tables
  --misses   also list what was wrong in the tuning part
  --reveal   also list what was wrong in the held-out part; without it no held-out prompt, id or language is shown.
             Who tunes the classifier does not use it: a held-out part that was looked at is held out no more
Example: node scripts/bench/obvious.ts --misses`;

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    misses: { type: 'boolean', default: false },
    reveal: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

interface Classified {
  item: Item;
  classification: Classification;
}

interface PartReport {
  prompts: number;
  truth: 'both labellers agree' | 'first labeller only';
  /** Undefined while nobody has labelled the part a second time. */
  agreement: Agreement | undefined;
  classifier: Score;
  /** In the held-out part only English and all others: some languages have so few prompts that a share tells which. */
  languages: Record<string, { items: number; accuracy: number }>;
  baselines: { promptLengthTertiles: Score; alwaysModerate: Score };
  /** Prompts whose two labels differ: no truth, so only whether the classifier sided with one of them. */
  disputed: { items: number; eitherLabel: number };
}

if (values.help) console.log(help);
else main();

function main(): void {
  const suite = readSuite(join(import.meta.dirname, 'obvious-prompts'));
  const classified = suite.items.map((item) => ({ item, classification: classify(requestFor(item.prompt)) }));
  const tuning = classified.filter(({ item }) => !item.heldOut);
  const heldOut = classified.filter(({ item }) => item.heldOut);
  // The bounds come from the tuning part: a baseline may not look at the held-out prompts either.
  const lengthBaseline = byLength(tuning.map(({ item }) => item.prompt.length));
  const parts = {
    tuning: reportPart(tuning, suite.labelledTwice.tuning, lengthBaseline, (lang) => lang),
    heldOut: reportPart(heldOut, suite.labelledTwice.heldOut, lengthBaseline, (lang) =>
      lang === 'en' || values.reveal ? lang : 'other',
    ),
  };
  const misses = values.misses ? tuning.filter(isMiss).map(describeMiss) : undefined;
  const heldOutMisses = values.reveal ? heldOut.filter(isMiss).map(describeMiss) : undefined;
  if (values.json) {
    // Keys whose value is undefined do not appear in JSON.
    console.log(JSON.stringify({ prompts: suite.items.length, ...parts, misses, heldOutMisses }));
    return;
  }
  printPart('tuning part (the model of the wording is fitted on it too)', parts.tuning);
  printPart('held-out part', parts.heldOut);
  if (misses !== undefined) printMisses('tuning part', misses);
  if (heldOutMisses !== undefined) printMisses('held-out part', heldOutMisses);
}

/** A plain prompt as the daemon would pass it on: no stated complexity, so that the text alone decides. */
function requestFor(prompt: string): Request {
  return {
    origin: { actionId: 'obvious' },
    type: 'prompt',
    messages: [{ role: 'user', content: prompt }],
    userText: prompt,
    privacy: 'any',
    qualityThreshold: 0.7,
    mustPass: false,
    critical: false,
    deadlineAt: Number.MAX_SAFE_INTEGER,
    priority: 5,
    cacheable: false,
  };
}

function reportPart(
  part: readonly Classified[],
  labelledTwice: boolean,
  lengthBaseline: (length: number) => Complexity,
  languageGroup: (lang: string) => string,
): PartReport {
  const judge = (said: (one: Classified) => Complexity) =>
    part.flatMap((one) =>
      one.item.truth === undefined
        ? []
        : [{ lang: languageGroup(one.item.lang), truth: one.item.truth, said: said(one) }],
    );
  const judged = judge(({ classification }) => classification.complexity);
  const disputed = part.filter(({ item }) => item.truth === undefined);
  const pairs = part.flatMap(({ item }) =>
    item.labelB === undefined ? [] : [[item.labelA, item.labelB] as const],
  );
  return {
    prompts: part.length,
    truth: labelledTwice ? 'both labellers agree' : 'first labeller only',
    agreement: labelledTwice ? agreement(pairs) : undefined,
    classifier: score(judged),
    languages: accuracyByLanguage(judged),
    baselines: {
      promptLengthTertiles: score(judge(({ item }) => lengthBaseline(item.prompt.length))),
      alwaysModerate: score(judge(() => 'moderate')),
    },
    disputed: {
      items: disputed.length,
      eitherLabel: disputed.filter(
        ({ item, classification }) =>
          classification.complexity === item.labelA || classification.complexity === item.labelB,
      ).length,
    },
  };
}

function isMiss({ item, classification }: Classified): boolean {
  return item.truth !== undefined && item.truth !== classification.complexity;
}

function describeMiss({ item, classification }: Classified) {
  const oneLine = item.prompt.replaceAll(/\s+/g, ' ');
  return {
    id: item.id,
    lang: item.lang,
    label: item.labelA,
    said: classification.complexity,
    score: classification.score,
    signals: classification.signals.map((signal) => `${signal.name} ${signal.weight.toFixed(2)}`),
    prompt: oneLine.length > 100 ? `${oneLine.slice(0, 99)}…` : oneLine,
  };
}

function printMisses(name: string, misses: readonly ReturnType<typeof describeMiss>[]): void {
  console.log(`\nwrong in the ${name}: ${misses.length}`);
  for (const miss of misses)
    console.log(
      `  ${miss.id} ${miss.lang}  label ${miss.label}, said ${miss.said} (score ${miss.score.toFixed(2)}; ${miss.signals.join(', ') || 'no signals'})  ${miss.prompt}`,
    );
}

function printLabels(labels: Agreement | undefined): void {
  if (labels === undefined) {
    console.log("  labelled once so far: the truth is the first labeller's alone");
    return;
  }
  console.log(
    `  the two labellers (both models) agree on ${labels.agreed} (${percent(labels.share)}, Cohen's kappa ${labels.kappa.toFixed(2)}), the truth is taken there`,
  );
  console.log('  first \\ second');
  printTable(labels.table);
}

function printPart(name: string, part: PartReport): void {
  const { low, high } = part.classifier.interval;
  console.log(`\n${name}: ${part.prompts} prompts, ${part.classifier.items} counted`);
  printLabels(part.agreement);
  console.log('                             right    over   under  complex→simple');
  printRow('classifier', part.classifier);
  printRow('prompt length tertiles', part.baselines.promptLengthTertiles);
  printRow('always moderate', part.baselines.alwaysModerate);
  console.log(`  95 % interval of the classifier's share right: ${percent(low)} to ${percent(high)}`);
  console.log(
    `  goal (90 % right, no complex→simple): ${part.classifier.accuracy >= 0.9 && part.classifier.complexToSimple === 0 ? 'reached' : 'missed'}`,
  );
  console.log('  label \\ classifier');
  printTable(part.classifier.confusion);
  console.log(
    `  right by language: ${Object.entries(part.languages)
      .map(([lang, one]) => `${lang} ${percent(one.accuracy)} of ${one.items}`)
      .join(', ')}`,
  );
  if (part.disputed.items > 0)
    console.log(
      `  apart, ${part.disputed.items} prompts on which the labellers differ: the classifier gave one of their two labels in ${part.disputed.eitherLabel}`,
    );
}

function printRow(name: string, one: Score): void {
  console.log(
    `  ${name.padEnd(24)} ${percent(one.accuracy).padStart(7)} ${percent(one.overRouted).padStart(7)} ${percent(one.underRouted).padStart(7)}  ${String(one.complexToSimple).padStart(14)}`,
  );
}

function printTable(table: Score['confusion']): void {
  console.log(`  ${''.padEnd(10)}${complexities.map((label) => label.padStart(10)).join('')}`);
  for (const label of complexities)
    console.log(
      `  ${label.padEnd(10)}${complexities.map((said) => String(table[label][said]).padStart(10)).join('')}`,
    );
}

function percent(value: number): string {
  return `${(100 * value).toFixed(1)} %`;
}
