import { hash32 } from '../hash.ts';
import { truthOf } from './arithmetic.ts';
import { splitSource, terms } from './reading.ts';

const good =
  /\b(love|great|excellent|amazing|good|happy|perfect|fantastic|wonderful|recommend|enjoy\w*|delight\w*|best|thanks|pleased|superb|fast|easy)\b/gi;
const bad =
  /\b(hate|terrible|awful|bad|poor|broken|worst|disappoint\w*|angry|refund|slow|useless|horrible|never again|waste|fail\w*|crash\w*|rude|late|damaged)\b/gi;

/** Words that speak for a label which a prompt may offer. */
const hints: Readonly<Record<string, RegExp>> = {
  billing: /invoice|refund|charge|payment|bill|subscription|price|credit card/i,
  technical: /error|crash|log ?in|password|install|bug|fail|timeout|not working|exception/i,
  bug: /error|crash|broken|fail|exception|wrong|bug/i,
  feature: /add|would be nice|support for|feature|wish|option to/i,
  shipping: /deliver|shipping|parcel|package|track|courier/i,
  account: /account|password|log ?in|profile|e-?mail address/i,
  sales: /quote|pricing|buy|purchase|demo|plan/i,
  spam: /win|winner|free|prize|click here|viagra|lottery|congratulations/i,
  urgent: /asap|urgent|immediately|down|outage|emergency|now/i,
  high: /asap|urgent|immediately|down|outage|emergency|data loss/i,
  question: /\?/,
  complaint: /terrible|refund|disappoint|angry|unacceptable|worst/i,
  decision: /decided|we will|chose|agreed/i,
  todo: /todo|must|should|need to/i,
  fact: /is|are|has|was/i,
};

/** The labels a prompt lets the model choose from; empty when it offers none. */
export function offeredLabels(instruction: string): string[] {
  const text = instruction.slice(0, 1_500);
  const list =
    text.match(
      /(?:one of|choose from|options?(?: are)?|labels?(?: are)?|categories(?: are)?|either)\s*:?\s*[[(]?([^.?!\n\])]{5,200})/i,
    )?.[1] ??
    text.match(
      /\b(?:classify|categori[sz]e|label|tag|rate|mark)\b[^.?!\n]{0,120}?\b(?:as|into)\s+(?:one of\s+|either\s+)?:?\s*([^.?!\n:]{3,160})/i,
    )?.[1] ??
    text.match(/(?:^|[\s(:])((?:[a-z_-]{2,20}\s*,\s*)+(?:and|or)\s+[a-z_-]{2,20})(?=[\s?.):]|$)/i)?.[1] ??
    text.match(/\(([a-z_ -]{2,20}(?:\s*[|/]\s*[a-z_ -]{2,20})+)\)/i)?.[1];
  if (list === undefined) return [];
  return list
    .split(/\s*(?:,\s*(?:or|and)\s+|,|\||\/|\bor\b|\band\b)\s*/)
    .map((label) => label.replace(/^["'`“]|["'`”]$/g, '').trim())
    .filter((label) => label.length > 0 && label.length <= 30 && label.split(' ').length <= 3)
    .slice(0, 12);
}

/** The label that fits the text best: by mood, by known words, by shared words, and else by a fixed choice. */
export function chooseLabel(labels: readonly string[], prompt: string, seed: number): string {
  const { source } = splitSource(prompt);
  const text = source === '' ? prompt : source;
  const find = (pattern: RegExp): string | undefined => labels.find((label) => pattern.test(label));
  if (find(/^positive$/i) !== undefined || find(/^negative$/i) !== undefined) {
    const mood = (text.match(good)?.length ?? 0) - (text.match(bad)?.length ?? 0);
    const chosen =
      mood > 0 ? find(/^positive$/i) : mood < 0 ? find(/^negative$/i) : find(/^(neutral|mixed)$/i);
    if (chosen !== undefined) return chosen;
  }
  for (const label of labels) {
    const hint = hints[label.toLowerCase()];
    if (hint?.test(text) === true) return label;
  }
  const content = new Set(terms(text, 60).map((word) => word.toLowerCase()));
  for (const label of labels) {
    if (
      label
        .toLowerCase()
        .split(/[\s_-]+/)
        .some((word) => content.has(word))
    )
      return label;
  }
  return labels[hash32(text, seed) % Math.max(1, labels.length)] ?? '';
}

const sureYes = /\b(?:water|sky|paris|earth|sun|typescript|json|http|sqlite|linux)\b/i;

/** True or false for a question that wants yes or no: reckoned where it can be, else fixed by the text. */
export function truth(prompt: string, seed: number): boolean {
  return truthOf(prompt) ?? (sureYes.test(prompt) || hash32(prompt, seed) % 3 !== 0);
}

/** Does the prompt want yes or no? */
export function asksYesNo(prompt: string): boolean {
  return (
    /\byes\s*(?:\/|or|and)\s*no\b|\btrue\s*(?:\/|or)\s*false\b|answer (?:with )?(?:only )?["']?yes/i.test(
      prompt,
    ) || truthOf(prompt) !== undefined
  );
}

/** The letters of a multiple-choice question with their texts; empty when it is none. */
export function choices(prompt: string): { letter: string; text: string }[] {
  const found = [...prompt.matchAll(/(?:^|\n)\s*\(?([A-H])[.)]\s+([^\n]+)/g)].map((match) => ({
    letter: match[1] ?? '',
    text: (match[2] ?? '').trim(),
  }));
  return found.length >= 2 ? found : [];
}
