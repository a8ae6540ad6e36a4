import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Ajv } from 'ajv';
import { builtInActionTypes } from '../../config/action-types.ts';
import { place } from './support.ts';

const simple =
  'list_files git_status orch_status done sleep classify_memory extract_topic validate_format yes_no_decision tag_classification';
const moderate =
  'write_memory mem_search consolidate read_file search_text git_log git_diff check_deps run edit_file orch_transition summarize generate_code';
const complex =
  'exec http_request spawn_daemon orchestrate debug_error recover_error multi_file_refactor agent';

test('the built-in types have the classes of the system they come from', () => {
  const types = builtInActionTypes();
  for (const [complexity, names] of Object.entries({ simple, moderate, complex }))
    for (const name of names.split(' ')) assert.equal(types[name]?.complexity, complexity, name);
  assert.equal(types.prompt?.complexity, undefined);
  assert.equal(types.chat?.complexity, undefined);
});

test('every built-in template shows what was asked, every schema compiles', () => {
  for (const type of Object.values(builtInActionTypes())) {
    if (type.template !== undefined) assert.match(type.template, /\{\{prompt\}\}/, type.name);
    if (type.schema !== undefined) new Ajv({ strict: true }).compile(type.schema);
  }
});

test('a file in actions_dir is a type; one named as a built-in type replaces it; action_complexity comes before both', (t) => {
  const { write, load } = place(t);
  write(
    'project/types/triage.yaml',
    `complexity: simple
template: |
  Triage {{input.ticket}}: {{prompt}}
system: You triage.
schema: { type: object }
quality_threshold: 0.9
privacy: local
allow_personal_data: [contact]
critical: true
checks:
  - matches: { pattern: "P[1-4]" }
  - not_matches: { pattern: sorry, flags: i, hard: false }
  - command: { program: ./lint.sh, args: [-q], timeout_ms: 5 }
`,
  );
  write('project/types/summarize.yml', 'complexity: complex\n');
  write('project/types/README.md', 'not a type');
  write('project/swarmd.yaml', 'actions_dir: types\naction_complexity: { triage: moderate }');
  const { actionTypes } = load().config;
  assert.deepEqual(actionTypes.triage, {
    name: 'triage',
    complexity: 'moderate',
    template: 'Triage {{input.ticket}}: {{prompt}}',
    system: 'You triage.',
    schema: { type: 'object' },
    qualityThreshold: 0.9,
    privacy: 'local',
    allowPersonalData: ['contact'],
    critical: true,
    checks: [
      { kind: 'matches', pattern: 'P[1-4]', hard: true },
      { kind: 'not_matches', pattern: 'sorry', flags: 'i', hard: false },
      { kind: 'command', program: './lint.sh', args: ['-q'], timeoutMs: 5, hard: true },
    ],
    origin: `${load().files[0]?.replace('swarmd.yaml', 'types/triage.yaml')}`,
  });
  assert.equal(actionTypes.summarize?.complexity, 'complex');
});

test('mistakes in a type’s file are refused with file and line', (t) => {
  const { write, refusal } = place(t);
  write('project/types/a.yaml', 'complexty: simple\ntemplate: "{{promt}}"\n');
  write(
    'project/types/b.yaml',
    'template: "{{promt}}"\nchecks:\n  - matches: { pattern: "(" }\n  - { matches: { pattern: a }, not_matches: { pattern: b } }\n',
  );
  write('project/types/c.yaml', 'template: "{{promt}}"\nchecks:\n  - matches: { pattern: "(" }\n');
  write('project/types/agent.yaml', 'complexity: simple\n');
  write('project/swarmd.yaml', 'actions_dir: types');
  const message = refusal();
  for (const expected of [
    'types/a.yaml:1: complexty: unknown key (did you mean "complexity"?)',
    'types/b.yaml:4: checks.1: must be exactly one of matches, not_matches, command',
    'types/c.yaml:1: template: nothing is called {{promt}} ({{prompt}} and {{input.field}})',
    'types/b.yaml:1: template: nothing is called {{promt}} ({{prompt}} and {{input.field}})',
    'types/b.yaml:3: checks.0.matches.pattern: Invalid regular expression',
    'types/c.yaml:3: checks.0.matches.pattern: Invalid regular expression',
    'types/agent.yaml: name: agent is built in and cannot be replaced',
  ])
    assert.ok(message.includes(expected), `${expected}\nnot in\n${message}`);
  write('project/swarmd.yaml', 'actions_dir: nowhere');
  assert.match(refusal(), /swarmd\.yaml:1: actions_dir: there is no folder .*nowhere/);
});

test('a mistyped check is one fault with what may stand there; a program that is not there is found where it is looked for', (t) => {
  const { write, refusal, load } = place(t);
  write(
    'project/types/a.yaml',
    `checks:
  - matchs: { pattern: a }
  - not_matches: { patern: a }
  - command: { programm: ./a.sh }
  - matches: { pattern: "(" }
  - command: { program: ./absent.sh }
`,
  );
  write('project/swarmd.yaml', 'actions_dir: types');
  const lines = refusal({ isProgram: (program) => program !== './absent.sh' }).split('\n');
  assert.equal(lines.length, 6, lines.join('\n'));
  for (const expected of [
    /a\.yaml:2: checks\.0\.matchs: unknown key \(did you mean "matches"\?\) \(allowed here: matches, not_matches, command\)/,
    /a\.yaml:3: checks\.1\.not_matches\.patern: unknown key \(did you mean "pattern"\?\) \(allowed here: pattern, flags, hard\)/,
    /a\.yaml:4: checks\.2\.command\.programm: .*\(allowed here: program, args, timeout_ms, hard\)/,
    /a\.yaml:5: checks\.3\.matches\.pattern: Invalid regular expression/,
    /a\.yaml:6: checks\.4\.command\.program: there is no program "\.\/absent\.sh" that can be started/,
  ])
    assert.ok(
      lines.some((line) => expected.test(line)),
      `${expected} not in\n${lines.join('\n')}`,
    );
  write('project/types/a.yaml', 'checks:\n  - command: { program: ./absent.sh }\n');
  assert.equal(load().config.actionTypes.a?.checks.length, 1, 'a daemon does not look');
});
