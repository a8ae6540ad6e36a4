import { type Config, tierNames } from './config.ts';
import { fromUsd } from './money.ts';
import type { Problem } from './problems.ts';
import type { Settings } from './schema.ts';
import { didYouMean } from './suggest.ts';

/** `quality_checks.audit`, its judge checked against the tiers: `named` are the models they name, left out or not. */
export function resolveAudit(
  settings: Settings,
  named: readonly string[],
  where: (path: readonly PropertyKey[]) => string,
): { audit: Config['qualityChecks']['audit']; problems: Problem[] } {
  const { share, model, daily_budget } = settings.quality_checks.audit;
  const known = [...tierNames, ...named];
  const problems =
    model === undefined || known.includes(model)
      ? []
      : [
          {
            where: where(['quality_checks', 'audit', 'model']),
            key: 'quality_checks.audit.model',
            message: `no tier and no model of one is called "${model}"${didYouMean(model, known)}`,
            allowed: known.join(', '),
          },
        ];
  return {
    audit: { share, dailyBudget: fromUsd(daily_budget), ...(model === undefined ? {} : { model }) },
    problems,
  };
}
