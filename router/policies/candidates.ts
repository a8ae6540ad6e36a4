/** What several policies need: the models that can answer, and the one a name means. */
import { type Config, type ModelSpec, type TierName, tierNames } from '../../config/config.ts';
import type { Candidate } from '../types.ts';

/** Every configured model, tier by tier, in the order of the configuration. */
export function allModels(config: Config): ModelSpec[] {
  return tierNames.flatMap((tier) => [...config.tiers[tier]]);
}

/** The models of some tiers as candidates, all with one reason. */
export function byTier(config: Config, tiers: readonly TierName[], reason: string): Candidate[] {
  return tiers.flatMap((tier) => config.tiers[tier].map((model) => ({ model, reason })));
}

/** The configured model of exactly this name. */
export function configured(config: Config, name: string | undefined): ModelSpec | undefined {
  return name === undefined ? undefined : allModels(config).find((model) => model.name === name);
}

/** `GPT-4o`, `gpt 4o` and `gpt_4o` are one name. */
function normalise(name: string): string {
  return name.toLowerCase().replace(/[\s_:/]+/g, '-');
}

const families: Readonly<Record<string, readonly string[]>> = {
  gpt: ['gpt'],
  chatgpt: ['gpt'],
  claude: ['claude'],
  gemini: ['gemini'],
  llama: ['llama'],
  mistral: ['mistral', 'mixtral', 'codestral'],
  qwen: ['qwen'],
  deepseek: ['deepseek'],
  phi: ['phi'],
};

/**
 * The configured model that a name typed by a person means: the same name or id; else the first whose name goes
 * on from it (`claude-sonnet` → `claude-sonnet-5-5`); else, for a family whose version is not configured
 * ("GPT-4"), the family's first model in the highest tier that has one. Undefined where nothing fits.
 */
export function modelNamed(name: string, models: readonly ModelSpec[]): ModelSpec | undefined {
  const wanted = normalise(name);
  const namesOf = (model: ModelSpec): string[] => [normalise(model.name), normalise(model.modelId)];
  const exact = models.find((model) => namesOf(model).includes(wanted));
  if (exact !== undefined) return exact;
  const highestFirst = [...tierNames]
    .reverse()
    .flatMap((tier) => models.filter((model) => model.tier === tier));
  const prefixes = families[wanted];
  if (prefixes === undefined) {
    const longer = highestFirst.find((model) =>
      namesOf(model).some((known) => known.startsWith(`${wanted}-`)),
    );
    if (longer !== undefined) return longer;
  }
  const family = prefixes ?? families[/^[a-z]+/.exec(wanted)?.[0] ?? ''];
  if (family === undefined) return undefined;
  return highestFirst.find((model) =>
    namesOf(model).some((known) =>
      family.some((prefix) => known.startsWith(prefix) || known.includes(`-${prefix}`)),
    ),
  );
}

/** Puts the model that the user's text asks for in front, with its reason; also where the policy left it out. */
export function namedFirst(
  ordered: { candidates: readonly Candidate[]; reason: string },
  named: string | undefined,
  config: Config,
): { candidates: Candidate[]; reason: string } {
  const model = named === undefined ? undefined : modelNamed(named, allModels(config));
  if (model === undefined) return { candidates: [...ordered.candidates], reason: ordered.reason };
  const reason = `"${named}" is asked for by name`;
  const rest = ordered.candidates.filter((candidate) => candidate.model.name !== model.name);
  return { candidates: [{ model, reason }, ...rest], reason };
}
