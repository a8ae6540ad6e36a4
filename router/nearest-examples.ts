/**
 * Policy `specialists` tells kinds of query apart by words; where `specialists.nearest_examples` is configured,
 * by the examples whose meaning is nearest, on an embedding model of the user's own. The one step of a plan
 * that asks a model: bounded in time, and where there is no answer in time the rules decide as ever.
 */
import { createHash } from 'node:crypto';
import type { ModelSpec, NearestExampleSettings, QueryKind } from '../config/config.ts';
import type { EmbedAttempt, EmbedTexts } from './embed-call.ts';
import type { RouterParts } from './parts.ts';
import { configured } from './policies/candidates.ts';
import { estimateTokens } from './tokens.ts';
import type { Clock } from './types/outside.ts';
import type { Classification, NearestExample, Request } from './types.ts';

/** Of the nearest examples so many vote, each with its similarity. */
const voters = 5;
/** Kinds of queries remembered, so that an action that is put back is not embedded again. */
const mostRemembered = 1_000;
/** After so many queries in a row that were not embedded in time, the next ones do not wait for it, for so long. */
const mostLate = 3;
const restMs = 60_000;
/** How long the first embedding of the examples may wait for a place, in milliseconds. */
const examplesWaitMs = 2_000;

/** The kind that the nearest examples give a query, or why none: the rules decide then. */
export type NearestExamples = (asked: {
  request: Request;
  model: ModelSpec;
  settings: NearestExampleSettings;
  signal: AbortSignal;
}) => Promise<NearestExample | string>;

/**
 * The step between `classify` and `planRoute`: adds the nearest example's kind to the classification, and to its
 * signals what was found or why nothing was. Without the setting, or under another policy, nothing is asked.
 */
export async function withNearestExample(
  request: Request,
  classification: Classification,
  parts: Pick<RouterParts, 'config' | 'nearestExamples'>,
  signal: AbortSignal,
): Promise<Classification> {
  const config = parts.config();
  const settings = config.nearestExamples;
  const model = configured(config, settings?.model);
  if (config.routing.policy !== 'specialists' || settings === undefined || model === undefined)
    return classification;
  // What the caller decided already needs no guess.
  if ((request.tools?.length ?? 0) > 0 || request.model !== undefined || request.tier !== undefined)
    return classification;
  const found =
    parts.nearestExamples === undefined
      ? 'the embedding model is not asked in a dry run without --embed'
      : await parts.nearestExamples({ request, model, settings, signal });
  const evidence = typeof found === 'string' ? `rules decide: ${found}` : found.evidence;
  return {
    ...classification,
    ...(typeof found === 'string' ? {} : { nearestExample: found }),
    signals: [...classification.signals, { name: 'nearest-example', weight: 0, evidence }],
  };
}

interface Example {
  text: string;
  kind: QueryKind;
  /** Of length one. */
  vector: Float32Array;
}

interface ExampleSet {
  model: string;
  examples: NearestExampleSettings['examples'];
  /** The embedded examples, or why there are none yet. */
  ready: Promise<readonly Example[] | string>;
}

/** Embeds the examples once for each model and list of examples, and a query when it is asked for. */
export function createNearestExamples(given: {
  embedTexts: EmbedTexts;
  /** True when the model could answer without another one having to leave its host. */
  hasRoomFor: (model: ModelSpec) => boolean;
  clock: Clock;
  /** Ends what is under way when the daemon does. */
  signal: AbortSignal;
}): NearestExamples {
  const { embedTexts, hasRoomFor, clock } = given;
  const remembered = new Map<string, NearestExample | string>();
  let current: ExampleSet | undefined;
  let late = 0;
  let restsUntil = 0;

  /** A model that is too slow for the time given costs every plan that time: it is tried again later. */
  function noteTime(inTime: boolean): void {
    late = inTime ? 0 : late + 1;
    if (late < mostLate) return;
    late = 0;
    restsUntil = clock.now() + restMs;
  }

  function examplesOf(model: ModelSpec, settings: NearestExampleSettings): ExampleSet {
    const key = `${model.name} ${model.modelId} ${model.endpoint}`;
    if (current !== undefined && current.model === key && current.examples === settings.examples)
      return current;
    remembered.clear();
    const set: ExampleSet = {
      model: key,
      examples: settings.examples,
      ready: embedExamples(model, settings).then((ready) => {
        // The next query tries again; a model that fails is kept away by its breaker.
        if (typeof ready === 'string' && current === set) current = undefined;
        return ready;
      }),
    };
    current = set;
    return set;
  }

  async function embedExamples(
    model: ModelSpec,
    { examples }: NearestExampleSettings,
  ): Promise<readonly Example[] | string> {
    const attempt = await embedTexts({
      model,
      texts: examples.map(({ text }) => beginningOf(text, model)),
      origin: { actionId: 'nearest-examples' },
      type: 'embedding',
      priority: 5,
      waitMs: examplesWaitMs,
      signal: given.signal,
    });
    if (attempt.kind === 'failed') return attempt.error.message;
    return examples.map((example, at) => ({ ...example, vector: unit(attempt.vectors[at] ?? []) }));
  }

  return async ({ request, model, settings, signal }) => {
    const text = beginningOf(request.userText, model);
    if (text.trim() === '') return 'there is no text';
    const until = Math.min(clock.now() + settings.withinMs, request.deadlineAt);
    const tooLate = `no answer within ${settings.withinMs} ms`;
    if (!hasRoomFor(model)) return `loading ${model.name} would push another model out of ${model.host}`;
    const set = examplesOf(model, settings);
    const key = createHash('sha256').update(text).digest('base64');
    const known = remembered.get(key);
    if (known !== undefined) return known;
    if (clock.now() < restsUntil)
      return `${model.name} gave no answer within ${settings.withinMs} ms three times and is asked again later`;
    const ready = await within(set.ready, until, clock);
    if (ready === undefined) return `the examples are being embedded, ${tooLate}`;
    if (typeof ready === 'string') return ready;
    const left = until - clock.now();
    if (left <= 0) return tooLate;
    const attempt = await embedTexts({
      model,
      texts: [text],
      origin: request.origin,
      type: request.type,
      priority: request.priority,
      waitMs: left,
      withinMs: left,
      signal,
    });
    noteTime(attempt.kind === 'embedded' || clock.now() < until);
    if (attempt.kind === 'failed') return reasonOf(attempt, tooLate);
    const found = vote(unit(attempt.vectors[0] ?? []), ready, settings.leastSimilarity);
    remember(remembered, key, found);
    return found;
  };
}

/** The kind for which most of the similarity of the nearest examples speaks. */
function vote(
  vector: Float32Array,
  examples: readonly Example[],
  leastSimilarity: number,
): NearestExample | string {
  const near = examples
    .map((example) => ({ ...example, similarity: product(vector, example.vector) }))
    .sort((one, other) => other.similarity - one.similarity)
    .slice(0, voters)
    .filter(({ similarity }) => similarity > 0);
  const [nearest] = near;
  if (nearest === undefined) return 'no example is near';
  const said = `"${nearest.text.slice(0, 60)}" (${nearest.kind}, similarity ${nearest.similarity.toFixed(2)})`;
  if (nearest.similarity < leastSimilarity) return `the nearest example is ${said}, under ${leastSimilarity}`;
  const votes = new Map<QueryKind, number>();
  for (const { kind, similarity } of near) votes.set(kind, (votes.get(kind) ?? 0) + similarity);
  const [kind] = [...votes].sort(([, one], [, other]) => other - one)[0] ?? [nearest.kind];
  const count = near.filter((example) => example.kind === kind).length;
  return { kind, evidence: `${kind}, ${count} of the ${near.length} nearest examples; nearest ${said}` };
}

/** As much of a text as surely fits the model: its beginning and, as the question often stands there, its end. */
function beginningOf(text: string, model: ModelSpec): string {
  // Half its window: embedding models cut other languages than English into more pieces than we count.
  const room = Math.floor(model.contextWindow / 2);
  let length = Math.min(text.length, room * 4);
  for (;;) {
    const half = Math.ceil(length / 2);
    const part = length >= text.length ? text : `${text.slice(0, half)}\n${text.slice(half - length)}`;
    if (length <= 2 || estimateTokens(part) <= room) return part.toWellFormed();
    length = Math.floor(length / 2);
  }
}

function reasonOf(attempt: EmbedAttempt & { kind: 'failed' }, tooLate: string): string {
  return attempt.error.class === 'no_slot' ? `${attempt.error.message} (${tooLate})` : attempt.error.message;
}

function remember(
  remembered: Map<string, NearestExample | string>,
  key: string,
  found: NearestExample | string,
): void {
  remembered.set(key, found);
  const [oldest] = remembered.keys();
  if (remembered.size > mostRemembered && oldest !== undefined) remembered.delete(oldest);
}

async function within<Value>(
  promise: Promise<Value>,
  until: number,
  clock: Clock,
): Promise<Value | undefined> {
  const done = new AbortController();
  const timeUp = clock.sleep(Math.max(0, until - clock.now()), done.signal).then(
    () => undefined,
    () => undefined,
  );
  return await Promise.race([promise, timeUp]).finally(() => done.abort());
}

function unit(vector: readonly number[]): Float32Array {
  const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0)) || 1;
  return Float32Array.from(vector, (value) => value / length);
}

function product(one: Float32Array, other: Float32Array): number {
  if (one.length !== other.length) return 0;
  let sum = 0;
  for (let at = 0; at < one.length; at += 1) sum += (one[at] ?? 0) * (other[at] ?? 0);
  return sum;
}
