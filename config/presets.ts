import { join } from 'node:path';
import { packageRoot } from './paths.ts';
import type { PresetName } from './schema.ts';

/** The YAML file of a preset: the same keys as swarmd.yaml, under everything the user writes. */
export function presetPath(preset: PresetName): string {
  return join(packageRoot(), 'config', 'presets', `${preset}.yaml`);
}
