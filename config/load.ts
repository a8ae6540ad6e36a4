/**
 * Loads the configuration: flags > SWARMD_* > the project's file > the user's > the system's > the preset >
 * defaults. Whatever is wrong anywhere is reported at once.
 */
import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Config } from './config.ts';
import { configPaths } from './config-paths.ts';
import { environmentLayers, flagLayer } from './environment.ts';
import { SwarmdError } from './errors.ts';
import { isMapping, type Layer, mergeLayers } from './layers.ts';
import { presetPath } from './presets.ts';
import { type Problem, problemsError, problemsOf } from './problems.ts';
import { type LeftOut, resolveSettings } from './resolve.ts';
import { presetNames, type Settings, settingsSchema } from './schema.ts';
import { allowedKeys } from './schema-tree.ts';
import { readYamlFile } from './yaml-file.ts';

export interface LoadOptions {
  /** Settings from the command line, by dotted key path: `{ 'routing.quality_threshold': '0.8' }`. */
  flags?: Readonly<Record<string, unknown>>;
  env: NodeJS.ProcessEnv;
  cwd: string;
  /** The file `--config` names; it must exist. */
  file?: string;
  /** Where the system's file is; another path only in tests. */
  systemFile?: string;
  /** Whether a program that a type's check names can be started; without it nobody looks. */
  isProgram?: (program: string) => boolean;
}

export interface LoadedConfig {
  config: Config;
  /** What was written, with defaults filled in; snake_case, units as in the file. */
  settings: Settings;
  /** Where each key that somebody set came from, by dotted key path; a key that is missing has its default. */
  origin: Map<string, string>;
  /** The files that were read, strongest first. */
  files: string[];
  warnings: string[];
  /** Models that were named but take no part, and why: no key, disabled, retired. */
  leftOut: LeftOut[];
}

/** Throws CONFIG_INVALID, with every problem in its message. */
export function loadConfig(options: LoadOptions): LoadedConfig {
  const { env, cwd } = options;
  const problems: Problem[] = [];
  const flags = flagLayer(options.flags ?? {}, cwd);
  const environment = environmentLayers(env, cwd);
  problems.push(...flags.problems, ...environment.problems);
  const files = configFiles(options);
  const fileLayers = files.map((path) => readLayer(path, env, problems));
  const written = [flags.layer, ...environment.layers, ...fileLayers];
  const preset = written.map((layer) => layer.value.preset).find((name) => name !== undefined) ?? 'tiers';
  const layers = isPreset(preset)
    ? [...written, readLayer(presetPath(preset), {}, problems, `preset ${preset}`)]
    : written;

  const merged = mergeLayers(layers);
  const where = (path: readonly PropertyKey[]) => merged.layerOf(path)?.where(path) ?? 'default';
  const parsed = settingsSchema.safeParse(merged.value);
  if (!parsed.success) {
    problems.push(...problemsOf(parsed.error.issues, merged.value, where, allowedKeys));
    throw problemsError(problems);
  }
  const resolved = resolveSettings(parsed.data, env, {
    where,
    base: (path) => merged.layerOf(path)?.base ?? cwd,
    ...(options.isProgram === undefined ? {} : { isProgram: options.isProgram }),
  });
  problems.push(...resolved.problems);
  if (problems.length > 0) throw problemsError(problems);
  return {
    config: resolved.config,
    settings: parsed.data,
    origin: originsOf(merged.value, where),
    files,
    warnings: [...environment.warnings, ...resolved.warnings],
    leftOut: resolved.leftOut,
  };
}

/** The files that exist, strongest first. A file the user names must exist. */
function configFiles({ env, cwd, file, systemFile }: LoadOptions): string[] {
  const named = file ?? (env.SWARMD_CONFIG || undefined);
  const paths = configPaths({ env, cwd, file, systemFile });
  if (named !== undefined && !existsSync(resolve(cwd, named)))
    throw new SwarmdError('CONFIG_INVALID', `there is no file ${resolve(cwd, named)}`, {
      where: file === undefined ? 'environment variable SWARMD_CONFIG' : '--config',
      allowed: 'the path of a swarmd.yaml; `swarmd init` writes one',
    });
  return [...new Set(paths)].filter((path) => existsSync(path));
}

function readLayer(path: string, env: NodeJS.ProcessEnv, problems: Problem[], name = path): Layer {
  let file: ReturnType<typeof readYamlFile>;
  try {
    file = readYamlFile(path, env);
  } catch (cause) {
    throw new SwarmdError('CONFIG_INVALID', `cannot read ${path}`, { where: path, cause });
  }
  problems.push(...file.problems);
  const value = file.value ?? {};
  if (!isMapping(value))
    problems.push({ where: path, key: '', message: 'must hold keys and values, as in `routing:`' });
  return {
    name,
    value: isMapping(value) ? value : {},
    where: name === path ? file.where : (keyPath) => file.where(keyPath).replace(path, name),
    base: dirname(path),
  };
}

function isPreset(name: unknown): name is (typeof presetNames)[number] {
  return presetNames.some((known) => known === name);
}

function originsOf(
  value: Record<string, unknown>,
  where: (path: readonly PropertyKey[]) => string,
): Map<string, string> {
  const origins = new Map<string, string>();
  const visit = (inner: unknown, path: readonly string[]) => {
    if (isMapping(inner)) for (const [key, child] of Object.entries(inner)) visit(child, [...path, key]);
    else if (inner !== undefined) origins.set(path.join('.'), where(path));
  };
  visit(value, []);
  return origins;
}
