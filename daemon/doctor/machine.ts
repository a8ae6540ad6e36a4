import { accessSync, constants, existsSync, statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Finding } from './finding.ts';
import { formatGb } from './format.ts';

/** The oldest Node that runs swarmd; package.json says the same. */
const oldestNode = [22, 18] as const;

export function checkNode(version: string, path: string): Finding {
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number);
  const isNewEnough = major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1]);
  if (isNewEnough) return { check: 'node', level: 'ok', message: `Node.js ${version} (${path})` };
  return {
    check: 'node',
    level: 'failure',
    message: `Node.js ${version} is too old`,
    fix: `start swarmd by scripts/swarmd, or install Node.js ${oldestNode.join('.')} or newer`,
  };
}

const lowDisk = 1e9;
const noDisk = 50e6;

/** The data directory: can it be written, is it the user's alone, is there room. */
export function checkDataDirectory(dataDir: string): Finding[] {
  const existing = nearestExisting(dataDir);
  const findings: Finding[] = [];
  try {
    accessSync(existing, constants.W_OK);
  } catch {
    findings.push({
      check: 'data',
      level: 'failure',
      message: `${existing} cannot be written`,
      fix: 'let this user write there, or set SWARMD_HOME to another directory',
    });
  }
  if (existing === dataDir && (statSync(dataDir).mode & 0o077) !== 0)
    findings.push({
      check: 'data',
      level: 'warning',
      message: `${dataDir} can be read by other users of this machine; prompts and answers rest in it`,
      fix: `chmod 700 ${dataDir}`,
    });
  const { bavail, bsize } = statfsSync(existing);
  const free = bavail * bsize;
  if (free < lowDisk)
    findings.push({
      check: 'disk',
      level: free < noDisk ? 'failure' : 'warning',
      message: `only ${formatGb(free)} free for ${dataDir}`,
      fix: 'make room: SQLite needs it to acknowledge an action',
    });
  if (findings.length > 0) return findings;
  return [{ check: 'data', level: 'ok', message: `${dataDir} (${formatGb(free)} free)` }];
}

function nearestExisting(path: string): string {
  let folder = path;
  while (!existsSync(folder) && dirname(folder) !== folder) folder = dirname(folder);
  return folder;
}
