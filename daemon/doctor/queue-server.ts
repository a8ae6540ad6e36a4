import { Redis } from 'ioredis';
import type { Config } from '../../config/config.ts';
import { withoutPassword } from '../queue/redis.ts';
import type { Finding } from './finding.ts';
import { formatGb } from './format.ts';

const answerWithinMs = 5_000;

/** Whether the queue's server answers, and whether it is set up so that it does not lose jobs. */
export async function checkQueue(url: Config['queue']['url']): Promise<Finding[]> {
  if (url === 'embedded')
    return [{ check: 'queue', level: 'ok', message: 'embedded: inside the daemon, no server needed' }];
  return url.startsWith('postgres') ? [await checkPostgres(url)] : await checkRedis(url);
}

async function checkRedis(url: string): Promise<Finding[]> {
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: answerWithinMs,
    commandTimeout: answerWithinMs,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  redis.on('error', () => {});
  try {
    await redis.connect();
    return redisFindings(withoutPassword(url), parseInfo(await redis.info()));
  } catch (error) {
    return [
      {
        check: 'queue',
        level: 'failure',
        message: `no Redis answers at ${withoutPassword(url)}: ${error instanceof Error ? error.message : error}`,
        fix: 'start it, correct queue.url, or set queue.url: embedded, which needs no server',
      },
    ];
  } finally {
    redis.disconnect();
  }
}

/** What the server's own INFO says; BullMQ needs 5.0 and works well from 6.2 on. */
export function redisFindings(address: string, info: ReadonlyMap<string, string>): Finding[] {
  const version = info.get('redis_version') ?? '0';
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const findings: Finding[] = [];
  const add = (level: Finding['level'], message: string, fix: string) =>
    findings.push({ check: 'queue', level, message, fix });
  if (major < 5) add('failure', `Redis ${version} at ${address} is too old`, 'install Redis 6.2 or later');
  else if (major < 6 || (major === 6 && minor < 2))
    add(
      'warning',
      `Redis ${version} at ${address} is older than BullMQ recommends`,
      'install Redis 6.2 or later',
    );
  const policy = info.get('maxmemory_policy');
  if (policy !== undefined && policy !== 'noeviction')
    add(
      'failure',
      `Redis may throw jobs away when memory is short (maxmemory-policy ${policy})`,
      'redis-cli config set maxmemory-policy noeviction, and the same in redis.conf',
    );
  if (info.get('aof_enabled') === '0')
    add(
      'warning',
      'Redis keeps no log of its writes (appendonly no): a crash loses the queue, which swarmd then rebuilds from its record',
      'redis-cli config set appendonly yes, and the same in redis.conf',
    );
  const used = Number(info.get('used_memory'));
  const most = Number(info.get('maxmemory'));
  if (most > 0 && used > 0.9 * most)
    add('warning', `Redis uses ${formatGb(used)} of its ${formatGb(most)}`, 'raise maxmemory');
  if (findings.length === 0)
    findings.push({
      check: 'queue',
      level: 'ok',
      message: `Redis ${version} at ${address}, noeviction, with a log`,
    });
  return findings;
}

export function parseInfo(text: string): Map<string, string> {
  const pairs = text.split(/\r?\n/).flatMap((line): [string, string][] => {
    const colon = line.indexOf(':');
    return colon < 1 || line.startsWith('#') ? [] : [[line.slice(0, colon), line.slice(colon + 1)]];
  });
  return new Map(pairs);
}

async function checkPostgres(url: string): Promise<Finding> {
  const { default: pg } = await import('pg');
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: answerWithinMs });
  client.on('error', () => {});
  try {
    await client.connect();
    const { rows } = await client.query<{ version: number }>(
      `select current_setting('server_version_num')::int as version`,
    );
    const major = Math.floor((rows[0]?.version ?? 0) / 10_000);
    if (major < 13)
      return {
        check: 'queue',
        level: 'failure',
        message: `PostgreSQL ${major} at ${withoutPassword(url)} is too old`,
        fix: 'use PostgreSQL 13 or later',
      };
    return { check: 'queue', level: 'ok', message: `PostgreSQL ${major} at ${withoutPassword(url)}` };
  } catch (error) {
    return {
      check: 'queue',
      level: 'failure',
      message: `no PostgreSQL answers at ${withoutPassword(url)}: ${error instanceof Error ? error.message : error}`,
      fix: 'start it, correct queue.url, or set queue.url: embedded, which needs no server',
    };
  } finally {
    await client.end().catch(() => {});
  }
}
