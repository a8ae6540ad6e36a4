import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SwarmdError } from './errors.ts';

/**
 * The key of a model, or undefined where it needs none or none is set: from the variable the model names
 * (`ANTHROPIC_API_KEY`), from the file that `ANTHROPIC_API_KEY_FILE` names, or from a systemd credential of that
 * name. Read anew at each call and kept nowhere, so that a changed key needs no restart and no dump of the
 * configuration can show it. Throws CONFIG_INVALID when a file is named that cannot be read.
 */
export function apiKey(model: { apiKeyEnv: string | undefined }, env: NodeJS.ProcessEnv): string | undefined {
  return model.apiKeyEnv === undefined ? undefined : namedSecret(model.apiKeyEnv, env);
}

/** The secret called `name`: `NAME`, else the content of `NAME_FILE`, else the systemd credential `NAME`. */
export function namedSecret(name: string, env: NodeJS.ProcessEnv): string | undefined {
  const direct = env[name]?.trim();
  if (direct) return direct;
  const file = env[`${name}_FILE`];
  if (file) return readSecretFile(file, `${name}_FILE`);
  if (env.CREDENTIALS_DIRECTORY === undefined) return undefined;
  try {
    return readFileSync(join(env.CREDENTIALS_DIRECTORY, name), 'utf8').trim() || undefined;
  } catch {
    // systemd sets the directory for every credential of the unit; this one need not be among them.
    return undefined;
  }
}

/** Where a secret comes from, for messages; never its value. Undefined where there is none; throws as `namedSecret` does. */
export function secretSource(name: string, env: NodeJS.ProcessEnv): string | undefined {
  if (env[name]?.trim()) return name;
  if (namedSecret(name, env) === undefined) return undefined;
  return env[`${name}_FILE`] ? `${name}_FILE` : `systemd credential ${name}`;
}

function readSecretFile(path: string, variable: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim() || undefined;
  } catch (cause) {
    throw new SwarmdError('CONFIG_INVALID', `cannot read the file that ${variable} names: ${path}`, {
      where: `environment variable ${variable}`,
      allowed: 'a readable file that holds the key and nothing else',
      cause,
    });
  }
}
