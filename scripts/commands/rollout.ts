/**
 * `swarmd rollout`: experiments on live traffic. They are rows of the memory's file, so a change holds from its
 * commit on, in a running daemon too, and survives every restart.
 */
import { existsSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { type ArmSettings, parseArmSettings } from '../../config/arm-settings.ts';
import { type Config, tierNames } from '../../config/config.ts';
import { SwarmdError } from '../../config/errors.ts';
import { formatUsd, type NanoUsd } from '../../config/money.ts';
import { didYouMean } from '../../config/suggest.ts';
import { type ExperimentJson, experimentJson } from '../../daemon/http/wire/experiment-json.ts';
import type { NewExperiment } from '../../memory/experiments.ts';
import type { Experiment } from '../../router/experiment/experiment.ts';
import { print, tell } from '../terminal/output.ts';
import { jsonLine, safeLine } from '../terminal/safe-text.ts';
import { usdAmount } from './budget-settings.ts';
import { experimentLines } from './rollout-lines.ts';
import { parseShare, parseSteps, positiveCount } from './rollout-shares.ts';
import { type CommonOptions, configOf, withCommonOptions } from './settings.ts';

interface TierOptions extends CommonOptions {
  name?: string;
  minAnswers: string;
  tolerance: string;
}

interface AbOptions extends CommonOptions {
  a: string;
  b: string;
  share: string;
}

interface ShadowOptions extends CommonOptions {
  with: string;
  share: string;
  budget: string;
}

const example = `
Example:
  swarmd rollout local_quality "10%→50%→100%"
  swarmd rollout ab strict --b quality_threshold=0.8 --share 50%
  swarmd rollout shadow private --with policy=privacy-first --share 10% --budget 0.50
  swarmd rollout stop local_quality`;

export function registerRollout(program: Command): void {
  const rollout = program
    .command('rollout')
    .description('other routing for a share of the traffic: step by step, side by side, or in shadow')
    .addHelpText('after', example);
  const sub = (name: string, description: string, own: string, isDefault = false): Command =>
    withCommonOptions(rollout.command(name, { isDefault }).description(description)).addHelpText(
      'after',
      `\nExample:\n  swarmd rollout ${own}`,
    );

  sub(
    'tier [tier] [shares]',
    'ask a tier first for a growing share of the traffic; back by itself when its answers are worse',
    'local_quality 10%,50%,100%',
    true,
  )
    .option('--name <name>', 'of the rollout (default: the tier)')
    .option('--min-answers <count>', 'judged answers of the tier at each step before the next one', '100')
    .option(
      '--tolerance <share>',
      'how much lower its share of accepted answers may be than the baseline’s',
      '5%',
    )
    .action(startRollout);
  sub(
    'ab <name>',
    'two sets of settings side by side, each recorded with its answers',
    'ab strict --b quality_threshold=0.8 --share 50%',
  )
    .option('--a <settings>', 'of arm a, as NAME=VALUE,NAME=VALUE (default: as things are)', '')
    .requiredOption('--b <settings>', 'of arm b')
    .option('--share <share>', 'of the traffic that falls to b', '50%')
    .action(startAb);
  sub(
    'shadow <name>',
    'try other settings after the real answer was given; what they bring is judged and thrown away',
    'shadow private --with policy=privacy-first --share 10% --budget 0.50',
  )
    .requiredOption('--with <settings>', 'of the shadow, as NAME=VALUE,NAME=VALUE')
    .option('--share <share>', 'of the actions that are tried again', '10%')
    .option('--budget <usd>', 'what the shadow may spend in all; 0: local models only', '0')
    .action(startShadow);
  sub('status', 'what runs, and how its arms stand', 'status --json')
    .addOption(new Option('--all', 'also what has ended, newest first'))
    .action(status);
  sub(
    'stop [name]',
    'end an experiment: everything is routed as configured again',
    'stop local_quality',
  ).action(stop);
}

async function startRollout(
  tier: string | undefined,
  shares: string | undefined,
  options: TierOptions,
): Promise<void> {
  if (tier === undefined) return await status(options);
  const { config } = configOf(options);
  const settings = parseArmSettings(`first_tier=${knownTier(tier)}`, 'tier', config);
  if (shares === undefined)
    throw new SwarmdError('USAGE', `how much of the traffic is to go to ${tier} first?`, {
      where: 'shares',
      allowed: 'one share or several, rising: 10%,50%,100%',
    });
  const steps = parseSteps(shares);
  if ((steps[0] ?? 1) >= 1)
    throw new SwarmdError('USAGE', 'a rollout that begins at 100 % has nothing to be compared with', {
      where: 'shares',
      allowed: 'begin below: 10%,50%,100%',
    });
  await start(options, config, {
    name: options.name === undefined ? tier : validName(options.name),
    kind: 'rollout',
    baseline: { name: 'baseline', settings: {} },
    tried: { name: 'rollout', settings },
    shares: steps,
    minimumAnswers: positiveCount(options.minAnswers, '--min-answers'),
    tolerance: parseShare(options.tolerance, '--tolerance'),
    budget: 0,
  });
}

async function startAb(name: string, options: AbOptions): Promise<void> {
  const { config } = configOf(options);
  const [a, b] = [parseArmSettings(options.a, '--a', config), parseArmSettings(options.b, '--b', config)];
  if (isSame(a, b))
    throw new SwarmdError('USAGE', 'both arms have the same settings', {
      where: '--b',
      allowed: 'other ones',
    });
  await start(options, config, {
    name: validName(name),
    kind: 'ab',
    baseline: { name: 'a', settings: a },
    tried: { name: 'b', settings: b },
    shares: [positiveShare(options.share)],
    minimumAnswers: 0,
    tolerance: 0,
    budget: 0,
  });
}

async function startShadow(name: string, options: ShadowOptions): Promise<void> {
  const { config } = configOf(options);
  const budget: NanoUsd = usdAmount(options.budget, '--budget');
  await start(options, config, {
    name: validName(name),
    kind: 'shadow',
    baseline: { name: 'live', settings: {} },
    tried: { name: 'shadow', settings: parseArmSettings(options.with, '--with', config) },
    shares: [positiveShare(options.share)],
    minimumAnswers: 0,
    tolerance: 0,
    budget,
  });
}

async function start(
  options: CommonOptions,
  config: Config,
  wanted: Omit<NewExperiment, 'at'>,
): Promise<void> {
  const { changeRecordFile, startExperiment } = await tools();
  const started = changeRecordFile(config.memory.path, (store) =>
    startExperiment(store, { ...wanted, at: Date.now() }),
  );
  if (options.json === true) return print(jsonLine(newJson(started)));
  for (const line of experimentLines(newJson(started))) print(safeLine(line));
  if (wanted.kind === 'shadow' && started.budget === 0)
    tell('without --budget only local models are asked in shadow');
  tell(`see how it stands: swarmd rollout status; end it: swarmd rollout stop ${started.name}`);
}

async function status(options: CommonOptions & { all?: boolean }): Promise<void> {
  const { config } = configOf(options);
  const found: ExperimentJson[] = [];
  if (existsSync(config.memory.path)) {
    const { openRecordFile, listExperiments, runningExperiments, tallyExperiment } = await tools();
    const store = openRecordFile(config.memory.path);
    const running = runningExperiments(store);
    // The last one that ended is shown too: who comes back to look wants to know what became of it.
    const shown =
      options.all === true
        ? listExperiments(store)
        : running.length > 0
          ? running
          : listExperiments(store, 1);
    found.push(...shown.map((one) => experimentJson(one, tallyExperiment(store, one))));
    store.close();
  }
  if (options.json === true && found.length === 0) print('[]');
  else if (options.json === true) for (const one of found) print(jsonLine(one));
  else if (found.length === 0) tell('no experiment; begin one: swarmd rollout local_quality 10%,50%,100%');
  else for (const one of found) for (const line of experimentLines(one)) print(safeLine(line));
}

async function stop(name: string | undefined, options: CommonOptions): Promise<void> {
  const { config } = configOf(options);
  const { changeRecordFile, runningExperiments, changeExperiment, getExperiment } = await tools();
  const stopped = changeRecordFile(config.memory.path, (store) => {
    const wanted = chosen(runningExperiments(store), name);
    const change = { kind: 'end', state: 'stopped', reason: 'stopped by hand' } as const;
    changeExperiment(store, { name: wanted.name, change, at: Date.now() });
    return getExperiment(store, wanted.name) ?? wanted;
  });
  if (options.json === true) print(jsonLine(newJson(stopped)));
  else
    tell(
      `${stopped.name} was stopped after ${formatUsd(stopped.spent)} of its own; everything is routed as configured`,
    );
}

/** The running experiment that is meant: the named one, or the only one. */
function chosen(running: readonly Experiment[], name: string | undefined): Experiment {
  const names = running.map((one) => one.name);
  const [only] = running;
  if (name === undefined && running.length === 1 && only !== undefined) return only;
  const found = running.find((one) => one.name === name) ?? rolloutOf(running, name);
  if (found !== undefined) return found;
  if (running.length === 0)
    throw new SwarmdError('NOT_FOUND', 'no experiment is running: there is nothing to stop', {
      where: name ?? 'swarmd rollout stop',
      allowed:
        'swarmd rollout status --all shows what has ended; swarmd rollout local_quality 10%,50%,100% begins one',
    });
  const said =
    name === undefined
      ? 'several run: say which'
      : `no experiment "${name}" is running${didYouMean(name, names)}`;
  throw new SwarmdError(name === undefined ? 'USAGE' : 'NOT_FOUND', said, {
    where: 'name',
    allowed: names.join(', '),
  });
}

/** A tier's second rollout is called `local_fast-2`; its tier says which is meant: at most one rollout runs. */
function rolloutOf(running: readonly Experiment[], tier: string | undefined): Experiment | undefined {
  if (tier === undefined) return undefined;
  const wanted = tier.toLowerCase().replaceAll('-', '_');
  return running.find((one) => one.kind === 'rollout' && one.tried.settings.first_tier === wanted);
}

/** Before anything was answered: both arms are empty. */
function newJson(experiment: Experiment): ExperimentJson {
  const none = { answers: { count: 0, good: 0 }, labels: { count: 0, good: 0 }, hardFailures: 0 };
  return experimentJson(experiment, { baseline: none, tried: none, sinceStep: 0 });
}

function knownTier(written: string): string {
  const tier = written.toLowerCase().replaceAll('-', '_');
  if ((tierNames as readonly string[]).includes(tier)) return tier;
  const known = [...tierNames, 'ab', 'shadow', 'status', 'stop'];
  throw new SwarmdError('USAGE', `there is no tier "${written}"${didYouMean(written, known)}`, {
    where: 'tier',
    allowed: `${tierNames.join(', ')}; or ab, shadow, status, stop`,
  });
}

/** Names are columns of the ledger and words of commands. */
function validName(name: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/.test(name)) return name;
  throw new SwarmdError('USAGE', `an experiment cannot be called "${name}"`, {
    where: 'name',
    allowed: 'letters, digits, _ and -, at most 64, beginning with a letter or digit',
  });
}

function positiveShare(written: string): number {
  const share = parseShare(written, '--share');
  if (share > 0) return share;
  throw new SwarmdError('USAGE', 'a share of 0 % tries nothing', {
    where: '--share',
    allowed: 'such as 10%',
  });
}

function isSame(a: ArmSettings, b: ArmSettings): boolean {
  const sorted = (settings: ArmSettings) => JSON.stringify(Object.entries(settings).sort());
  return sorted(a) === sorted(b);
}

/** SQLite is loaded only when a command runs, not for its help. */
async function tools() {
  const [record, experiments] = await Promise.all([
    import('./record-file.ts'),
    import('../../memory/experiments.ts'),
  ]);
  return { ...record, ...experiments };
}
