import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import { exitCodes, SwarmdError } from '../../config/errors.ts';
import { packageRoot } from '../../config/paths.ts';
import { readAddress } from '../../daemon/address.ts';
import { swarmdUnit } from '../service/unit.ts';
import { print, tell } from '../terminal/output.ts';
import { safeLine } from '../terminal/safe-text.ts';
import { type CommonOptions, configOf, dataDirOf, withCommonOptions } from './settings.ts';

interface InstallOptions extends CommonOptions {
  system?: boolean;
  start?: boolean;
  dryRun?: boolean;
}

const unitName = 'swarmd.service';

/** `swarmd service install|uninstall|status`: the daemon under systemd, as a service of the user by default. */
export function registerService(program: Command): void {
  const service = program.command('service').description('run the daemon as a service of systemd');
  withCommonOptions(service.command('install').description('write the unit and start it'))
    .option('--system', 'for the whole machine, as the user swarmd (needs root)')
    .option('--no-start', 'write it only')
    .option('--dry-run', 'print what would be written and run')
    .addHelpText(
      'after',
      `
Keys of APIs belong in ~/.config/swarmd/environment, one NAME=value a line (with --system: /etc/swarmd/environment).
Without systemd: pm2 start ${join(packageRoot(), 'scripts', 'service', 'ecosystem.config.cjs')}`,
    )
    .action(install);
  withCommonOptions(service.command('uninstall').description('stop the service and take the unit away'))
    .option('--system', 'the one of the whole machine')
    .option('--dry-run', 'print what would be run and removed')
    .action(uninstall);
  withCommonOptions(service.command('status').description('whether it is installed and runs'))
    .option('--system', 'the one of the whole machine')
    .action(status);
}

type Scope = 'user' | 'system';

function scopeOf(options: { system?: boolean }): Scope {
  return options.system === true ? 'system' : 'user';
}

function unitPath(scope: Scope): string {
  if (scope === 'system') return join('/etc/systemd/system', unitName);
  const base = process.env.XDG_CONFIG_HOME || join(homedir(), '.config');
  return join(base, 'systemd', 'user', unitName);
}

function install(options: InstallOptions): void {
  const scope = scopeOf(options);
  const loaded = configOf(options);
  const path = unitPath(scope);
  // The unit does not start in this folder: the file that is in force here is named.
  const file = loaded.files[0];
  const text = swarmdUnit({
    command: [
      // systemd refuses to execute a path with quotes or dollar signs; as an argument it may hold anything.
      '/bin/sh',
      join(packageRoot(), 'scripts', 'swarmd'),
      'start',
      ...(file === undefined || scope === 'system' ? [] : ['--config', file]),
    ],
    environment: scope === 'system' ? {} : { SWARMD_HOME: dataDirOf(options) },
    drainMs: loaded.config.drainMs,
    scope,
  });
  const commands = [['daemon-reload'], ...(options.start === false ? [] : [['enable', '--now', unitName]])];
  if (options.dryRun === true) {
    print(`# ${path}`);
    print(text);
    for (const words of commands) print(`# ${commandLine(scope, words)}`);
    return;
  }
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  print(`wrote ${path}`);
  for (const words of commands) systemctl(scope, words);
  if (scope === 'user') print('it ends with your session; to keep it running: loginctl enable-linger');
}

function uninstall(options: InstallOptions): void {
  const scope = scopeOf(options);
  const path = unitPath(scope);
  if (!existsSync(path))
    throw new SwarmdError('NOT_FOUND', `no service is installed at ${path}`, {
      where: path,
      allowed: scope === 'user' ? 'with --system: the one of the whole machine' : 'without --system: yours',
    });
  if (options.dryRun === true) {
    print(`# ${commandLine(scope, ['disable', '--now', unitName])}`);
    print(`# remove ${path}`);
    return;
  }
  systemctl(scope, ['disable', '--now', unitName]);
  rmSync(path);
  systemctl(scope, ['daemon-reload']);
  print(`removed ${path}; the data in ${dataDirOf(options)} stays`);
}

function status(options: InstallOptions): void {
  const scope = scopeOf(options);
  const path = unitPath(scope);
  const installed = existsSync(path);
  const state = installed ? activeState(scope) : 'not installed';
  const address = readAddress(dataDirOf(options));
  if (options.json === true) {
    print(JSON.stringify({ installed, path, state, url: address?.url ?? null, pid: address?.pid ?? null }));
  } else {
    print(`${unitName.padEnd(16)}${safeLine(state)}`);
    print(`${'unit'.padEnd(16)}${installed ? path : `none at ${path}`}`);
    print(
      `${'daemon'.padEnd(16)}${address === undefined ? 'none runs here' : `${address.url}, process ${address.pid}`}`,
    );
  }
  if (state !== 'active') process.exitCode = exitCodes.failure;
}

/** systemd's own word: active, inactive, failed, activating … */
function activeState(scope: Scope): string {
  try {
    return execFileSync('systemctl', [...scopeWords(scope), 'is-active', unitName], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch (error) {
    // is-active exits with 3 and prints the state all the same.
    const { stdout } = error as { stdout?: unknown };
    return typeof stdout === 'string' && stdout.trim() !== ''
      ? stdout.trim()
      : 'unknown: systemd does not answer';
  }
}

function systemctl(scope: Scope, words: readonly string[]): void {
  print(commandLine(scope, words));
  try {
    execFileSync('systemctl', [...scopeWords(scope), ...words], { stdio: ['ignore', 'ignore', 'pipe'] });
  } catch (error) {
    const { stderr } = error as { stderr?: Buffer };
    tell(safeLine(stderr?.toString() ?? ''));
    throw new SwarmdError('CONFLICT', `${commandLine(scope, words)} failed`, {
      where: unitPath(scope),
      allowed: `a running systemd; without one: pm2 start ${join(packageRoot(), 'scripts', 'service', 'ecosystem.config.cjs')}`,
      cause: error,
    });
  }
}

function scopeWords(scope: Scope): string[] {
  return scope === 'user' ? ['--user'] : [];
}

function commandLine(scope: Scope, words: readonly string[]): string {
  return ['systemctl', ...scopeWords(scope), ...words].join(' ');
}
