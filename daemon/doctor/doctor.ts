/** `swarmd doctor`: what is there, what is missing and how to get it. Changes nothing and spends nothing. */
import { type Config, tierNames } from '../../config/config.ts';
import type { LoadedConfig } from '../../config/load.ts';
import { apiKey } from '../../config/secrets.ts';
import { createProviders } from '../../router/providers/providers.ts';
import type { Finding } from './finding.ts';
import { checkDaemon } from './installation.ts';
import { checkKeys } from './keys.ts';
import { checkDataDirectory, checkNode } from './machine.ts';
import { checkMemory } from './memory-file.ts';
import { checkModelServers } from './model-servers.ts';
import { checkNotifications, tryNotifications } from './notifications.ts';
import { checkQueue } from './queue-server.ts';

/**
 * Every check, in the order they are shown; `onFinding` sees each as it comes, because models may take
 * a while. `notify`: send a test message through every channel.
 */
export async function examine(
  loaded: LoadedConfig,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
  onFinding: (finding: Finding) => void,
  options: { notify?: boolean | undefined } = {},
): Promise<Finding[]> {
  const all: Finding[] = [];
  const add = (findings: readonly Finding[]) => {
    for (const finding of findings) {
      all.push(finding);
      onFinding(finding);
    }
  };
  const { config } = loaded;
  add([checkNode(process.version, process.execPath)]);
  add([configFinding(loaded)]);
  add(loaded.warnings.map((message) => ({ check: 'config', level: 'warning', message })));
  add(checkDataDirectory(config.dataDir));
  add(await checkMemory(config.memory.path));
  add(await checkQueue(config.queue.url));
  const providers = createProviders({ apiKey: (model) => apiKey(model, env) });
  const servers = await checkModelServers(config, providers, signal);
  add(servers);
  const keys = checkKeys(config, loaded.leftOut, env, Date.now());
  add(keys);
  add(nothingAnswers(config, servers));
  add(checkNotifications(config, env));
  if (options.notify === true) add(await tryNotifications(config, env, signal));
  add(await checkDaemon(config.dataDir));
  return all;
}

function configFinding({ files, settings }: LoadedConfig): Finding {
  const from = files.length === 0 ? 'no file: defaults' : files.join(', ');
  return { check: 'config', level: 'ok', message: `${from}, preset ${settings.preset}` };
}

/** With no local model that generates and no paid one with a key, every action would fail. */
function nothingAnswers(config: Config, servers: readonly Finding[]): Finding[] {
  const paid = tierNames.some((tier) => config.tiers[tier].some((model) => !model.selfHosted));
  const local = servers.some((finding) => finding.level === 'ok');
  if (local || (paid && config.costControl.api !== 'off')) return [];
  return [
    {
      check: 'models',
      level: 'failure',
      message: 'no model can answer: no local server generates and no API key is set',
      fix: 'install Ollama and pull a model, or export a key; `swarmd demo` needs neither',
    },
  ];
}
