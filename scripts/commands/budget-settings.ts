import { loadAgents } from '../../agents/definitions.ts';
import type { Config } from '../../config/config.ts';
import { SwarmdError } from '../../config/errors.ts';
import { fromUsd, type NanoUsd } from '../../config/money.ts';
import { didYouMean } from '../../config/suggest.ts';
import { budgetScopes, singleLimits } from '../../memory/budget-limits.ts';

const mostUsd = 1_000_000;

/**
 * The setting that `swarmd budget set` names, as `cost_control` has it. `takenBack`: a limit is lifted also for what
 * does not exist any more. Throws USAGE.
 */
export function limitSetting(written: string, config: Config, takenBack: boolean): string {
  const setting = written.replace(/^cost_control\./, '');
  if ((singleLimits as readonly string[]).includes(setting)) return setting;
  const dot = setting.indexOf('.');
  const [section, name] = [setting.slice(0, Math.max(0, dot)), setting.slice(dot + 1)];
  if (dot < 0 || name === '' || !budgetScopes.some((one) => one.setting === section)) {
    const known = [...singleLimits, ...budgetScopes.map((one) => `${one.setting}.NAME`)];
    throw new SwarmdError('USAGE', `there is no limit "${written}"${didYouMean(setting, known)}`, {
      where: written,
      allowed: known.join(', '),
    });
  }
  if (takenBack) return setting;
  const types = Object.keys(config.actionTypes);
  if (section === 'type_budgets' && !types.includes(name))
    throw new SwarmdError('USAGE', `there is no action type "${name}"${didYouMean(name, types)}`, {
      where: written,
      allowed: types.join(', '),
    });
  if (section === 'agent_budgets') {
    const agents = [...loadAgents(config.agents.libraryDir).keys()];
    if (!agents.includes(name))
      throw new SwarmdError('USAGE', `there is no agent "${name}"${didYouMean(name, agents)}`, {
        where: written,
        allowed: agents.join(', '),
      });
  }
  return setting;
}

/** The value of a limit as it is kept: nano-dollars, calls or a share. Throws USAGE. */
export function limitValue(setting: string, written: string): number {
  const number = Number(written.replace(/^\$/, ''));
  const wrong = (allowed: string) =>
    new SwarmdError('USAGE', `${setting} cannot be "${written}"`, { where: setting, allowed });
  if (setting === 'max_share_per_call') {
    if (!(number > 0 && number <= 1)) throw wrong('a share over 0, up to 1 (1 = all of what is left)');
    return number;
  }
  if (setting === 'daily_api_calls') {
    if (written.trim() === '' || !Number.isSafeInteger(number) || number < 0)
      throw wrong('a whole number of calls a day; 0 = no limit');
    return number;
  }
  return usdAmount(written, setting);
}

/** Dollars as typed, `5` or `$5.50`, in nano-dollars. Throws USAGE. */
export function usdAmount(written: string, what: string): NanoUsd {
  const text = written.trim().replace(/^\$/, '');
  const usd = Number(text);
  if (text === '' || !Number.isFinite(usd) || usd < 0 || usd > mostUsd)
    throw new SwarmdError('USAGE', `${what} cannot be "${written}"`, {
      where: what,
      allowed: `US dollars, from 0 to ${mostUsd.toLocaleString('en-US')}`,
    });
  return fromUsd(usd);
}
