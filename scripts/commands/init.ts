import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { SwarmdError } from '../../config/errors.ts';
import { type PresetName, presetNames } from '../../config/schema.ts';
import { newConfigFile } from '../../config/write.ts';
import { print } from '../terminal/output.ts';

interface InitOptions {
  preset: PresetName;
  file?: string;
  user?: boolean;
  force?: boolean;
  json?: boolean;
}

/** `swarmd init`: writes a commented swarmd.yaml. */
export function registerInit(program: Command): void {
  program
    .command('init')
    .description('write a commented swarmd.yaml')
    .addOption(new Option('--preset <name>', 'what to begin from').choices(presetNames).default('tiers'))
    .addOption(new Option('--file <path>', 'where to write (default: ./swarmd.yaml)').conflicts('user'))
    .option('--user', 'write the file of this user, for every folder')
    .option('--force', 'replace a file that is there')
    .addOption(new Option('--json', 'print JSON'))
    .action(init);
}

function init(options: InitOptions): void {
  const path = targetOf(options);
  writeConfigFile(path, newConfigFile(options.preset), options.force === true);
  if (options.json === true) print(JSON.stringify({ file: path, preset: options.preset }));
  else {
    print(`wrote ${path} (preset ${options.preset})`);
    print('next: `swarmd doctor` says what is missing, `swarmd start` runs the daemon');
  }
}

function targetOf(options: InitOptions): string {
  if (options.user !== true) return resolve(options.file ?? 'swarmd.yaml');
  const { XDG_CONFIG_HOME, HOME } = process.env;
  return join(XDG_CONFIG_HOME || join(HOME ?? '.', '.config'), 'swarmd', 'swarmd.yaml');
}

function writeConfigFile(path: string, text: string, force: boolean): void {
  if (!force && existsSync(path))
    throw new SwarmdError('CONFLICT', `${path} is there already`, {
      where: path,
      allowed: '--force to replace it, or --file for another place',
    });
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
