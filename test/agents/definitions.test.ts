import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadAgents, parseAgent } from '../../agents/definitions.ts';
import { tempDir } from '../support/temp.ts';

test('the built-in agents load', () => {
  const agents = loadAgents(undefined);
  assert.deepEqual([...agents.keys()].sort(), ['planner', 'summarizer', 'worker']);
  for (const agent of agents.values()) assert.ok(agent.instruction.length > 50);
});

test("a user's file replaces the built-in agent of the same name and adds others", (t) => {
  const folder = tempDir(t);
  writeFileSync(join(folder, 'worker.md'), '---\nname: worker\ndescription: Mine.\n---\nWork my way.\n');
  writeFileSync(
    join(folder, 'poet.md'),
    '---\nname: poet\ndescription: Rhymes.\ncomplexity: simple\n---\nRhyme.\n',
  );
  const agents = loadAgents(folder);
  assert.equal(agents.get('worker')?.instruction, 'Work my way.');
  assert.equal(agents.get('poet')?.complexity, 'simple');
  assert.ok(agents.has('planner'));
});

const faults: [string, string, RegExp][] = [
  ['no front matter', 'Just text', /does not begin with YAML front matter/],
  ['front matter that is no YAML', '---\nname: [\n---\nx', /is no YAML/],
  [
    'an unknown field',
    '---\nname: a\ndescription: b\ncomplexty: simple\n---\nx',
    /"complexty" \(did you mean "complexity"\?\)/,
  ],
  ['a missing description', '---\nname: a\n---\nx', /description/],
  [
    'a complexity that does not exist',
    '---\nname: a\ndescription: b\ncomplexity: hard\n---\nx',
    /complexity/,
  ],
  [
    'an empty instruction',
    '---\nname: a\ndescription: b\n---\n',
    /instruction below the front matter is empty/,
  ],
];
for (const [what, text, message] of faults) {
  test(`${what} is refused with the file named`, () => {
    assert.throws(
      () => parseAgent(text, 'agents/bad.md'),
      (error: Error) => error.message.includes('agents/bad.md') && message.test(error.message),
    );
  });
}
