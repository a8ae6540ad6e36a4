/** What an arm of an experiment may change: a few settings of routing, under their names in swarmd.yaml. */
import { z } from 'zod';
import { type Config, policyNames, tierNames } from './config.ts';
import { SwarmdError } from './errors.ts';
import { didYouMean } from './suggest.ts';

const armSettingsSchema = z.strictObject({
  policy: z.enum(policyNames).optional(),
  quality_threshold: z.number().min(0).max(1).optional(),
  prefer_local: z.boolean().optional(),
  max_fallback_attempts: z.int().min(0).optional(),
  enable_self_critique: z.boolean().optional(),
  threshold_tokens: z.int().min(1).optional(),
  /** The tier whose model is asked first, wherever the policy has it. */
  first_tier: z.enum(tierNames).optional(),
  /** The model that is asked first. */
  first_model: z.string().min(1).optional(),
});

export type ArmSettings = z.output<typeof armSettingsSchema>;

/** What each may be, for people. */
const allowedValues: Readonly<Record<keyof ArmSettings, string>> = {
  policy: policyNames.join(', '),
  quality_threshold: 'a number from 0 to 1',
  prefer_local: 'true, false',
  max_fallback_attempts: 'a whole number, 0 or more',
  enable_self_critique: 'true, false',
  threshold_tokens: 'a whole number, 1 or more',
  first_tier: tierNames.join(', '),
  first_model: 'the name of a model',
};

export const armSettingNames = Object.keys(armSettingsSchema.shape);

/**
 * Reads `policy=tiers,quality_threshold=0.8`. An empty text changes nothing: the arm that is as things are.
 * Throws USAGE that names the setting, its value and what is allowed. `where` is the flag it was written in.
 */
export function parseArmSettings(text: string, where: string, config: Config): ArmSettings {
  const written: Record<string, unknown> = {};
  for (const part of text.split(',').filter((one) => one.trim() !== '')) {
    const [, name = part.trim(), value = ''] = /^\s*([^=]+?)\s*=\s*(.*?)\s*$/.exec(part) ?? [];
    if (Object.hasOwn(written, name)) throw wrong(where, `${name} is set twice`);
    written[name] = plainValue(value);
  }
  return checkArmSettings(written, where, config);
}

function checkArmSettings(written: Record<string, unknown>, where: string, config: Config): ArmSettings {
  for (const name of Object.keys(written))
    if (!armSettingNames.includes(name))
      throw new SwarmdError('USAGE', `an arm cannot set "${name}"${didYouMean(name, armSettingNames)}`, {
        where,
        allowed: armSettingNames.join(', '),
      });
  const read = armSettingsSchema.safeParse(written);
  if (!read.success) {
    const name = String(read.error.issues[0]?.path[0]) as keyof ArmSettings;
    const value = written[name];
    const near = typeof value === 'string' ? didYouMean(value, allowedValues[name].split(', ')) : '';
    throw new SwarmdError('USAGE', `${name} cannot be ${JSON.stringify(value)}${near}`, {
      where,
      allowed: `${name}: ${allowedValues[name]}`,
    });
  }
  const { first_model: model, first_tier: tier } = read.data;
  if (model !== undefined && tier !== undefined)
    throw wrong(where, 'first_tier and first_model exclude each other');
  const names = tierNames.flatMap((one) => config.tiers[one].map((spec) => spec.name));
  if (model !== undefined && !names.includes(model))
    throw new SwarmdError('USAGE', `no tier has a model called "${model}"${didYouMean(model, names)}`, {
      where,
      allowed: names.join(', ') || 'the tiers are empty',
    });
  if (tier !== undefined && config.tiers[tier].length === 0)
    throw wrong(where, `the tier ${tier} has no model in this configuration`);
  return read.data;
}

function wrong(where: string, message: string): SwarmdError {
  return new SwarmdError('USAGE', message, {
    where,
    allowed: 'NAME=VALUE,NAME=VALUE such as policy=tiers,quality_threshold=0.8',
  });
}

function plainValue(text: string): unknown {
  if (text === 'true' || text === 'false') return text === 'true';
  return text !== '' && Number.isFinite(Number(text)) ? Number(text) : text;
}

/** The configuration as an arm has it. Everything an arm does not set stays as it is, also after a reload. */
export function withArmSettings(config: Config, settings: ArmSettings): Config {
  const { routing, hybrid } = config;
  const first =
    settings.first_model !== undefined
      ? { model: settings.first_model }
      : settings.first_tier !== undefined
        ? { tier: settings.first_tier }
        : routing.first;
  return {
    ...config,
    routing: {
      ...routing,
      policy: settings.policy ?? routing.policy,
      qualityThreshold: settings.quality_threshold ?? routing.qualityThreshold,
      preferLocal: settings.prefer_local ?? routing.preferLocal,
      maxFallbackAttempts: settings.max_fallback_attempts ?? routing.maxFallbackAttempts,
      enableSelfCritique: settings.enable_self_critique ?? routing.enableSelfCritique,
      ...(first === undefined ? {} : { first }),
    },
    hybrid: { thresholdTokens: settings.threshold_tokens ?? hybrid.thresholdTokens },
  };
}
