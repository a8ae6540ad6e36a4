import type { Command } from 'commander';
import { type ModelSpec, tierNames } from '../../config/config.ts';
import { exitCodes } from '../../config/errors.ts';
import { holds } from '../../daemon/doctor/model-servers.ts';
import { addressesToAsk, findServers, serversOf } from '../../daemon/models/find-models.ts';
import type { FoundServer } from '../../router/providers/servers.ts';
import { print, screenWidth, tell } from '../terminal/output.ts';
import { safeLine } from '../terminal/safe-text.ts';
import { tableLines } from '../terminal/table.ts';
import { tierWord } from '../terminal/words.ts';
import { bench, itemsOption } from './models-bench.ts';
import { pullModels } from './models-pull.ts';
import { runningDaemon } from './record.ts';
import { type CommonOptions, configOf, isSimulated, withCommonOptions } from './settings.ts';

interface ModelsOptions extends CommonOptions {
  found?: boolean;
}

/** `swarmd models [pull|bench]`. */
export function registerModels(program: Command): void {
  const models = program
    .command('models')
    .description('the models: what is configured, found, missing, and how good');
  withCommonOptions(
    models.command('list', { isDefault: true }).description('the configured models and their state'),
  )
    .option('--found', 'instead: the servers of this machine and the configured hosts, with all they hold')
    .addHelpText('after', '\nExample:\n  swarmd models list\n  swarmd models list --found')
    .action(list);
  withCommonOptions(models.command('pull').description('let Ollama fetch models'))
    .argument(
      '[names...]',
      'configured names or Ollama’s own (default: the configured ones that are missing)',
    )
    .addHelpText('after', '\nExample:\n  swarmd models pull\n  swarmd models pull qwen3:8b')
    .action(pullModels);
  withCommonOptions(models.command('bench').description('measure local models on questions of our own'))
    .argument('[names...]', 'which (default: every local model that is found)')
    .addOption(itemsOption())
    .addHelpText(
      'after',
      '\nOnly models on your own hardware are measured; nothing is spent.\n\nExample:\n  swarmd models bench',
    )
    .action(bench);
}

interface Row {
  model: ModelSpec;
  state: string;
}

async function list(options: ModelsOptions): Promise<void> {
  const loaded = configOf(options);
  if (options.found === true) return listFound(await findServers(addressesToAsk(loaded.settings)), options);
  const configured = tierNames.flatMap((tier) => loaded.config.tiers[tier]);
  const simulated = isSimulated(options);
  const servers = simulated ? new Map<string, FoundServer>() : await serversOf(configured);
  const breakers = await openBreakers(options);
  const rows = configured.map((model): Row => {
    const open = breakers.get(model.name);
    return { model, state: open ?? (simulated ? 'simulated' : stateOf(model, servers.get(model.endpoint))) };
  });
  if (options.json === true) {
    print(
      JSON.stringify({
        models: rows.map(({ model, state }) => ({
          name: model.name,
          tier: model.tier,
          provider: model.provider,
          model_id: model.modelId,
          host: model.host,
          self_hosted: model.selfHosted,
          kind: model.kind,
          context_window: model.contextWindow,
          size_gb: model.sizeGb ?? null,
          state,
        })),
        left_out: loaded.leftOut,
      }),
    );
    return;
  }
  for (const line of tableLines(
    rows,
    [
      { title: 'TIER', value: ({ model }) => tierWord(model.tier) },
      { title: 'MODEL', value: ({ model }) => safeLine(model.name) },
      { title: 'HOST', value: ({ model }) => safeLine(model.host) },
      { title: 'KIND', value: ({ model }) => model.kind },
      { title: 'CONTEXT', value: ({ model }) => model.contextWindow.toLocaleString('en'), align: 'right' },
      { title: 'GB', value: ({ model }) => model.sizeGb?.toFixed(1) ?? '', align: 'right' },
      { title: 'STATE', value: ({ state }) => safeLine(state), flexible: true },
    ],
    screenWidth(),
  ))
    print(line);
  for (const { name, tier, reason } of loaded.leftOut)
    print(safeLine(`left out: ${name} (${tier}): ${reason}`));
}

function stateOf(model: ModelSpec, server: FoundServer | undefined): string {
  if (!model.selfHosted) return model.apiKeyEnv === undefined ? 'paid' : `paid, key in ${model.apiKeyEnv}`;
  if (server === undefined) return `no server at ${model.endpoint}`;
  if (!holds(server, model))
    return server.kind === 'ollama'
      ? `missing: swarmd models pull ${model.name}`
      : `missing at ${server.address}`;
  const isLoaded = server.models.some((one) => one.loaded && one.modelId.startsWith(model.modelId));
  return isLoaded ? 'loaded' : 'ready';
}

/** From the running daemon; without one nothing is known of breakers. */
async function openBreakers(options: CommonOptions): Promise<Map<string, string>> {
  const client = await runningDaemon(options);
  if (client === undefined) return new Map();
  const { models } = await client.status();
  const open = models.filter((model) => model.breaker !== 'closed');
  return new Map(
    open.map((model) => [model.name, `breaker ${model.breaker}: ${model.reason ?? 'failed repeatedly'}`]),
  );
}

function listFound(servers: readonly FoundServer[], options: ModelsOptions): void {
  if (options.json === true) {
    print(JSON.stringify({ servers: servers.map(foundJson) }));
    return;
  }
  if (servers.length === 0) {
    tell('no model server answers on this machine or the configured hosts');
    process.exitCode = exitCodes.unavailable;
    return;
  }
  for (const server of servers) {
    const version = server.version === undefined ? '' : ` ${server.version}`;
    print(safeLine(`${server.kind}${version} at ${server.address}`));
    for (const line of tableLines(
      server.models,
      [
        { title: '  MODEL', value: (model) => `  ${safeLine(model.modelId)}` },
        { title: 'KIND', value: (model) => model.kind },
        { title: 'GB', value: (model) => model.sizeGb?.toFixed(1) ?? '', align: 'right' },
        {
          title: 'CONTEXT',
          value: (model) => model.contextWindow?.toLocaleString('en') ?? '',
          align: 'right',
        },
        { title: 'QUANTIZATION', value: (model) => safeLine(model.quantization ?? '') },
        { title: 'TOOLS', value: (model) => (model.tools ? 'yes' : '') },
        { title: '', value: (model) => (model.loaded ? 'loaded' : '') },
      ],
      screenWidth(),
    ))
      print(line);
  }
}

function foundJson(server: FoundServer) {
  return {
    kind: server.kind,
    address: server.address,
    version: server.version ?? null,
    slots: server.slots ?? null,
    models: server.models.map((model) => ({
      model_id: model.modelId,
      kind: model.kind,
      size_gb: model.sizeGb ?? null,
      context_window: model.contextWindow ?? null,
      quantization: model.quantization ?? null,
      tools: model.tools,
      loaded: model.loaded,
    })),
  };
}
