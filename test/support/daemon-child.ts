/** A daemon in a process of its own, so that a test can kill it. Its settings come as JSON in the first argument. */
import { runDaemon } from '../../daemon/main.ts';
import { testConfig, testEnv } from './config.ts';

const given = JSON.parse(process.argv[2] ?? '{}') as Parameters<typeof testConfig>[0];
const { config } = testConfig(given);
process.exitCode = await runDaemon({ config, env: testEnv(given) }, (daemon) => {
  process.stdout.write(`${JSON.stringify({ url: daemon.url, token: daemon.token })}\n`);
});
