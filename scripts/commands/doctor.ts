import type { Command } from 'commander';
import { SwarmdError } from '../../config/errors.ts';
import type { LoadedConfig } from '../../config/load.ts';
import type { Finding } from '../../daemon/doctor/finding.ts';
import { paint, print, startProgress } from '../terminal/output.ts';
import { safeLine, safeText } from '../terminal/safe-text.ts';
import { type CommonOptions, configOf, environmentOf, isSimulated, withCommonOptions } from './settings.ts';

interface DoctorOptions extends CommonOptions {
  strict?: boolean;
  notify?: boolean;
}

/** `swarmd doctor`: exit 0 when swarmd can work, 1 with --strict and warnings, 2 when it cannot. */
export function registerDoctor(program: Command): void {
  withCommonOptions(
    program.command('doctor').description('say what is there, what is missing and how to get it'),
  )
    .option('--strict', 'warnings count as well')
    .option('--notify', 'also send a test message through every channel of notifications')
    .addHelpText(
      'after',
      `
Loads one local model for one token, spends nothing and changes nothing; sends nothing without --notify.
Exits with 0, with 2 after a failure, with 1 after a warning when --strict is given.

Example:
  swarmd doctor
  swarmd doctor --strict --json
  swarmd doctor --notify`,
    )
    .action(doctor);
}

async function doctor(options: DoctorOptions): Promise<void> {
  const { examine } = await import('../../daemon/doctor/doctor.ts');
  const env = environmentOf(options);
  const json = options.json === true;
  const show = (finding: Finding) => {
    if (!json) print(lineOf(finding));
  };
  let findings: Finding[];
  const progress = startProgress('asking the model servers');
  try {
    findings = isSimulated(options)
      ? await examineSimulated(configOf(options, env), env, show, options)
      : await examine(configOf(options, env), env, AbortSignal.timeout(300_000), show, options);
  } catch (error) {
    if (!(error instanceof SwarmdError) || error.code !== 'CONFIG_INVALID') throw error;
    findings = [{ check: 'config', level: 'failure', message: error.message, fix: 'swarmd config check' }];
    findings.forEach(show);
  } finally {
    progress.end();
  }
  const count = (level: Finding['level']) => findings.filter((finding) => finding.level === level).length;
  const failures = count('failure');
  const warnings = count('warning');
  if (json) print(JSON.stringify({ ok: failures === 0, failures, warnings, findings }));
  else print(`${counted(failures, 'failure')}, ${counted(warnings, 'warning')}`);
  if (failures > 0) process.exitCode = 2;
  else if (options.strict === true && warnings > 0) process.exitCode = 1;
}

/** Simulated models need no server and no key: whether those are there is not asked, and nothing is said of it. */
async function examineSimulated(
  { config }: LoadedConfig,
  env: NodeJS.ProcessEnv,
  show: (finding: Finding) => void,
  { notify }: DoctorOptions,
): Promise<Finding[]> {
  const [{ checkDataDirectory, checkNode }, { checkMemory }, { checkQueue }, notifications, { checkDaemon }] =
    await Promise.all([
      import('../../daemon/doctor/machine.ts'),
      import('../../daemon/doctor/memory-file.ts'),
      import('../../daemon/doctor/queue-server.ts'),
      import('../../daemon/doctor/notifications.ts'),
      import('../../daemon/doctor/installation.ts'),
    ]);
  const findings: Finding[] = [
    checkNode(process.version, process.execPath),
    ...checkDataDirectory(config.dataDir),
    ...(await checkMemory(config.memory.path)),
    ...(await checkQueue(config.queue.url)),
    { check: 'models', level: 'ok', message: 'simulated; no key and no server needed' },
    ...notifications.checkNotifications(config, env),
    ...(notify === true
      ? await notifications.tryNotifications(config, env, AbortSignal.timeout(60_000))
      : []),
    ...(await checkDaemon(config.dataDir)),
  ];
  findings.forEach(show);
  return findings;
}

const signs = {
  ok: ['green', 'ok     '],
  warning: ['yellow', 'warning'],
  failure: ['red', 'failure'],
} as const;

function lineOf({ check, level, message, fix }: Finding): string {
  const [color, sign] = signs[level];
  const first = `${paint(color, sign)}  ${check.padEnd(8)}${safeText(message)}`;
  return fix === undefined ? first : `${first}\n${' '.repeat(17)}→ ${safeLine(fix)}`;
}

function counted(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}
