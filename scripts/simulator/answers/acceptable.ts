import type { Ask, PromptClass } from '../types.ts';
import { formatNumber, workOut } from './arithmetic.ts';
import { code, wantedLanguage } from './code.ts';
import { type InstanceContext, instance } from './instance.ts';
import { asksYesNo, choices, chooseLabel, offeredLabels, truth } from './labels.ts';
import { prose, summary } from './prose.ts';
import { sentences, splitSource, terms } from './reading.ts';

export interface AnswerContext {
  ask: Ask;
  prompt: string;
  class: PromptClass;
  seed: number;
}

/** An answer that sensible checks accept, by rule; see docs/simulator.md for what the rules know. */
export function acceptable(context: AnswerContext): string {
  const { ask, prompt, seed } = context;
  if (ask.schema !== undefined) return JSON.stringify(instance(ask.schema, instanceContext(context)));
  const together = combined(prompt);
  if (together !== undefined) return together;
  const { instruction, source } = splitSource(prompt);
  if (ask.json || wantsJson(instruction)) return jsonFromPrompt(context, instruction);
  const language = wantedLanguage(instruction);
  if (language !== undefined) return code(prompt, language);
  const options = choices(prompt);
  if (options.length > 0) {
    const chosen = chooseLabel(
      options.map((option) => option.text),
      prompt.split(/\n\s*\(?A[.)]/)[0] ?? prompt,
      seed,
    );
    const option = options.find((entry) => entry.text === chosen);
    return `${option?.letter ?? 'A'}. ${chosen}`;
  }
  const worked = workOut(prompt);
  if (worked !== undefined && !/explain|story|essay/i.test(instruction)) {
    const value = formatNumber(worked.value);
    return terse(prompt) ? value : `${worked.expression} = ${value}, so the answer is ${value}.`;
  }
  if (asksYesNo(prompt)) return yesNo(context);
  const labels = offeredLabels(instruction);
  if (
    labels.length >= 2 &&
    /classif|categor|label|tag|sentiment|which|one of|is (?:this|it|the)|rate|mark|choose|pick|decide/i.test(
      instruction,
    )
  ) {
    const label = chooseLabel(labels, prompt, seed);
    return terse(prompt) ||
      /classif|categor|label|tag|sentiment|(?:answer|reply|respond) with/i.test(instruction)
      ? label
      : `${label}: this fits the text best.`;
  }
  if (/\bsentiment\b/i.test(instruction))
    return chooseLabel(['positive', 'negative', 'neutral'], prompt, seed);
  if (
    source.length > 60 &&
    /summar|tl;?dr|headline|shorten|condense|key points|main (?:point|idea)/i.test(instruction)
  )
    return summary(prompt);
  const extracted = extraction(instruction, source);
  if (extracted !== undefined) return extracted;
  if (/\b(?:single|one)[\s-]word\b|\bone-word\b/i.test(prompt))
    return terms(source || prompt, 1)[0] ?? 'general';
  return prose({ prompt, class: context.class, seed });
}

/** Results of several workers under headings, to be put together: each result's own first sentences under its title. */
function combined(prompt: string): string | undefined {
  const results = [
    ...prompt.matchAll(
      /^#{1,4} (?:result|part|subtask|answer) ?\d*:? ?([^\n]*)\n([\s\S]*?)(?=\n#{1,4} |\n\n(?:write|combine|put)\b|$)/gim,
    ),
  ];
  if (results.length < 2) return undefined;
  return results
    .map((result) => {
      const title = (result[1] ?? '').trim().replace(/[.:]$/, '');
      return `${title}: ${sentences(result[2] ?? '')
        .slice(0, 2)
        .join(' ')}`;
    })
    .join('\n\n');
}

function instanceContext(context: AnswerContext): InstanceContext {
  return { prompt: context.prompt, seed: context.seed, root: context.ask.schema ?? {} };
}

export function wantsJson(instruction: string): boolean {
  return (
    /\bjson\b/i.test(instruction) &&
    !/\b(?:explain|what is|describe|about|parse|parser|function|code)\b/i.test(instruction)
  );
}

function terse(prompt: string): boolean {
  return /\bonly\b|just (?:the|give)|nothing else|single (?:number|word)|no explanation|one word/i.test(
    prompt,
  );
}

function yesNo(context: AnswerContext): string {
  const yes = truth(context.prompt, context.seed);
  const bool = /\btrue\s*(?:\/|or)\s*false\b/i.test(context.prompt);
  const word = bool ? (yes ? 'True' : 'False') : yes ? 'Yes' : 'No';
  if (terse(context.prompt) || /yes\s*(?:\/|or)\s*no/i.test(context.prompt)) return word;
  return `${word}. ${prose({ prompt: context.prompt, class: 'simple', seed: context.seed })}`;
}

/** A JSON object with the members that the prompt names: `with keys a, b and c`, `{"a": …}`, "fields: a, b". */
function jsonFromPrompt(context: AnswerContext, instruction: string): string {
  const { prompt, seed } = context;
  const literal = [...prompt.matchAll(/["'`](\w{1,40})["'`]\s*:/g)].map((match) => match[1] ?? '');
  const listed =
    instruction.match(
      /\b(?:keys?|fields?|properties|members|attributes)\b\s*(?:named|called|:)?\s*([^.?!\n]{2,200})/i,
    )?.[1] ?? '';
  const named = listed
    .split(/\s*(?:,|\band\b)\s*/)
    .map((name) => name.replace(/\(.*?\)/g, '').replace(/[^\w]/g, ''))
    .filter((name) => name.length > 0 && name.length <= 40);
  const names = [...new Set(literal.length > 0 ? literal : named)].slice(0, 12);
  const keys = names.length > 0 ? names : ['answer'];
  const properties = Object.fromEntries(keys.map((name) => [name, memberSchema(name)]));
  const schema = { type: 'object', properties };
  return JSON.stringify(instance(schema, { prompt, seed, root: schema }));
}

function memberSchema(name: string): Record<string, unknown> {
  if (/count|total|amount|price|age|year|score|number|quantity|confidence/i.test(name))
    return { type: 'number' };
  if (/^(?:is|has|can)_|^(?:is|has|can)[A-Z]|valid|urgent/i.test(name)) return { type: 'boolean' };
  if (/(?:tags|items|list|emails|names|keywords|steps|points|topics)$/i.test(name))
    return { type: 'array', items: { type: 'string' } };
  if (/sentiment/i.test(name)) return { enum: ['positive', 'negative', 'neutral'] };
  return { type: 'string' };
}

const extractable: readonly (readonly [RegExp, RegExp])[] = [
  [/e-?mail/i, /[\w.+-]+@[\w-]+\.[\w.]+\w/g],
  [/urls?|links?/i, /https?:\/\/[^\s)"'>,]+/g],
  [
    /dates?/i,
    /\b\d{4}-\d{2}-\d{2}\b|\b(?:January|February|March|April|May|June|July|August|September|October|November|December)\s+\d{1,2}(?:,\s*\d{4})?/g,
  ],
  [/phone/i, /\+?\d[\d ()-]{7,}\d/g],
  [/numbers?|amounts?|prices?/i, /[$€£]?\d[\d,]*(?:\.\d+)?/g],
  [/names?|people|persons/i, /\b[A-Z][a-z]+(?:\s+[A-Z][a-z]+)+\b/g],
  [/key ?words?|topics?|tags?/i, /(?!)/g],
];

function extraction(instruction: string, source: string): string | undefined {
  if (source === '' || !/extract|find|list|which|what|pull out|identify|get/i.test(instruction))
    return undefined;
  for (const [asked, pattern] of extractable) {
    if (!asked.test(instruction)) continue;
    const found = [...new Set(source.match(pattern) ?? [])];
    if (found.length > 0) return found.join('\n');
    if (/key|topic|tag/i.test(asked.source)) return terms(source, 5).join(', ').toLowerCase();
  }
  return undefined;
}
