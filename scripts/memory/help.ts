import { readFileSync } from 'node:fs';
import { packageRoot } from '../../config/paths.ts';
import { entryTypes } from '../../memory/entry-types.ts';
import { type CommandName, commandNames } from './command-table.ts';

interface Help {
  summary: string;
  usage: string;
  details?: readonly string[];
  examples: readonly string[];
}

const filters = [
  'Filters are AND-ed, newest first:',
  '  t|type=d,f         type as letter or word (see mem-db --help); several with commas',
  '  topic=auth         exact; session, source, choice, scope, chat_id|chat, role, visibility, project,',
  '                     task_id|task, metric, client, importance likewise',
  '  text="use JWT"     contains, in any case; words="json web*" full-text: all words, "phrases", prefix*',
  '  recent=7d          at most that old: s, min, h, d, w, m (months); recent=7d..1d a window',
  '  since=2026-11-01   from a day or time on (UTC); until=2026-11-21 to its end; since=A..B both',
  '  id=10..20          one id or a range; due=..2026-12-01 likewise',
  '  status=any         also superseded, deprecated and duplicate entries; or one of these words',
  '  limit=20           -1 or all: every entry; sort=newest|oldest|-importance|topic|id|due; count',
  '  by=topic           numbers by type, topic, day, role, project, source or status',
  'Two topics are answered from the ledger of model calls and combine with every filter:',
  '  topic=llm_cost     one line per accepted answer; also tier=, model=, agent=, client=;',
  '                     by=tier|day|agent|client|model|type sums them',
  '  topic=llm_summary  one line per day',
];

const texts: Readonly<Record<CommandName, Help>> = {
  init: {
    summary: 'create the file, or bring an older one up to date',
    usage: 'mem-db init',
    examples: ['mem-db init', 'mem-db --db ./project.db init'],
  },
  status: {
    summary: 'what is in it: entries by type, actions, the day in one line',
    usage: 'mem-db status',
    examples: ['mem-db status', 'mem-db status --json'],
  },
  health: {
    summary: 'check the file, its indexes, its sums, and that a write commits',
    usage: 'mem-db health [--deep]',
    examples: ['mem-db health', 'mem-db health --deep --json'],
  },
  query: {
    summary: 'entries by filter',
    usage: 'mem-db query [key=value ...]',
    details: filters,
    examples: [
      'mem-db query t=d limit=5',
      'mem-db query topic=auth',
      'mem-db query text=keyword recent=7d',
      'mem-db query topic=llm_cost recent=24h',
      'mem-db query topic=llm_cost recent=7d by=tier',
      'mem-db query topic=llm_summary recent=1d limit=1',
    ],
  },
  recent: {
    summary: 'the newest entries (takes the filters of query)',
    usage: 'mem-db recent [key=value ...]',
    examples: ['mem-db recent', 'mem-db recent limit=5 --json'],
  },
  render: {
    summary: "entries as lines for a model's context (takes the filters of query)",
    usage: 'mem-db render [key=value ...]',
    examples: ['mem-db render t=L', 'mem-db render topic=auth recent=30d'],
  },
  write: {
    summary: 'store an entry and print it as JSON',
    usage: 'mem-db write t=TYPE text=TEXT [key=value ...]',
    details: [
      'Fields: topic, choice, rationale, session, source, importance (H, M, L), due (YYYY-MM-DD), links,',
      'scope (shared, chat, agent, team), chat_id, role, visibility (public, internal, private), project,',
      'task_id, metric, timestamp. text=- reads the text from standard input.',
      'The same entry written again is counted, not stored twice.',
    ],
    examples: [
      'mem-db write t=d topic=auth text="Use JWT" choice=jwt rationale="stateless"',
      'mem-db write t=L text="Run the migration before the tests" importance=H',
    ],
  },
};

export function helpText(command: CommandName | undefined): string {
  return command === undefined ? overview() : commandHelp(texts[command]);
}

function overview(): string {
  const types = entryTypes.map((type) => `${type.code} ${type.name}`).join(', ');
  return [
    'mem-db: the memory of swarmd, one SQLite file',
    '',
    'Usage: mem-db COMMAND [key=value ...] [--db FILE] [--json]',
    '',
    ...commandNames.map((name) => `  ${name.padEnd(12)} ${texts[name].summary}`),
    '',
    `Types: ${types}`,
    'File:  --db FILE, else MEMORY_DB, else memory.db in the data directory (SWARMD_HOME).',
    'Exit:  0 done, 1 failed or not found, 64 wrong usage, 69 no file, 75 locked, 77 not allowed, 78 newer file.',
    '',
    'mem-db COMMAND --help says more.',
  ].join('\n');
}

function commandHelp(help: Help): string {
  return [
    `${help.summary[0]?.toUpperCase()}${help.summary.slice(1)}.`,
    '',
    `Usage: ${help.usage} [--db FILE] [--json]`,
    ...(help.details === undefined ? [] : ['', ...help.details]),
    '',
    'Examples:',
    ...help.examples.map((example) => `  ${example}`),
  ].join('\n');
}

export function version(): string {
  return String(JSON.parse(readFileSync(`${packageRoot()}/package.json`, 'utf8')).version);
}
