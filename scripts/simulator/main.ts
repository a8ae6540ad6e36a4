import { parseArgs } from 'node:util';
import { exitCodes } from '../../config/errors.ts';
import type { CriticManner } from './answers/roles.ts';
import { type Simulator, type SimulatorOptions, startSimulator } from './simulator.ts';

const help = `Usage: node scripts/simulator/main.ts [options]

Plays Ollama, the OpenAI API and the Anthropic API on one port. No model runs: answers are made by rule, or
replayed from a file. Every answer's model name ends in "(simulated)".

Options
  --port N                where to listen (11434; 0 takes a free one)
  --host ADDRESS          127.0.0.1
  --seed N                decides which prompts are answered acceptably (1)
  --speed X               multiplies every delay: 1 as the profiles say, 0 none (1)
  --replay FILE           recorded answers, JSON lines: {prompt, weak, strong} or {prompt, responses: {model: text}}
  --hostile-tokenizer X   multiplies the simulator's token counts, 1 to 2.5 (1)
  --vram GB               of the simulated Ollama's GPU (24)
  --max-loaded-models N   resident at once (3)
  --slots N               requests one model serves at once (4)
  --critic MANNER         honest, yes_sayer or nay_sayer (honest)
  --json                  print the addresses as one line of JSON
  --help                  this text

Example
  node scripts/simulator/main.ts --port 11434 --seed 1 --speed 0.2
  curl http://127.0.0.1:11434/__sim/bill
`;

interface Command {
  options: SimulatorOptions;
  json: boolean;
}

/** Reads the command line; throws a text that says what is wrong with it. */
function read(args: readonly string[]): Command | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      port: { type: 'string', default: '11434' },
      host: { type: 'string' },
      seed: { type: 'string' },
      speed: { type: 'string' },
      replay: { type: 'string' },
      'hostile-tokenizer': { type: 'string' },
      vram: { type: 'string' },
      'max-loaded-models': { type: 'string' },
      slots: { type: 'string' },
      critic: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return 'help';
  const number = (
    name: string,
    text: string | undefined,
    low: number,
    high: number,
    whole = false,
  ): number | undefined => {
    if (text === undefined) return undefined;
    const value = Number(text);
    if (text.trim() === '' || !(value >= low && value <= high) || (whole && !Number.isInteger(value))) {
      throw new Error(
        `--${name} is "${text}"; it must be ${whole ? 'a whole number' : 'a number'} from ${low} to ${high}`,
      );
    }
    return value;
  };
  const options: SimulatorOptions = {};
  const hardware: NonNullable<SimulatorOptions['hardware']> = {};
  const set = <K extends keyof SimulatorOptions>(name: K, value: SimulatorOptions[K] | undefined): void => {
    if (value !== undefined) options[name] = value;
  };
  set('port', number('port', values.port, 0, 65_535, true));
  set('host', values.host);
  set('seed', number('seed', values.seed, 0, 4_294_967_295, true));
  set('speed', number('speed', values.speed, 0, 1_000));
  set('replay', values.replay);
  set('hostileTokenizer', number('hostile-tokenizer', values['hostile-tokenizer'], 1, 2.5));
  set('critic', manner(values.critic));
  const vramGb = number('vram', values.vram, 0.1, 100_000);
  const maxLoadedModels = number('max-loaded-models', values['max-loaded-models'], 1, 1_000, true);
  const slots = number('slots', values.slots, 1, 10_000, true);
  if (vramGb !== undefined) hardware.vramGb = vramGb;
  if (maxLoadedModels !== undefined) hardware.maxLoadedModels = maxLoadedModels;
  if (slots !== undefined) hardware.slots = slots;
  return { options: { ...options, hardware }, json: values.json };
}

function manner(text: string | undefined): CriticManner | undefined {
  if (text === undefined || text === 'honest' || text === 'yes_sayer' || text === 'nay_sayer') return text;
  throw new Error(`--critic is "${text}"; it must be honest, yes_sayer or nay_sayer`);
}

function announce(simulator: Simulator, json: boolean): void {
  const env = {
    OLLAMA_HOST: simulator.url,
    OPENAI_BASE_URL: simulator.openaiUrl,
    OPENAI_API_KEY: 'simulated',
    ANTHROPIC_BASE_URL: simulator.anthropicUrl,
    ANTHROPIC_API_KEY: 'simulated',
  };
  if (json) {
    console.log(JSON.stringify({ simulated: true, url: simulator.url, port: simulator.port, env }));
    return;
  }
  console.log(`SIMULATED models at ${simulator.url} (no model runs; answers are made by rule or replayed)`);
  console.log(`  bill    ${simulator.url}/__sim/bill`);
  console.log(`  faults  ${simulator.url}/__sim/faults`);
  console.log('To use them:');
  for (const [name, value] of Object.entries(env)) console.log(`  export ${name}=${value}`);
}

async function main(): Promise<void> {
  let command: Command | 'help';
  try {
    command = read(process.argv.slice(2));
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\nTry --help.`);
    process.exitCode = exitCodes.usage;
    return;
  }
  if (command === 'help') {
    console.log(help);
    return;
  }
  let simulator: Simulator;
  try {
    simulator = await startSimulator(command.options);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EADDRINUSE') {
      console.error(
        `Port ${command.options.port} is taken (a real Ollama?); choose another with --port, or --port 0.`,
      );
      process.exitCode = exitCodes.unavailable;
    } else {
      console.error(error instanceof Error ? error.message : String(error));
      process.exitCode = code === 'ENOENT' ? exitCodes.usage : exitCodes.failure;
    }
    return;
  }
  announce(simulator, command.json);
  const stop = (): void => void simulator.close().then(() => process.exit(exitCodes.ok));
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
}

await main();
