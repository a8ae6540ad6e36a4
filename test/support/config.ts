import { type LoadedConfig, loadConfig } from '../../config/load.ts';

/**
 * The product's own defaults, pointed at a simulator and a directory of the test's, with whatever a test sets
 * on top, by dotted path as `swarmd --set` takes it.
 */
export function testConfig(given: {
  dataDir: string;
  ollamaUrl: string;
  openaiUrl?: string;
  anthropicUrl?: string;
  /** Further variables, secrets among them. */
  env?: Readonly<Record<string, string>>;
  queueUrl?: string;
  set?: Readonly<Record<string, unknown>>;
}): LoadedConfig {
  return loadConfig({
    cwd: given.dataDir,
    systemFile: '/nonexistent',
    env: testEnv(given),
    flags: {
      'queue.url': given.queueUrl ?? 'embedded',
      'http.port': 0,
      'log.level': 'silent',
      'cost_control.api': 'on',
      ...given.set,
    },
  });
}

/** An environment as a fresh machine has it, with the simulator as every provider. */
export function testEnv(given: {
  dataDir: string;
  ollamaUrl: string;
  openaiUrl?: string;
  anthropicUrl?: string;
  env?: Readonly<Record<string, string>>;
}): NodeJS.ProcessEnv {
  return {
    ...given.env,
    PATH: process.env.PATH,
    HOME: given.dataDir,
    SWARMD_HOME: given.dataDir,
    OLLAMA_HOST: given.ollamaUrl,
    ...(given.openaiUrl === undefined
      ? {}
      : { OPENAI_BASE_URL: given.openaiUrl, OPENAI_API_KEY: 'simulated-key-openai' }),
    ...(given.anthropicUrl === undefined
      ? {}
      : { ANTHROPIC_BASE_URL: given.anthropicUrl, ANTHROPIC_API_KEY: 'simulated-key-anthropic' }),
  };
}
