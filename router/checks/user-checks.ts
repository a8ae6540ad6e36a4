import { execFile } from 'node:child_process';
import type { UserCheck } from '../../config/config.ts';
import type { CheckResult } from '../types/assessment.ts';
import { doubtful, failed, oneLine, passed } from './check.ts';
import { withTimeLimit } from './time-limit.ts';

const longestMatchMs = 100;
const longestOutput = 64 * 1024;

/**
 * Runs one check of an action type's file on the answer. A pattern runs under a time limit; a command runs
 * without a shell, with the answer on its standard input, an environment of PATH, HOME and LANG only, and is
 * killed after its time: exit 0 passes, anything else fails with the last line it printed. What fails without being
 * `hard` only lowers the quality (`assess.ts`).
 */
export async function runUserCheck(check: UserCheck, text: string, index: number): Promise<CheckResult> {
  const result = await outcomeOf(check, text, `user:${check.kind}:${index + 1}`);
  if (check.hard || result.score === 1) return result;
  return { ...result, lowersOnly: true, evidence: oneLine(`${result.evidence} (hard: false, lowers only)`) };
}

async function outcomeOf(check: UserCheck, text: string, name: string): Promise<CheckResult> {
  const verdict = check.hard ? failed : doubtful;
  if (check.kind === 'command') {
    const { ok, said } = await runCommand(check, text);
    return ok
      ? passed(name, 'format', `${check.program} passed`)
      : verdict(name, 'format', 0, `${check.program}: ${said}`);
  }
  const outcome = matches(check.pattern, check.flags, text);
  if (outcome === undefined)
    return doubtful(
      name,
      'format',
      0.5,
      `/${check.pattern}/ took more than ${longestMatchMs} ms and was stopped`,
    );
  const wanted = check.kind === 'matches';
  return outcome === wanted
    ? passed(name, 'format', `/${check.pattern}/ ${wanted ? 'matches' : 'does not match'}`)
    : verdict(name, 'format', 0, `/${check.pattern}/ ${wanted ? 'does not match' : 'matches'}`);
}

function matches(pattern: string, flags: string | undefined, text: string): boolean | undefined {
  // Without g and y: both make the same pattern answer differently from call to call.
  const expression = new RegExp(pattern, (flags ?? '').replace(/[gy]/g, ''));
  const once = () => withTimeLimit(longestMatchMs, () => expression.test(text));
  const first = once();
  // Once more: on a busy machine the clock runs on while others have the processor (seen with `^OK`).
  const outcome = first.timedOut ? once() : first;
  return outcome.timedOut ? undefined : outcome.result;
}

function runCommand(
  check: Extract<UserCheck, { kind: 'command' }>,
  text: string,
): Promise<{ ok: boolean; said: string }> {
  const env = { PATH: process.env.PATH ?? '/usr/bin:/bin', HOME: process.env.HOME ?? '/', LANG: 'C.UTF-8' };
  return new Promise((resolve) => {
    const child = execFile(
      check.program,
      [...check.args],
      {
        timeout: check.timeoutMs,
        killSignal: 'SIGKILL',
        maxBuffer: longestOutput,
        env,
        shell: false,
        windowsHide: true,
      },
      (error, stdout, stderr) => {
        if (error === null) return resolve({ ok: true, said: '' });
        const lastLine = `${stdout}\n${stderr}`.trim().split('\n').at(-1) ?? '';
        if (String(error.code) === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER')
          return resolve({ ok: false, said: `printed more than ${longestOutput / 1024} KiB` });
        const why = error.killed ? `stopped after ${check.timeoutMs} ms` : lastLine || error.message;
        resolve({ ok: false, said: why });
      },
    );
    // A check that does not read its input closes the pipe: its exit status is what counts.
    child.stdin?.on('error', () => {});
    child.stdin?.end(text);
  });
}
