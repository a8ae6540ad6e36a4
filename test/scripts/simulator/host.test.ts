import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { Host } from '../../../scripts/simulator/host.ts';
import { type Profile, profiles } from '../../../scripts/simulator/profiles.ts';
import { startSimulator } from '../../../scripts/simulator/simulator.ts';

function profile(name: string): Profile {
  const found = profiles.find((entry) => entry.name === name);
  assert.ok(found !== undefined);
  return found;
}

const phi = profile('phi3:mini');
const mixtral = profile('mixtral:8x7b');
const codestral = profile('codestral:22b');
const hardware = { vramGb: 24, maxLoadedModels: 3, slots: 2, maxQueue: 4, speed: 0 };
const names = (host: Host) => host.resident().map((loaded) => loaded.profile.name);

function host(options: Partial<typeof hardware> = {}): { host: Host; clock: { now: number } } {
  const clock = { now: 1_000 };
  return { host: new Host({ ...hardware, ...options }, () => clock.now), clock };
}

/** Takes a slot and says when it was given. */
function take(machine: Host, model: Profile, keepAliveMs = 300_000): { given: boolean } {
  const slot = { given: false };
  const ticket = machine.acquire(model, 4_096, keepAliveMs, () => {
    slot.given = true;
  });
  assert.ok(ticket !== undefined);
  return slot;
}

test('the least recently used idle model makes room; resident ones cost no load', () => {
  const { host: machine, clock } = host();
  for (const model of [phi, codestral]) {
    assert.ok(take(machine, model).given);
    machine.release(model);
    clock.now += 10;
  }
  take(machine, phi);
  machine.release(phi);
  assert.equal(machine.loads, 2);
  assert.ok(take(machine, profile('llama3.1:8b')).given);
  assert.deepEqual(names(machine).sort(), ['codestral:22b', 'llama3.1:8b', 'phi3:mini']);
  machine.release(profile('llama3.1:8b'));
  clock.now += 10;
  take(machine, profile('mistral:7b'));
  assert.ok(!names(machine).includes('codestral:22b'), 'it was used longest ago, and three may be loaded');
});

test('a busy model is not evicted: what waits for room holds up all after it, in order', () => {
  const { host: machine } = host();
  take(machine, codestral);
  const big = take(machine, profile('qwen2.5-coder:32b'));
  const behind = take(machine, codestral);
  assert.equal(big.given, false);
  assert.equal(behind.given, false, 'Ollama serves its queue in order');
  machine.release(codestral);
  assert.equal(big.given, true);
  assert.equal(behind.given, false);
  machine.release(profile('qwen2.5-coder:32b'));
  assert.equal(behind.given, true);
  assert.equal(machine.loads, 3);
});

test('a model serves as many requests at once as it has slots, and refuses beyond the queue', () => {
  const { host: machine } = host();
  const slots = Array.from({ length: 6 }, () => take(machine, phi));
  assert.deepEqual(
    slots.map((slot) => slot.given),
    [true, true, false, false, false, false],
  );
  assert.equal(
    machine.acquire(phi, 4_096, 0, () => undefined),
    undefined,
    'four wait already',
  );
  machine.release(phi);
  assert.equal(slots[2]?.given, true);
});

test('keep_alive unloads after its time, at once for 0, never below it; another num_ctx loads again', () => {
  const { host: machine, clock } = host();
  take(machine, phi, 1_000);
  machine.release(phi);
  assert.deepEqual(names(machine), ['phi3:mini']);
  clock.now += 1_001;
  assert.deepEqual(names(machine), []);
  take(machine, phi, 0);
  machine.release(phi);
  assert.deepEqual(names(machine), []);
  take(machine, phi, -1);
  machine.release(phi);
  clock.now += 1e9;
  assert.deepEqual(names(machine), ['phi3:mini']);
  const before = machine.loads;
  machine.acquire(phi, 8_192, -1, () => undefined);
  assert.equal(machine.loads, before + 1);
});

test('a model larger than the memory runs alone, partly on the CPU and slowly', () => {
  const { host: machine } = host();
  take(machine, mixtral);
  assert.equal(machine.resident()[0]?.vramGb, 24);
  assert.ok(machine.pace(mixtral) < 1);
});

test("loading takes the profile's time, scaled, and is told in load_duration", async () => {
  const simulator = await startSimulator({ speed: 0.02 });
  try {
    const ask = async () =>
      (await (
        await fetch(`${simulator.url}/api/chat`, {
          method: 'POST',
          body: JSON.stringify({
            model: 'phi3:mini',
            stream: false,
            messages: [{ role: 'user', content: 'What is 1 + 1?' }],
          }),
        })
      ).json()) as { load_duration: number };
    const first = (await ask()).load_duration / 1e6;
    const second = (await ask()).load_duration / 1e6;
    assert.ok(first >= phi.loadMs * 0.02 - 2, `${first} ms`);
    assert.ok(second < first);
  } finally {
    await simulator.close();
  }
});

test('the command prints its addresses as JSON, serves, and ends cleanly on SIGTERM', async () => {
  const child = spawn(
    process.execPath,
    ['scripts/simulator/main.ts', '--port', '0', '--speed', '0', '--json'],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const exited = new Promise<number | null>((resolve) => child.on('exit', resolve));
  const lines = createInterface({ input: child.stdout });
  const line = await new Promise<string>((resolve) => lines.once('line', resolve));
  const { url, simulated, env } = JSON.parse(line) as {
    url: string;
    simulated: boolean;
    env: Record<string, string>;
  };
  assert.equal(simulated, true);
  assert.equal(env.OPENAI_BASE_URL, `${url}/v1`);
  assert.match(await (await fetch(url)).text(), /simulated/);
  child.kill('SIGTERM');
  assert.equal(await exited, 0);
});

test('the command refuses a wrong option with exit code 64, and helps', async () => {
  const run = (...args: string[]) =>
    new Promise<{ code: number | null; text: string }>((resolve) => {
      const child = spawn(process.execPath, ['scripts/simulator/main.ts', ...args]);
      let text = '';
      child.stdout.on('data', (data) => (text += data));
      child.stderr.on('data', (data) => (text += data));
      child.on('exit', (code) => resolve({ code, text }));
    });
  const wrong = await run('--speed', 'fast');
  assert.equal(wrong.code, 64);
  assert.match(wrong.text, /--speed is "fast"/);
  const help = await run('--help');
  assert.equal(help.code, 0);
  assert.match(help.text, /Example/);
});
