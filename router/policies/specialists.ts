/**
 * Policy `specialists` (the multi-model strategy): the kind of query chooses a local specialist; the other local
 * models follow, and the API stands last: after all local ones failed, or first where it is named in the text,
 * or where every local host is overloaded. Two, three or any number of models: kinds may share one.
 *
 * The kind, where `nearest_examples` is configured: that of the examples nearest in meaning, but tools that are
 * brought along and a context above 2,000 tokens are facts that come before it. Else, and where no example was
 * found in time (`nearest-examples.ts`), in this order: tools → code → creative → research → complex (context above 2,000 tokens, or judged
 * complex) → simple (context under 100 tokens and under 200 characters, or judged simple) → general.
 */
import type { Config, ModelSpec, QueryKind } from '../../config/config.ts';
import { lowConfidence } from '../classify.ts';
import type { Candidate, Classification, PlanContext, Policy, Request } from '../types.ts';
import { byTier, configured, namedFirst } from './candidates.ts';

export const specialistBounds = {
  /** Tokens of context under which a short query is simple. */
  shortContext: 100,
  /** Tokens of context above which a query is complex. */
  longContext: 2_000,
  /** Characters under which a query is short. */
  shortQuery: 200,
} as const;

export const specialistsPolicy: Policy = {
  name: 'specialists',
  // Not the one of 100 tokens: counting costs more there than the difference is worth.
  tokenBounds: () => [
    {
      tokens: specialistBounds.longContext,
      name: `the ${specialistBounds.longContext} tokens of a long context`,
    },
  ],
  order(request, classification, context) {
    const { kind, why } = kindOf(request, classification);
    const local = localCandidates(kind, why, context.config);
    const api = byTier(context.config, ['api_fallback'], 'all local models failed');
    const named = classification.namedModel;
    if (isOverloaded(local, context)) {
      const reason = 'every local host has a full queue';
      const first = api.map(({ model }) => ({ model, reason }));
      return namedFirst({ candidates: [...first, ...local], reason }, named, context.config);
    }
    const ordered = { candidates: [...local, ...api], reason: `${kind} query (${why})` };
    return namedFirst(ordered, named, context.config);
  },
};

/** Kinds whose specialists are not made for long contexts. */
const shortKinds: ReadonlySet<QueryKind> = new Set(['simple', 'general']);

/** Which kind of query this is, and by what. Context is everything that is sent; length is the user's own text. */
export function kindOf(request: Request, classification: Classification): { kind: QueryKind; why: string } {
  const { shortContext, longContext, shortQuery } = specialistBounds;
  const { inputTokens: context, complexity, confidence, domain } = classification;
  const length = request.userText.length;
  const { nearestExample: nearest } = classification;
  const bringsTools = (request.tools?.length ?? 0) > 0;
  if (nearest !== undefined && !bringsTools) {
    if (context <= longContext || !shortKinds.has(nearest.kind))
      return { kind: nearest.kind, why: `by its nearest examples: ${nearest.evidence}` };
  }
  if (classification.needsTools) return { kind: 'tools', why: 'needs tools' };
  if (domain === 'code') return { kind: 'code', why: 'about code' };
  if (domain === 'writing') return { kind: 'creative', why: 'about writing' };
  if (domain === 'research') return { kind: 'research', why: 'about research' };
  if (context > longContext) return { kind: 'complex', why: `${context} tokens of context, above 2,000` };
  const sure = confidence >= lowConfidence;
  if (sure && complexity === 'complex') return { kind: 'complex', why: 'judged complex' };
  if (context < shortContext && length < shortQuery) {
    return {
      kind: 'simple',
      why: `${context} tokens of context, under 100, and ${length} characters, under 200`,
    };
  }
  if (sure && complexity === 'simple') return { kind: 'simple', why: 'judged simple' };
  return { kind: 'general', why: `${context} tokens of context, ${length} characters` };
}

/** The specialist first; then the other local models, the ones of the tier above before those below. */
function localCandidates(kind: QueryKind, why: string, config: Config): Candidate[] {
  const specialist = specialistFor(kind, config);
  const others = byTier(config, ['local_quality', 'local_fast'], `another local model, after the specialist`);
  if (specialist === undefined) return others;
  return [
    { model: specialist, reason: `specialist for ${kind} queries: ${why}` },
    ...others.filter((candidate) => candidate.model.name !== specialist.name),
  ];
}

/** The model `specialists` names for this kind, or for a related one; where it names none, the end of a tier. */
function specialistFor(kind: QueryKind, config: Config): ModelSpec | undefined {
  const named = config.specialists ?? {};
  const related: Readonly<Record<QueryKind, readonly QueryKind[]>> = {
    simple: ['simple', 'creative'],
    creative: ['creative', 'simple'],
    tools: ['tools', 'code'],
    code: ['code', 'tools'],
    complex: ['complex', 'research', 'general', 'tools'],
    research: ['research', 'complex', 'general', 'tools'],
    general: ['general', 'tools', 'code'],
  };
  for (const candidate of related[kind]) {
    const model = configured(config, named[candidate]);
    if (model !== undefined) return model;
  }
  const { local_fast: fast, local_quality: quality } = config.tiers;
  return kind === 'simple' || kind === 'creative' ? (fast[0] ?? quality[0]) : (quality[0] ?? fast.at(-1));
}

/** Full queues on every host that could serve a local candidate; unknown load is not overload. */
function isOverloaded(local: readonly Candidate[], context: PlanContext): boolean {
  const { saturated } = context;
  if (saturated === undefined || local.length === 0) return false;
  return local.every((candidate) => saturated(candidate.model.host));
}
