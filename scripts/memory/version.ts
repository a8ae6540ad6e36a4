import { readFileSync } from 'node:fs';
import { packageRoot } from '../../config/paths.ts';

export function version(): string {
  return String(JSON.parse(readFileSync(`${packageRoot()}/package.json`, 'utf8')).version);
}
