import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, resolve } from 'node:path';
import type { Command } from 'commander';
import { type Config, tierNames } from '../../config/config.ts';
import { exitCodes, SwarmdError } from '../../config/errors.ts';
import type { LoadedConfig } from '../../config/load.ts';
import { modelPrice } from '../../config/prices.ts';
import { settingsJsonSchema } from '../../config/schema-tree.ts';
import { flatSettings, shownSettings, toYaml } from '../../config/write.ts';
import { print, screenWidth, tell } from '../terminal/output.ts';
import { safeLine, safeText } from '../terminal/safe-text.ts';
import { tableLines } from '../terminal/table.ts';
import { tierWord } from '../terminal/words.ts';
import { type CommonOptions, configOf, environmentOf, withCommonOptions } from './settings.ts';

/** `swarmd config check|show|schema`. */
export function registerConfig(program: Command): void {
  const config = program.command('config').description('check and show the configuration');
  withCommonOptions(config.command('check').description('load everything and report what is wrong'))
    .argument('[file]', 'a configuration file in place of the one in force')
    .addHelpText(
      'after',
      `
Exits with 0 when it is valid, with 78 and every problem when it is not.

Example:
  swarmd config check
  swarmd config check ./swarmd.yaml --json`,
    )
    .action(check);
  withCommonOptions(config.command('show').description('what is in force'))
    .option('--origin', 'and where each value comes from')
    .addHelpText('after', '\nExample:\n  swarmd config show --origin')
    .action(show);
  config
    .command('schema')
    .description('the JSON Schema of swarmd.yaml, for editors')
    .addHelpText('after', '\nExample:\n  swarmd config schema > swarmd.schema.json')
    .action(() => print(JSON.stringify(settingsJsonSchema(), null, 2)));
}

async function check(file: string | undefined, options: CommonOptions): Promise<void> {
  const loaded = configOf(
    file === undefined ? options : { ...options, config: file },
    environmentOf(options),
    { isProgram: canBeStarted },
  );
  const problems = [
    ...unpriced(loaded.config),
    ...(await brokenSchemas(loaded.config)),
    ...(await brokenAgents(loaded.config)),
  ];
  const { files, warnings, leftOut } = loaded;
  const models = tierNames.map((tier) => ({
    tier,
    models: loaded.config.tiers[tier].map((one) => one.name),
  }));
  if (options.json === true) {
    print(
      JSON.stringify({
        valid: problems.length === 0,
        files,
        problems,
        warnings,
        left_out: leftOut,
        tiers: models,
      }),
    );
  } else {
    for (const { tier, models: names } of models)
      print(`${tierWord(tier).padEnd(14)}${names.join(', ') || 'no model'}`);
    for (const { name, reason } of leftOut)
      print(`${'left out'.padEnd(14)}${safeLine(`${name}: ${reason}`)}`);
    for (const warning of warnings) tell(`warning: ${safeLine(warning)}`);
    for (const problem of problems) tell(`problem: ${safeLine(problem)}`);
    if (problems.length === 0)
      print(`valid: ${files.length === 0 ? `no file, preset ${loaded.settings.preset}` : files.join(', ')}`);
  }
  if (problems.length > 0) process.exitCode = exitCodes.config;
}

/** A file that may be executed: in PATH, or, with a slash in its name, from here. */
function canBeStarted(program: string): boolean {
  const folders = program.includes('/') ? [process.cwd()] : (process.env.PATH ?? '').split(delimiter);
  return folders.some((folder) => {
    try {
      const path = resolve(folder, program);
      accessSync(path, constants.X_OK);
      return statSync(path).isFile();
    } catch {
      return false;
    }
  });
}

/** Models that would be refused at their first call, because nobody knows what it costs. */
function unpriced(config: Config): string[] {
  const now = Date.now();
  return tierNames
    .flatMap((tier) => config.tiers[tier])
    .filter((model) => modelPrice(model, now, 1) === undefined)
    .map((model) => `${model.name}: no price is known for ${model.modelId}; give its cost in swarmd.yaml`);
}

async function brokenSchemas(config: Config): Promise<string[]> {
  const { Ajv } = await import('ajv');
  const ajv = new Ajv({ strict: false });
  return Object.values(config.actionTypes).flatMap((type) => {
    if (type.schema === undefined) return [];
    try {
      ajv.compile(type.schema);
      return [];
    } catch (error) {
      return [`${type.origin}: schema: ${error instanceof Error ? error.message : String(error)}`];
    }
  });
}

/** The first fault of the agents' files: a daemon would refuse to start with it. */
async function brokenAgents(config: Config): Promise<string[]> {
  const { loadAgents } = await import('../../agents/definitions.ts');
  try {
    loadAgents(config.agents.libraryDir);
    return [];
  } catch (error) {
    if (error instanceof SwarmdError) return [error.message];
    throw error;
  }
}

function show(options: CommonOptions & { origin?: boolean }): void {
  const loaded = configOf(options);
  const settings = shownSettings(loaded.settings);
  if (options.json === true) {
    const origin = options.origin === true ? { origin: Object.fromEntries(originsOf(loaded)) } : {};
    print(JSON.stringify({ settings, files: loaded.files, data_dir: loaded.config.dataDir, ...origin }));
  } else if (options.origin === true) {
    const origins = new Map(originsOf(loaded));
    const rows = flatSettings(loaded.settings);
    for (const line of tableLines(
      rows,
      [
        { title: 'KEY', value: ([key]) => safeLine(key) },
        { title: 'VALUE', value: ([, value]) => safeLine(JSON.stringify(value)), flexible: true },
        { title: 'FROM', value: ([key]) => safeLine(origins.get(key) ?? 'default') },
      ],
      screenWidth(),
    ))
      print(line);
  } else print(safeText(toYaml(settings)).trimEnd());
}

function originsOf({ settings, origin }: LoadedConfig): [string, string][] {
  return flatSettings(settings).map(([key]) => [key, origin.get(key) ?? 'default']);
}
