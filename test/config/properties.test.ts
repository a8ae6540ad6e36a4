import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { mergeLayers } from '../../config/layers.ts';
import { newConfigFile } from '../../config/write.ts';
import { place } from './support.ts';

const layerNames = ['flag', 'env', 'project', 'user', 'system'] as const;

test('whichever layers set a key, the strongest of them wins and is named', (t) => {
  const { write, load } = place(t);
  fc.assert(
    fc.property(fc.subarray([...layerNames]), (chosen) => {
      const value = (layer: (typeof layerNames)[number]) => 1000 + layerNames.indexOf(layer);
      const yaml = (layer: (typeof layerNames)[number]) =>
        chosen.includes(layer) ? `queue: { lock_ms: ${value(layer)} }` : '';
      write('project/swarmd.yaml', yaml('project'));
      write('home/.config/swarmd/swarmd.yaml', yaml('user'));
      write('etc/swarmd.yaml', yaml('system'));
      const { config, origin } = load({
        flags: chosen.includes('flag') ? { 'queue.lock_ms': value('flag') } : {},
        env: chosen.includes('env') ? { SWARMD_QUEUE__LOCK_MS: String(value('env')) } : {},
      });
      const strongest = layerNames.find((layer) => chosen.includes(layer));
      assert.equal(config.queue.lockMs, strongest === undefined ? 30_000 : value(strongest));
      assert.equal(origin.has('queue.lock_ms'), strongest !== undefined);
    }),
    { numRuns: 32 },
  );
});

test('merging layers one by one or all at once gives the same', () => {
  const tree = fc.dictionary(
    fc.constantFrom('a', 'b', 'c'),
    fc.oneof(
      fc.integer(),
      fc.constant(null),
      fc.array(fc.integer()),
      fc.dictionary(fc.constantFrom('x', 'y'), fc.integer()),
    ),
  );
  const layer = (value: Record<string, unknown>, name: string) => ({
    name,
    value: structuredClone(value),
    base: '',
    where: () => name,
  });
  fc.assert(
    fc.property(tree, tree, tree, (first, second, third) => {
      const together = mergeLayers([layer(first, '1'), layer(second, '2'), layer(third, '3')]).value;
      const weaker = mergeLayers([layer(second, '2'), layer(third, '3')]).value;
      const stepwise = mergeLayers([layer(first, '1'), layer(weaker as Record<string, unknown>, '23')]).value;
      assert.deepEqual(stepwise, together);
    }),
  );
});

test('whatever is done to a file, it loads or is refused with places; nothing else is ever thrown', (t) => {
  const { write, load, refusal } = place(t);
  const text = newConfigFile('task-matrix').split('\n');
  const line = fc.oneof(
    fc.constantFrom(...text),
    fc.string({ maxLength: 30 }),
    fc.constantFrom(
      'routing: [',
      '  - &a {b: *a}',
      'tiers: 5',
      '<<: *x',
      'models: { a: { cost: 1 } }',
      '? {a: b}',
      '!!binary x',
      '%YAML 9',
      'hosts: null',
      '__proto__: { x: 1 }',
      'constructor: 1',
      '\t',
      '---',
      '...',
      'preset: 3',
    ),
  );
  fc.assert(
    fc.property(fc.array(line, { maxLength: 12 }), fc.nat(text.length), (lines, at) => {
      const mutated = [...text.slice(0, at), ...lines, ...text.slice(at)].join('\n');
      const file = write('project/swarmd.yaml', mutated);
      try {
        load();
      } catch {
        const message = refusal();
        assert.ok(message.includes(file) || message.includes('preset '), `${message}\n\n${mutated}`);
      }
    }),
    { numRuns: 300 },
  );
});
