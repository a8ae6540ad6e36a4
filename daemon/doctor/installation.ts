import { join } from 'node:path';
import { SwarmdError } from '../../config/errors.ts';
import { readAddress } from '../address.ts';
import { connect } from '../client.ts';
import { killReason } from '../kill-switch.ts';
import type { Finding } from './finding.ts';

/** Whether a daemon runs here and works, and whether anything holds it back. */
export async function checkDaemon(dataDir: string): Promise<Finding[]> {
  const findings: Finding[] = [];
  const reason = killReason(dataDir);
  if (reason !== undefined)
    findings.push({
      check: 'daemon',
      level: 'failure',
      message: `everything is stopped by ${join(dataDir, 'KILL')}: ${reason}`,
      fix: 'swarmd unkill',
    });
  const address = readAddress(dataDir);
  if (address === undefined)
    return [...findings, { check: 'daemon', level: 'ok', message: 'none runs; `swarmd start` starts one' }];
  try {
    await connect({ dataDir });
    findings.push({
      check: 'daemon',
      level: 'ok',
      message: `runs at ${address.url}, process ${address.pid}`,
    });
  } catch (error) {
    findings.push({
      check: 'daemon',
      level: 'warning',
      message: isAlive(address.pid)
        ? `process ${address.pid} runs but does not answer: ${error instanceof SwarmdError ? error.message : String(error)}`
        : `the last one (process ${address.pid}) ended without cleaning up`,
      fix: isAlive(address.pid) ? 'see its log; end it and start anew' : '`swarmd start` puts that right',
    });
  }
  return findings;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
