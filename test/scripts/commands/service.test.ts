import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../../../config/paths.ts';
import { quoted, swarmdUnit } from '../../../scripts/service/unit.ts';
import { tempDir } from '../../support/temp.ts';
import { swarmd } from './support.ts';

const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0;
const skip = hasSystemd ? false : 'no systemd-analyze on this machine';

/** What `systemd-analyze verify` says of a unit; empty when it accepts it without a word. */
function verify(path: string, ...options: string[]): string {
  const { status, stdout, stderr } = spawnSync('systemd-analyze', [...options, 'verify', path], {
    encoding: 'utf8',
    env: { ...process.env, XDG_RUNTIME_DIR: tmpdir() },
  });
  return status === 0 ? stdout + stderr : `rc ${status}: ${stdout}${stderr}`;
}

test('systemd accepts the shipped unit', { skip }, () => {
  assert.equal(verify(join(packageRoot(), 'scripts/service/swarmd.service')), '');
});

test('systemd accepts the units that install writes, whatever is in their paths', { skip }, (t) => {
  const folder = join(tempDir(t), 'with space, 100% "$HOME"');
  mkdirSync(folder);
  const launcher = join(folder, 'swarmd');
  writeFileSync(launcher, '#!/bin/sh\n');
  chmodSync(launcher, 0o755);
  for (const scope of ['user', 'system'] as const) {
    const path = join(folder, '..', 'swarmd.service');
    writeFileSync(
      path,
      swarmdUnit({
        command: ['/bin/sh', launcher, 'start'],
        environment: { SWARMD_HOME: folder },
        drainMs: 45_000,
        scope,
      }),
    );
    assert.equal(verify(path, ...(scope === 'user' ? ['--user'] : [])), '', scope);
  }
});

test('the unit stops later than the drain, restarts crashes and not mistakes, and leaves V8 alone', () => {
  for (const scope of ['user', 'system'] as const) {
    const unit = swarmdUnit({ command: ['/x/swarmd', 'start'], environment: {}, drainMs: 100_000, scope });
    for (const line of [
      'Type=notify',
      'NotifyAccess=all',
      'ExecStart=/x/swarmd start',
      'KillMode=mixed',
      'TimeoutStopSec=130',
      'RestartPreventExitStatus=78 64',
      'NoNewPrivileges=yes',
    ])
      assert.ok(unit.split('\n').includes(line), `${scope}: ${line}`);
    assert.doesNotMatch(unit, /^(MemoryDenyWriteExecute|RestrictNamespaces)/m);
  }
});

test('words of a command line survive systemd’s own expansion', () => {
  assert.equal(quoted('/plain/path-1.2'), '/plain/path-1.2');
  assert.equal(quoted('100%'), '100%%');
  assert.equal(quoted('$HOME'), '$$HOME');
  assert.equal(quoted('A=$HOME 5%', 'environment'), '"A=$HOME 5%%"');
  assert.equal(quoted('a "b" \\c'), '"a \\"b\\" \\\\c"');
});

test('install --dry-run shows the unit with the file in force and the commands, and writes nothing', (t) => {
  const cwd = tempDir(t);
  writeFileSync(join(cwd, 'swarmd.yaml'), 'drain_ms: 60000\n');
  const { status, stdout } = swarmd(['service', 'install', '--dry-run'], { cwd });
  assert.equal(status, 0);
  assert.ok(
    stdout.includes(`ExecStart=/bin/sh ${packageRoot()}/scripts/swarmd start --config ${cwd}/swarmd.yaml`),
  );
  assert.match(stdout, /^TimeoutStopSec=90$/m);
  assert.match(stdout, /# systemctl --user enable --now swarmd\.service/);
  assert.equal(existsSync(join(cwd, '.config')), false);
});

test('install, status and uninstall drive systemctl and say what they do', (t) => {
  const cwd = tempDir(t);
  const bin = join(cwd, 'bin');
  mkdirSync(bin);
  // Stands for systemctl: notes its words, and is active while the unit is there.
  writeFileSync(
    join(bin, 'systemctl'),
    `#!/bin/sh\necho "$@" >> ${cwd}/calls\n[ "$2" = is-active ] && echo active\nexit 0\n`,
  );
  chmodSync(join(bin, 'systemctl'), 0o755);
  const env = { PATH: `${bin}:${process.env.PATH}` };
  const unit = join(cwd, '.config/systemd/user/swarmd.service');
  assert.match(swarmd(['service', 'status'], { cwd, env }).stdout, /not installed/);
  const written = swarmd(['service', 'install', '--no-start'], { cwd, env });
  assert.match(written.stdout, /to start: systemctl --user daemon-reload/);
  assert.equal(
    existsSync(join(cwd, 'calls')) && /reload/.test(readFileSync(join(cwd, 'calls'), 'utf8')),
    false,
  );
  const failing = tempDir(t);
  writeFileSync(join(failing, 'systemctl'), '#!/bin/sh\necho no bus >&2\nexit 1\n', { mode: 0o755 });
  const taken = swarmd(['service', 'uninstall'], { cwd, env: { PATH: `${failing}:${process.env.PATH}` } });
  assert.match(taken.stdout, /removed swarmd\.service/);
  assert.match(taken.stderr, /no bus/);
  assert.equal(existsSync(unit), false);
  const installed = swarmd(['service', 'install'], { cwd, env });
  assert.equal(installed.status, 0, installed.stderr);
  assert.ok(installed.stdout.includes(`wrote ${unit}`) && existsSync(unit));
  const status = swarmd(['service', 'status', '--json'], { cwd, env });
  assert.deepEqual([status.status, JSON.parse(status.stdout).state], [0, 'active']);
  assert.equal(swarmd(['service', 'uninstall'], { cwd, env }).status, 0);
  assert.equal(existsSync(unit), false);
  assert.equal(swarmd(['service', 'uninstall'], { cwd, env }).status, 1);
  assert.deepEqual(readFileSync(join(cwd, 'calls'), 'utf8').trim().split('\n'), [
    '--user daemon-reload',
    '--user enable --now swarmd.service',
    '--user is-active swarmd.service',
    '--user disable --now swarmd.service',
    '--user daemon-reload',
  ]);
});

test('the pm2 file runs the launcher in one process and waits longer than the drain', () => {
  const { apps } = createRequire(import.meta.url)('../../../scripts/service/ecosystem.config.cjs');
  assert.equal(apps[0].script, join(packageRoot(), 'scripts', 'swarmd'));
  assert.equal(existsSync(apps[0].script), true);
  assert.deepEqual(
    [apps[0].exec_mode, apps[0].instances, apps[0].wait_ready, apps[0].interpreter],
    ['fork', 1, true, 'none'],
  );
  assert.ok(apps[0].kill_timeout > 40_000);
});

test('each llama.cpp and vLLM server of this machine gets a unit with port, context, slots and tool template', (t) => {
  const cwd = tempDir(t);
  writeFileSync(
    join(cwd, 'swarmd.yaml'),
    `hosts:
  fast: { endpoint: "http://127.0.0.1:8081", slots: 4 }
tiers:
  local_fast:
    models:
      - { name: llama-3.1-8b, provider: openai-compatible, server: llama_cpp, host: fast, model_file: "/models/8b q4.gguf" }
      - { name: spare, provider: openai-compatible, server: llama_cpp, host: fast, model_file: /m.gguf, context_window: 9 }
  local_quality:
    models:
      - { name: qwen2.5-coder-32b, provider: openai-compatible, server: llama_cpp, endpoint: "http://127.0.0.1:8080" }
      - qwen3-14b
      - { name: far, provider: openai-compatible, server: vllm, endpoint: "http://10.0.0.9:8000", self_hosted: true, context_window: 9 }
      - { name: tools, provider: openai-compatible, server: vllm, model_id: Qwen/Qwen3-4B, endpoint: "http://127.0.0.1:8001", supports_tools: true, context_window: 8192 }
`,
  );
  const dry = swarmd(['service', 'install', '--model-servers', '--dry-run'], { cwd });
  assert.equal(dry.status, 0, dry.stderr);
  const commands = dry.stdout.split('\n').filter((line) => line.startsWith('ExecStart='));
  assert.deepEqual(commands, [
    'ExecStart=/usr/bin/env llama-server --model "/models/8b q4.gguf" --alias llama3.1:8b --host 127.0.0.1 --port 8081 --ctx-size 32768 --parallel 4 --jinja',
    'ExecStart=/usr/bin/env vllm serve Qwen/Qwen3-14B --host 127.0.0.1 --port 8000 --max-model-len 32768 --max-num-seqs 4',
    'ExecStart=/usr/bin/env vllm serve Qwen/Qwen3-4B --host 127.0.0.1 --port 8001 --max-model-len 8192 --max-num-seqs 4 --enable-auto-tool-choice --tool-call-parser hermes',
  ]);
  assert.match(
    dry.stderr,
    /no unit for spare: one server serves one model, and http:\/\/127\.0\.0\.1:8081\/v1 is taken/,
  );
  assert.match(dry.stderr, /no unit for qwen2\.5-coder-32b: llama\.cpp needs its model_file/);
  assert.match(dry.stderr, /warning: llama-server is not in PATH/);
  assert.match(
    dry.stdout,
    /# systemctl --user enable --now swarmd-model-llama-3\.1-8b\.service swarmd-model-qwen3-14b\.service swarmd-model-tools\.service/,
  );
  if (!hasSystemd) return;
  const unit = dry.stdout.slice(
    dry.stdout.indexOf('# Written by'),
    dry.stdout.indexOf('WantedBy=default.target'),
  );
  const path = join(cwd, 'swarmd-model-test.service');
  writeFileSync(path, `${unit}WantedBy=default.target\n`);
  assert.equal(verify(path, '--user'), '');
});
