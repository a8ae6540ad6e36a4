/** The systemd unit of one user's daemon, made from scripts/service/swarmd.service. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../config/paths.ts';

export interface UnitOptions {
  /** The launcher with its arguments, each as it is, unquoted. */
  command: readonly string[];
  /** Set in the unit; keys do not belong here (they would be readable), but in the environment file. */
  environment: Readonly<Record<string, string>>;
  /** `drain_ms` of the configuration. */
  drainMs: number;
  /** A service of one user, or of the whole machine. */
  scope: 'user' | 'system';
}

/** Milliseconds after the drain at which the daemon ends itself, and some more for systemd's own work. */
const afterDrainMs = 30_000;

export function swarmdUnit({ command, environment, drainMs, scope }: UnitOptions): string {
  const template = readFileSync(join(packageRoot(), 'scripts', 'service', 'swarmd.service'), 'utf8');
  const variables = Object.entries(environment).map(
    ([name, value]) => `Environment=${quoted(`${name}=${value}`, 'environment')}`,
  );
  const body = template
    .replace(
      /^(#.*\n)+/,
      '# Written by `swarmd service install`; `swarmd service uninstall` takes it away.\n',
    )
    .replace(
      /^ExecStart=.*$/m,
      [`ExecStart=${command.map((word) => quoted(word)).join(' ')}`, ...variables].join('\n'),
    )
    .replace(/^(TimeoutStopSec)=.*$/m, `$1=${Math.ceil((drainMs + afterDrainMs) / 1000)}`)
    .replace(
      /^# Longer than drain_ms.*\n/m,
      '# Longer than drain_ms and the 10 s after which the daemon ends itself.\n',
    );
  if (scope === 'system') return body;
  // A user's manager knows no units of the system, and its sandboxing would need user namespaces of its own.
  return body
    .replace(/^(After|Wants)=.*\n/gm, '')
    .replace(/^# \[system\][\s\S]*?^# \[\/system\]\n/m, '')
    .replace('EnvironmentFile=-/etc/swarmd/environment', 'EnvironmentFile=-%E/swarmd/environment')
    .replace('WantedBy=multi-user.target', 'WantedBy=default.target');
}

/**
 * One word of a unit file. systemd splits at spaces and expands % everywhere; on command lines, not in
 * Environment=, it expands $ too.
 */
export function quoted(word: string, place: 'command' | 'environment' = 'command'): string {
  const percents = word.replace(/%/g, '%%');
  const escaped = place === 'command' ? percents.replace(/\$/g, '$$$$') : percents;
  return /^[\w@%+=:,./$-]+$/.test(escaped) ? escaped : `"${escaped.replace(/[\\"]/g, '\\$&')}"`;
}
