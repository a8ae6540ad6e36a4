import type { Command } from 'commander';
import type { StatusJson } from '../../daemon/http/wire/status-json.ts';
import { killReason } from '../../daemon/kill-switch.ts';
import { print } from '../terminal/output.ts';
import { jsonLine, safeColumns, safeLine } from '../terminal/safe-text.ts';
import { ago, count, dollars, plural, tierWord } from '../terminal/words.ts';
import { alertLine } from './budget-table.ts';
import { openRecord } from './record.ts';
import { experimentLines } from './rollout-lines.ts';
import { type CommonOptions, withCommonOptions } from './settings.ts';

export function registerStatus(program: Command): void {
  withCommonOptions(program.command('status').description('the daemon, its queue, models and budget'))
    .addHelpText('after', '\nExample:\n  swarmd status --json')
    .action(async (options: CommonOptions) => {
      const record = await openRecord(options);
      try {
        const status = await record.status();
        const killed = killReason(status.data_dir);
        if (options.json === true) print(jsonLine({ ...status, killed: killed ?? null }));
        else for (const line of statusLines(status, killed, Date.now())) print(line);
      } finally {
        record.close();
      }
    });
}

function statusLines(status: StatusJson, killed: string | undefined, now: number): string[] {
  const { budget, queue } = status;
  const daemon = status.running
    ? `${status.state}, process ${status.pid}, version ${status.version}, since ${ago(status.started_at, now).replace(' ago', '')}, ${status.url}`
    : 'not running (start it with: swarmd start)';
  const models = Object.entries(Object.groupBy(status.models, (model) => model.tier));
  return [
    `daemon    ${safeLine(daemon)}`,
    ...(killed === undefined ? [] : [`KILLED    ${safeLine(killed)} (lift it with: swarmd unkill)`]),
    ...(status.simulated ? ['models    SIMULATED: every answer is made up, nothing is paid'] : []),
    `data      ${safeLine(status.data_dir)}`,
    ...(queue === null ? [] : [`queue     ${safeLine(queue.url)}: ${counts(queue.jobs)}`]),
    `actions   ${counts(status.actions)}`,
    ...waitingForMoney(status),
    ...models.flatMap(([tier, list]) =>
      (list ?? []).map((model, i) => {
        const state = model.breaker === 'closed' ? '' : `  (${model.breaker}: ${model.reason ?? ''})`;
        return safeColumns(
          `${(i === 0 ? tierWord(tier) : '').padEnd(14)}${model.name}, ${model.provider}${state}`,
        );
      }),
    ),
    ...status.hosts.filter(isOwnMachine).map((host) => safeColumns(hostLine(host))),
    `budget    ${dollars(budget.spent_usd)} spent on ${budget.day}${limit(budget.daily_limit_usd)}, ${dollars(budget.reserved_usd)} reserved; ${dollars(budget.month_spent_usd)} this month${limit(budget.monthly_limit_usd)}`,
    ...(budget.paused === null ? [] : ['          PAUSED: no API call may be made (swarmd budget resume)']),
    ...budget.limits.filter((one) => one.alert).map((one) => `          ${safeLine(alertLine(one))}`),
    ...(budget.unknown_calls === 0
      ? []
      : [
          `          ${plural(budget.unknown_calls, 'call')} with unknown cost, charged in full: ${dollars(budget.unknown_usd)}`,
        ]),
    ...status.experiments
      .flatMap(experimentLines)
      .map((line, i) => `${(i === 0 ? 'trying' : '').padEnd(10)}${safeLine(line)}`),
    ...status.drift.map(
      (line, i) => `${(i === 0 ? 'drift' : '').padEnd(10)}${safeLine(line)} (swarmd report)`,
    ),
    ...(status.api_allowed === null || status.api_allowed === true
      ? []
      : [`API       off: ${safeLine(status.api_allowed)}`]),
  ];
}

/** Actions that only money, or a word, keeps from going on. */
function waitingForMoney({ waiting_for }: StatusJson): string[] {
  const { budget_paused: paused = 0, budget = 0 } = waiting_for;
  return [
    ...(paused === 0
      ? []
      : [`          ${count(paused)} delayed: budget paused (go on with: swarmd budget resume)`]),
    ...(budget === 0 ? [] : [`          ${count(budget)} delayed: wait for the budget (swarmd budget show)`]),
  ];
}

/** A machine that models share, not an API: something was loaded there, or waits for it. */
function isOwnMachine(host: StatusJson['hosts'][number]): boolean {
  return host.swaps > 0 || host.put_aside > 0 || host.waiting > 0;
}

function hostLine(host: StatusJson['hosts'][number]): string {
  const waiting = host.waiting + host.put_aside;
  const swaps =
    host.swaps === 0
      ? ''
      : `, ${plural(host.swaps, 'swap')} in ${(host.swap_ms / 1_000).toFixed(1)} s${host.swaps_failed === 0 ? '' : ` (${host.swaps_failed} failed)`}`;
  const holds = host.loading ? 'loading a model' : `holds ${host.resident.join(', ') || 'nothing'}`;
  return `host      ${host.name}: ${host.active} of ${plural(host.slots, 'slot')} taken, ${waiting} waiting, ${holds}${swaps}`;
}

function limit(usd: number | null): string {
  return usd === null || usd === 0 ? ', no limit' : ` of ${dollars(usd)}`;
}

function counts(numbers: Readonly<Record<string, number>>): string {
  const parts = Object.entries(numbers).filter(([, number]) => number > 0);
  return parts.length === 0 ? 'none' : parts.map(([name, number]) => `${count(number)} ${name}`).join(', ');
}
