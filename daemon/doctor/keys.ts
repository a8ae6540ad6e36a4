import type { Config } from '../../config/config.ts';
import { tierNames } from '../../config/config.ts';
import { modelPrice } from '../../config/prices.ts';
import type { LeftOut } from '../../config/resolve.ts';
import { secretSource } from '../../config/secrets.ts';
import type { Finding } from './finding.ts';

/** Which paid models have a key, from where (never the key), and whether their price is known. */
export function checkKeys(
  config: Config,
  leftOut: readonly LeftOut[],
  env: NodeJS.ProcessEnv,
  now: number,
): Finding[] {
  const paid = tierNames.flatMap((tier) => config.tiers[tier]).filter((model) => !model.selfHosted);
  const findings: Finding[] = [];
  for (const [variable, models] of Map.groupBy(paid, (model) => model.apiKeyEnv)) {
    const names = models.map((model) => model.name).join(', ');
    const source = variable === undefined ? undefined : secretSource(variable, env);
    const from = source === undefined ? 'without a key' : `with the key of ${source}`;
    findings.push({ check: 'keys', level: 'ok', message: `${names} ${from}` });
  }
  for (const model of paid)
    if (modelPrice(model, now, 1) === undefined)
      findings.push({
        check: 'prices',
        level: 'failure',
        message: `${model.name}: no price is known for ${model.modelId}, so it is never called`,
        fix: 'give its cost on the model in swarmd.yaml',
      });
  const missing = Map.groupBy(
    leftOut.filter(({ reason }) => reason.endsWith(' is not set')),
    ({ reason }) => reason,
  );
  for (const [reason, models] of missing)
    findings.push({
      check: 'keys',
      level: 'warning',
      message: `${reason}: ${models.map((model) => model.name).join(', ')} take no part`,
      fix: `export ${reason.replace(' is not set', '')}=…, or ${reason.replace(' is not set', '_FILE')}=/path, if you want them`,
    });
  return findings;
}
