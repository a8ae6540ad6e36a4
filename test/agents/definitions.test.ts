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

test('two files for one agent, and a folder that is not there, are refused by name', (t) => {
  const folder = tempDir(t);
  for (const file of ['one.md', 'two.md'])
    writeFileSync(join(folder, file), '---\nname: poet\ndescription: Rhymes.\n---\nRhyme.\n');
  assert.throws(() => loadAgents(folder), {
    code: 'CONFIG_INVALID',
    message: /two\.md: the agent "poet" is defined twice/,
  });
  assert.throws(() => loadAgents(join(folder, 'none')), {
    code: 'CONFIG_INVALID',
    message: /^agents_dir: cannot read .*none/,
  });
});

test('an agent may be private, and says nothing where it is not', () => {
  const text = (line: string) => `---\nname: a\ndescription: b\n${line}---\nx`;
  assert.equal(parseAgent(text('privacy: local\n'), 'a.md').privacy, 'local');
  assert.equal(parseAgent(text(''), 'a.md').privacy, undefined);
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
    'a privacy that would loosen',
    '---\nname: a\ndescription: b\nprivacy: any\n---\nx',
    /privacy: only local: the strictest/,
  ],
  [
    'a mistyped privacy',
    '---\nname: a\ndescription: b\nprivasy: local\n---\nx',
    /"privasy" \(did you mean "privacy"\?\)/,
  ],
  ...[
    'tools: [read_file]',
    'tier: local_fast',
    'max_turns: 5',
    'max_tokens: 100',
    'budget_usd: 1',
    'timeout: 60',
    'max_children: 2',
    'max_depth: 1',
    'max_descendants: 3',
    'output_schema: {}',
  ].map((line): [string, string, RegExp] => [
    `${line}, which is planned and does nothing yet,`,
    `---\nname: a\ndescription: b\n${line}\n---\nx`,
    new RegExp(`"${line.split(':')[0]}" has no effect yet and is refused \\(instead: .+\\)`),
  ]),
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
