/** systemd units that start the llama.cpp and vLLM servers of the configured models. */
import type { Config, HostSpec, ModelSpec } from '../../config/config.ts';
import { tierNames } from '../../config/config.ts';
import { isLoopback } from '../../config/endpoints.ts';
import { quoted } from './unit.ts';

interface ModelUnit {
  /** `swarmd-model-llama-3.1-8b.service` */
  name: string;
  text: string;
  /** What has to be in PATH. */
  program: string;
}

export interface ModelUnits {
  units: ModelUnit[];
  /** Models a unit was expected for, and why there is none. */
  skipped: { model: string; reason: string }[];
}

/** One unit for each model that a llama.cpp or vLLM server of this machine is to serve. */
export function modelUnits(config: Config): ModelUnits {
  const units: ModelUnit[] = [];
  const skipped: ModelUnits['skipped'] = [];
  const taken = new Map<string, string>();
  for (const model of tierNames.flatMap((tier) => config.tiers[tier])) {
    if (model.provider !== 'openai-compatible' || !isLoopback(model.endpoint)) continue;
    const reason = whyNot(model, taken);
    if (reason !== undefined) {
      skipped.push({ model: model.name, reason });
      continue;
    }
    taken.set(model.endpoint, model.name);
    const command = commandOf(model, config.hosts[model.host]);
    units.push({
      name: `swarmd-model-${model.name.replace(/[^\w.-]+/g, '-')}.service`,
      program: command[0] ?? '',
      text: unitText(model, command),
    });
  }
  return { units, skipped };
}

function whyNot(model: ModelSpec, taken: ReadonlyMap<string, string>): string | undefined {
  if (model.server === undefined) return 'give its server: llama_cpp or vllm';
  if (model.server === 'lm_studio') return 'LM Studio starts its own server: lms server start';
  if (model.server === 'llama_cpp' && model.modelFile === undefined)
    return 'llama.cpp needs its model_file (a .gguf)';
  const other = taken.get(model.endpoint);
  return other === undefined
    ? undefined
    : `one server serves one model, and ${model.endpoint} is taken by ${other}; give it an endpoint with another port`;
}

/**
 * llama.cpp divides its context among its slots, so it is asked for as many contexts as there are slots; vLLM
 * counts the context of one sequence. Tool calls need the model's own chat template: llama.cpp applies it with
 * --jinja, vLLM needs the name of the parser.
 */
function commandOf(model: ModelSpec, host: HostSpec | undefined): string[] {
  const { hostname, port } = new URL(model.endpoint);
  const address = ['--host', hostname.replace(/^\[|\]$/g, ''), '--port', port === '' ? '80' : port];
  const slots = host?.slots ?? 1;
  if (model.server === 'vllm')
    return [
      'vllm',
      'serve',
      model.modelFile ?? model.modelId,
      ...(model.modelFile === undefined ? [] : ['--served-model-name', model.modelId]),
      ...address,
      '--max-model-len',
      String(model.contextWindow),
      '--max-num-seqs',
      String(slots),
      ...(model.supports.tools
        ? ['--enable-auto-tool-choice', '--tool-call-parser', toolParser(model.modelId)]
        : []),
    ];
  return [
    'llama-server',
    '--model',
    model.modelFile ?? '',
    '--alias',
    model.modelId,
    ...address,
    '--ctx-size',
    String(model.contextWindow * slots),
    '--parallel',
    String(slots),
    ...(model.supports.tools ? ['--jinja'] : []),
  ];
}

/** vLLM's parser for the way a model family writes its calls; Hermes' format is the most common one. */
function toolParser(modelId: string): string {
  const name = modelId.toLowerCase();
  if (/llama-?3/.test(name)) return 'llama3_json';
  if (/mi[sx]tral/.test(name)) return 'mistral';
  if (/qwen3-coder/.test(name)) return 'qwen3_coder';
  return 'hermes';
}

function unitText(model: ModelSpec, command: readonly string[]): string {
  return `# Written by \`swarmd service install --model-servers\`.
[Unit]
Description=${model.name} for swarmd, at ${model.endpoint.replace(/%/g, '%%')}
Before=swarmd.service

[Service]
Type=exec
ExecStart=/usr/bin/env ${command.map((word) => quoted(word)).join(' ')}
Restart=on-failure
RestartSec=5
TimeoutStopSec=30
NoNewPrivileges=yes

[Install]
WantedBy=default.target
`;
}
