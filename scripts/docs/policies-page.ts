/**
 * Writes docs/policies.md: what each preset decides for the same dozen requests, computed by the router itself.
 *
 *   node scripts/docs/policies-page.ts > docs/policies.md
 *
 * A test compares the page with what this prints, so that the page cannot say what the router does not do.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Config, PolicyName } from '../../config/config.ts';
import { loadConfig } from '../../config/load.ts';
import { dearestModelPrice } from '../../config/prices.ts';
import { type PresetName, presetNames } from '../../config/schema.ts';
import { classify } from '../../router/classify.ts';
import { upperBound } from '../../router/cost.ts';
import { planRoute } from '../../router/plan.ts';
import { inputTokenBound } from '../../router/tokens.ts';
import type { PlanContext, Request, RoutePlan } from '../../router/types.ts';

const day = Date.UTC(2026, 10, 21);

interface Example {
  /** As the page shows it. */
  shown: string;
  text: string;
  request?: Partial<Request>;
}

const examples: readonly Example[] = [
  'What is 2+2?',
  'yes',
  'Write a Python function that reverses a linked list',
  'Plan a zero-downtime migration of a 20 TB PostgreSQL cluster',
  'Delete all customers in the production database',
  'Use GPT-4 to write a poem about rain',
  'Translate "use GPT-4" to German',
  'Draft a 10-page report on rivers',
  'Search the web for the latest Node release',
  'Reply to jane.roe@acme.io about the offer',
  'Is my IBAN DE89 3704 0044 0532 0130 00 valid?',
]
  .map((text): Example => ({ shown: text, text }))
  .concat([
    {
      shown: 'Refactor this monolith into services (`privacy: local`)',
      text: 'Refactor this monolith into services',
      request: { privacy: 'local' },
    },
    {
      shown: 'Summarize the following report: … (about 40,000 tokens)',
      text: `Summarize the following report:\n${'The river rose and fell with the rain of the season. '.repeat(3_640)}`,
    },
  ]);

const policyNotes: Readonly<Record<PolicyName, string>> = {
  tiers:
    'Complexity chooses where the chain local_fast → local_quality → api_fallback begins: simple at the first, moderate and complex at the second, quality-critical at the third. One model of each tier comes before its neighbours, so that a poor answer goes to a better tier; for code the model made for it. `routing.action_tier_overrides` comes before all of it; `routing.prefer_local: false` puts the API first and keeps local models as fallback. With low confidence and nothing learned the chain begins at local_quality. Tiers below the beginning stand last.',
  'token-threshold':
    'Prompts under `hybrid.threshold_tokens` go to local models, the others to the cloud; each side is the other’s fallback. Tokens are estimated; where the estimate’s error leaves open which side of the threshold it is, they are counted by a tokenizer (o200k, in a thread that is started for it and ends five minutes later), and a signal says so. Failed calls are tried again as `retry` says.',
  'task-matrix':
    'A type in `task_matrix.tasks` has a row: its local model first, its cloud model as fallback, the emergency model last. Other types go through a tree, which names one local model and then the cloud, the strongest first from score 0.6 on; stronger local models stand by. Context above 65,536 tokens: cloud first; above 131,072: cloud only; above 32,768: only the two strongest local models; above 8,192: not the smallest. Score from 0.8 on: cloud first; below it the ladder’s next model at 0.3, 0.4, 0.6 and 0.7. The cache of the context must fit half the host’s VRAM. A model that is loaded and at least as strong answers instead of a swap. No call may take more than `share_of_remaining_day` of what is left of the budget: the cheapest cloud model that fits is taken instead, and where none fits, none.',
  specialists:
    'The kind of query chooses a local specialist: needs tools, about code, writing, research; context above 2,000 tokens or judged complex; context under 100 tokens and under 200 characters or judged simple; general. The other local models follow. The API stands last, unless it is named in the text or every local host has a full queue. With `specialists.nearest_examples` (an embedding model on your own hardware; one behind an API is refused) the kind is that of the examples nearest in meaning: the five nearest vote with their similarity, ten examples of each kind come with swarmd, `examples` adds yours. Tools that are brought along and a context above 2,000 tokens still come first. That is one embedding call more before every plan, which the other policies do not make; where none answers within `within_ms` (200), its host has no place, or loading it would push another model out, the rules decide, so it never costs more than that (after three queries in a row without an answer in time none is made for a minute). How long it takes depends on your model and machine and was not measured on a real one, nor was it measured whether it tells kinds apart better than the rules. Signals and reason name the nearest example (`swarmd explain ID`). Below, the rules decide.',
  'privacy-first':
    'Personal data of any class stays on self-hosted models. Else: score above 0.8 → the strong commercial model; more than 2,000 tokens of answer expected → the one for long texts; score below 0.3 → the small self-hosted model; everything else → the large one.',
};

/** The page, whole. */
export function policiesPage(): string {
  const lines = [
    '# Policies and presets',
    '',
    '<!-- Written by `node scripts/docs/policies-page.ts`; a test keeps it true. -->',
    '',
    'A policy orders the models that a request may try; `routing.policy` chooses it, `swarmd init --preset NAME` writes a preset with models to go with it. After any policy come the same hard constraints, in this order: privacy, embedding models, whether the API may be used at all, context with room for the answer, breakers, unknown prices, budget, deadline. A tier or a model that the request asks for narrows the plan to it. A model whose answers to this kind of request nearly always failed here is skipped; one of a lower tier whose answers nearly always passed goes first. Where a model is left out, the next of its tier takes its place. `swarmd explain --dry-run "…"` shows the plan of every policy for any text.',
    '',
    'Below, for each preset: where the same requests go when every model is up and the budget is full, in the order in which they would be tried. Classification is the same everywhere; models are as the preset names them, with both API keys set.',
  ];
  const described = new Set<PolicyName>();
  for (const preset of presetNames) {
    const config = presetConfig(preset);
    const { policy, preferLocal } = config.routing;
    const note = described.has(policy) ? 'As described above.' : policyNotes[policy];
    described.add(policy);
    lines.push(
      '',
      `## ${preset}`,
      '',
      `Policy \`${policy}\`${preferLocal ? '' : ', `prefer_local: false`'}. ${note}`,
      '',
      ...examples.map((example) => decisionLine(example, config)),
    );
  }
  return `${lines.join('\n')}\n`;
}

function decisionLine({ shown, text, request }: Example, config: Config): string {
  const asked = requestOf(text, request);
  const classification = classify(asked);
  const plan = planRoute(asked, classification, contextOf(asked, config));
  const judged = `${classification.complexity} ${classification.score.toFixed(2)}`;
  return `- ${shown} → ${judged}: ${orderOf(plan)}. ${sentence(plan.reason)}`;
}

function sentence(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`;
}

function orderOf(plan: RoutePlan): string {
  const names = plan.candidates.map((candidate) => candidate.model.name);
  return names.length === 0
    ? '**nothing**'
    : names.map((name, at) => (at === 0 ? `**${name}**` : name)).join(', ');
}

/** The preset alone: no file of the user's, both keys present. */
function presetConfig(preset: PresetName): Config {
  const folder = mkdtempSync(join(tmpdir(), 'swarmd-preset-'));
  try {
    return loadConfig({
      flags: { preset },
      env: {
        HOME: folder,
        XDG_CONFIG_HOME: folder,
        SWARMD_HOME: folder,
        OPENAI_API_KEY: 'shown-nowhere',
        ANTHROPIC_API_KEY: 'shown-nowhere',
      },
      cwd: folder,
      systemFile: join(folder, 'none.yaml'),
    }).config;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function requestOf(userText: string, overrides: Partial<Request> = {}): Request {
  return {
    origin: { actionId: 'example' },
    type: 'prompt',
    messages: [{ role: 'user', content: userText }],
    userText,
    privacy: 'any',
    qualityThreshold: 0.7,
    mustPass: false,
    critical: false,
    deadlineAt: day + 60_000,
    priority: 5,
    cacheable: true,
    ...overrides,
  };
}

function contextOf(request: Request, config: Config): PlanContext {
  return {
    config,
    breakers: {
      state: () => ({ state: 'closed' }),
      succeeded: () => undefined,
      failed: () => undefined,
      probe: () => undefined,
    },
    passRates: { rate: () => undefined },
    apiAllowed: true,
    wouldRefuse: () => undefined,
    upperBound: (model) => {
      const bound = inputTokenBound(request);
      const prices = dearestModelPrice(model, day, bound);
      return prices === undefined
        ? undefined
        : upperBound({ inputTokenBound: bound, maxTokens: model.maxTokens, prices, nativeToolCap: 0 });
    },
    resident: () => undefined,
    now: day,
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.stdout.write(policiesPage());
