import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Command, Option } from 'commander';
import { exitCodes, SwarmdError } from '../../config/errors.ts';
import { packageRoot } from '../../config/paths.ts';
import { readAddress } from '../../daemon/address.ts';
import { modelUnits } from '../service/model-units.ts';
import { swarmdUnit } from '../service/unit.ts';
import { print, tell } from '../terminal/output.ts';
import { safeLine } from '../terminal/safe-text.ts';
import { type CommonOptions, configOf, dataDirOf, withCommonOptions } from './settings.ts';

interface InstallOptions extends CommonOptions {
  system?: boolean;
  modelServers?: boolean;
  start?: boolean;
  dryRun?: boolean;
}

const unitName = 'swarmd.service';

/** `swarmd service install|uninstall|status`: the daemon under systemd, as a service of the user by default. */
export function registerService(program: Command): void {
  const service = program.command('service').description('run the daemon as a service of systemd');
  withCommonOptions(service.command('install').description('write the unit and start it'))
    .option('--system', 'for the whole machine, as the user swarmd (needs root)')
    .addOption(modelServers('instead: units for the llama.cpp and vLLM servers of the configured models'))
    .option('--no-start', 'write it only')
    .option('--dry-run', 'print what would be written and run')
    .addHelpText(
      'after',
      `
Keys of APIs belong in ~/.config/swarmd/environment, one NAME=value a line (with --system: /etc/swarmd/environment).
Without systemd: pm2 start ${join(packageRoot(), 'scripts', 'service', 'ecosystem.config.cjs')}

Example:
  swarmd service install --dry-run
  swarmd service install`,
    )
    .action(install);
  withCommonOptions(service.command('uninstall').description('stop the service and take the unit away'))
    .option('--system', 'the one of the whole machine')
    .addOption(modelServers('instead: the units of the model servers'))
    .option('--dry-run', 'print what would be run and removed')
    .addHelpText('after', '\nExample:\n  swarmd service uninstall --dry-run')
    .action(uninstall);
  withCommonOptions(service.command('status').description('whether it is installed and runs'))
    .option('--system', 'the one of the whole machine')
    .addHelpText('after', '\nExample:\n  swarmd service status')
    .action(status);
}

function modelServers(description: string): Option {
  return new Option('--model-servers', description).conflicts('system');
}

type Scope = 'user' | 'system';

function scopeOf(options: { system?: boolean }): Scope {
  return options.system === true ? 'system' : 'user';
}

function unitFolder(scope: Scope): string {
  if (scope === 'system') return '/etc/systemd/system';
  const base = process.env.XDG_CONFIG_HOME || join(homedir(), '.config');
  return join(base, 'systemd', 'user');
}

interface Unit {
  path: string;
  name: string;
  text: string;
}

function install(options: InstallOptions): void {
  const scope = scopeOf(options);
  const units = options.modelServers === true ? modelServerUnits(options) : [daemonUnit(options, scope)];
  const names = units.map((unit) => unit.name);
  const commands = options.start === false ? [] : [['daemon-reload'], ['enable', '--now', ...names]];
  for (const { path, text } of units) {
    if (options.dryRun === true) {
      print(`# ${path}`);
      print(text);
    } else {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
      print(`wrote ${path}`);
    }
  }
  if (options.dryRun === true) {
    for (const words of commands) print(`# ${commandLine(scope, words)}`);
    return;
  }
  if (options.start === false) {
    print(
      `to start: ${commandLine(scope, ['daemon-reload'])} && ${commandLine(scope, ['enable', '--now', ...names])}`,
    );
    return;
  }
  for (const words of commands) systemctl(scope, words);
  if (scope === 'user') print('it ends with your session; to keep it running: loginctl enable-linger');
}

function daemonUnit(options: InstallOptions, scope: Scope): Unit {
  const loaded = configOf(options);
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
  return { path: join(unitFolder(scope), unitName), name: unitName, text };
}

function modelServerUnits(options: InstallOptions): Unit[] {
  const { units, skipped } = modelUnits(configOf(options).config);
  for (const { model, reason } of skipped) tell(safeLine(`no unit for ${model}: ${reason}`));
  if (units.length === 0)
    throw new SwarmdError(
      'NOT_FOUND',
      'no configured model is served by a llama.cpp or vLLM of this machine',
      {
        where: 'tiers',
        allowed:
          'a model with provider: openai-compatible, server: llama_cpp or vllm, and an endpoint of this machine',
      },
    );
  for (const program of new Set(units.map((unit) => unit.program)))
    if (!isInPath(program)) tell(`warning: ${program} is not in PATH; the services will fail until it is`);
  return units.map(({ name, text }) => ({ path: join(unitFolder('user'), name), name, text }));
}

function isInPath(program: string): boolean {
  return (process.env.PATH ?? '').split(':').some((folder) => existsSync(join(folder, program)));
}

function uninstall(options: InstallOptions): void {
  const scope = scopeOf(options);
  const folder = unitFolder(scope);
  const isOurs = (name: string) =>
    options.modelServers === true ? /^swarmd-model-.*\.service$/.test(name) : name === unitName;
  const names = existsSync(folder) ? readdirSync(folder).filter(isOurs) : [];
  if (names.length === 0)
    throw new SwarmdError('NOT_FOUND', `no service is installed in ${folder}`, {
      where: folder,
      allowed: scope === 'user' ? 'with --system: the one of the whole machine' : 'without --system: yours',
    });
  const disable = ['disable', '--now', ...names];
  if (options.dryRun === true) {
    print(`# ${commandLine(scope, disable)}`);
    for (const name of names) print(`# remove ${join(folder, name)}`);
    return;
  }
  // The files go whatever systemd says: without it nothing runs that they would keep.
  let failed: unknown;
  const orElse = (words: readonly string[]) => {
    try {
      systemctl(scope, words);
    } catch (error) {
      failed ??= error;
    }
  };
  orElse(disable);
  for (const name of names) rmSync(join(folder, name));
  if (failed === undefined) orElse(['daemon-reload']);
  print(`removed ${names.join(', ')}; the data in ${dataDirOf(options)} stays`);
  if (failed !== undefined) throw failed;
}

function status(options: InstallOptions): void {
  const scope = scopeOf(options);
  const path = join(unitFolder(scope), unitName);
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
      where: unitFolder(scope),
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
