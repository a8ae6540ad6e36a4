import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { SwarmdError } from '../../config/errors.ts';
import { loadConfig } from '../../config/load.ts';
import { presetPath } from '../../config/presets.ts';
import { type PresetName, presetNames } from '../../config/schema.ts';
import { newConfigFile } from '../../config/write.ts';
import { proposeTiers, tiersYaml } from '../../daemon/models/propose-tiers.ts';
import { print } from '../terminal/output.ts';
import { itemsOption, runBench, usableFrom } from './models-bench.ts';

interface InitOptions {
  preset: PresetName;
  detect?: boolean;
  items: number;
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
    .option('--detect', 'find the local models, measure them, and make the tiers of them')
    .addOption(itemsOption())
    .option('--user', 'write the file of this user, for every folder')
    .option('--force', 'replace a file that is there')
    .addOption(new Option('--json', 'print JSON'))
    .addHelpText('after', '\nExample:\n  swarmd init\n  swarmd init --preset local-only --detect')
    .action(init);
}

async function init(options: InitOptions): Promise<void> {
  const path = targetOf(options);
  refuseToReplace(path, options.force === true);
  if (options.user !== true) refuseWithoutDirectory(path);
  const text = options.detect === true ? await detected(options) : newConfigFile(options.preset);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  if (options.json === true) print(JSON.stringify({ file: path, preset: options.preset }));
  else {
    print(`wrote ${path} (preset ${options.preset})`);
    print('next: `swarmd doctor` says what is missing, `swarmd start` runs the daemon');
  }
}

/** The file with the measured models in place of the preset's local ones. Only the policy of tiers can use them. */
async function detected(options: InitOptions): Promise<string> {
  if (!['tiers', 'local-only', 'cloud-first'].includes(options.preset))
    throw new SwarmdError(
      'USAGE',
      `--detect makes tiers, and preset ${options.preset} names its models one by one`,
      {
        where: '--preset',
        allowed: 'tiers, local-only, cloud-first',
      },
    );
  const preset = options.preset;
  const loaded = loadConfig({ env: process.env, cwd: process.cwd(), flags: { preset } });
  const measured = await runBench(await usableFrom(loaded), options.items, options);
  const proposal = proposeTiers(measured);
  if (proposal.localQuality.length === 0)
    throw new SwarmdError('MODEL_UNAVAILABLE', 'no local model answered', {
      allowed: '`swarmd models bench` shows why; `swarmd init` without --detect writes the preset as it is',
    });
  const presetText = readFileSync(presetPath(preset), 'utf8');
  const apiModels = preset === 'local-only' ? [] : (loaded.settings.tiers.api_fallback?.models ?? []);
  const tiers = tiersYaml(
    proposal,
    apiModels.map((model) => (typeof model === 'string' ? model : model.name)),
    new Date().toISOString().slice(0, 10),
    options.items,
  );
  return newConfigFile(preset, presetText.replace(/^tiers:\n(?:[ #].*\n?)*/m, `${tiers}\n`));
}

function refuseToReplace(path: string, force: boolean): void {
  if (force || !existsSync(path)) return;
  throw new SwarmdError('CONFLICT', `${path} is there already`, {
    where: path,
    allowed: '--force to replace it, or --file for another place',
  });
}

/** A folder that is not there is a mistyped one; only the user's own place is made. */
function refuseWithoutDirectory(path: string): void {
  if (existsSync(dirname(path))) return;
  throw new SwarmdError('USAGE', `there is no directory ${dirname(path)}`, {
    where: '--file',
    allowed: 'a file in a directory that exists',
  });
}

function targetOf(options: InitOptions): string {
  if (options.user !== true) return resolve(options.file ?? 'swarmd.yaml');
  const { XDG_CONFIG_HOME, HOME } = process.env;
  return join(XDG_CONFIG_HOME || join(HOME ?? '.', '.config'), 'swarmd', 'swarmd.yaml');
}
