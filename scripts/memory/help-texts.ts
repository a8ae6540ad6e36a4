import type { CommandName } from './command-table.ts';

export interface Help {
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

export const texts: Readonly<Record<CommandName, Help>> = {
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
  show: {
    summary: 'one entry with every field, its chain of superseding, and decisions against it',
    usage: 'mem-db show ID',
    examples: ['mem-db show 12', 'mem-db show 12 --json'],
  },
  supersede: {
    summary: 'put a newer entry in the place of an older one',
    usage: 'mem-db supersede ID by=NEWER | text=TEXT [key=value ...]',
    details: [
      'What a new entry does not state it takes from the old one. The old one stays, hidden: status=any.',
    ],
    examples: ['mem-db supersede 12 by=15', 'mem-db supersede 12 text="Use PASETO" choice=paseto'],
  },
  confirm: {
    summary: 'make a decision or lesson binding for agents',
    usage: 'mem-db confirm ID [--by NAME]',
    details: ['Text taken from untrusted content cannot be confirmed: write it anew in your own words.'],
    examples: ['mem-db confirm 12', 'mem-db confirm 12 --by alice'],
  },
  todo: {
    summary: 'todos and goals: list, claim, done, block, open, context',
    usage: 'mem-db todo [list | claim [ID] | done ID | block ID | open ID | context ID]',
    details: [
      'list [--state S] [--all] [--limit N]   not done ones, the most pressing first',
      'claim [ID] [--by NAME] [--for 45min]   one holder at a time; prints a fence; exit 1 when none is free',
      'done|block|open ID [TEXT] [--fence N] [--by NAME] [--force]   refused with a stale fence,\n    or while another holds it',
      'context ID                             what was tried and found, and lessons on its topic',
    ],
    examples: [
      'mem-db write t=T topic=db text="Add an index" importance=H due=2026-12-01',
      'mem-db todo claim --by worker-1 --for 30min',
      'mem-db todo done 12 "Index added, query 3 ms" --fence 1',
      'mem-db todo block 12 "needs a decision on the schema"',
    ],
  },
  embed: {
    summary: 'give entries vectors of the configured embedding model',
    usage: 'mem-db embed [--limit N]',
    details: ['Only a model on your own hardware is used. Vectors of another model are replaced.'],
    examples: ['mem-db embed', 'mem-db embed --limit 1000'],
  },
  semantic: {
    summary: 'entries by words and, where there are vectors, by meaning, best first',
    usage: 'mem-db semantic TEXT [--limit N] [--text-only] | --eval FILE',
    details: [
      'Without an embedding model, or without vectors, it says that it searches words only.',
      '--eval FILE measures recall: lines of {"question": "…", "ids": [12]} or {"question": "…", "text": "…"}.',
    ],
    examples: ['mem-db semantic "how do users log in?"', 'mem-db semantic "json web*" --limit 5 --text-only'],
  },
  topics: {
    summary: 'topics with their numbers, the most recent first',
    usage: 'mem-db topics [--limit N]',
    examples: ['mem-db topics', 'mem-db topics --json'],
  },
  consolidate: {
    summary: 'propose to merge entries that say the same; approve or reject',
    usage: 'mem-db consolidate [--recent | --all | --id N | --list] | approve N | reject N',
    details: ['Nothing changes before a proposal is approved; what is dropped is kept as status=duplicate.'],
    examples: ['mem-db consolidate --all', 'mem-db consolidate approve 3', 'mem-db consolidate reject 4'],
  },
  prune: {
    summary: 'drop what has outlived its use, and say what',
    usage:
      'mem-db prune [days=30] [key=value ...] [--type-days T=N,…] [--topic-days TOPIC=N,…] [--max-entries N] [--ledger-days N] [--dry-run] [--vacuum]',
    details: [
      'Superseded, deprecated and duplicate entries go after `days`; conversations after 30 days, actions,',
      'attempts and phases after 180, or `days` if that is longer; what filters select, after `days`.',
      '--type-days and --topic-days state other days, 0 for good; --max-entries N comes down to N entries: first',
      'what is not in force, then the least important, events before knowledge before decisions, the oldest first.',
      'Kept whatever their age and number: importance H, confirmed entries, todos not done.',
      '--ledger-days N also drops calls and ended actions older than that; sums by hour and day stay.',
    ],
    examples: [
      'mem-db prune --dry-run',
      'mem-db prune days=90',
      'mem-db prune days=7 topic=scratch',
      'mem-db prune --type-days conversation=14 --topic-days scratch=3 --max-entries 100000',
      'mem-db prune --ledger-days 400',
    ],
  },
  export: {
    summary: 'every entry as JSON lines, oldest first (takes the filters of query)',
    usage: 'mem-db export [key=value ...] > FILE',
    examples: ['mem-db export > memory.jsonl', 'mem-db export project=x recent=90d'],
  },
  import: {
    summary: "take in an export, or the predecessor's JSONL or SQLite file",
    usage: 'mem-db import FILE',
    details: ['Importing twice adds nothing. Lines that cannot be taken are named; then the exit code is 1.'],
    examples: [
      'mem-db import memory.jsonl',
      'mem-db import old-memory.db --json',
      'mem-db export | mem-db --db copy.db import -',
    ],
  },
  backup: {
    summary: 'copy the file while others write, and check the copy',
    usage: 'mem-db backup [FILE] [--force]',
    details: ['A file that exists is replaced only with --force; the memory itself never.'],
    examples: ['mem-db backup', 'mem-db backup /backups/memory.db'],
  },
  restore: {
    summary: 'put a backup in the place of the memory; the old file is kept beside it',
    usage: 'mem-db restore FILE',
    examples: ['mem-db restore /backups/memory.db'],
  },
  sql: {
    summary: 'one query, read-only and time-limited',
    usage: 'mem-db sql "select ..." [--timeout 10s] [--limit 1000]',
    details: [
      'Tables and views are described in docs/memory.md: entries, actions, calls, llm_calls, budget_days …',
    ],
    examples: [
      'mem-db sql "select tier, count(*), sum(cost_usd) from llm_calls group by tier"',
      'mem-db sql "select type, count(*) from entries group by type" --json',
    ],
  },
  watch: {
    summary: 'new entries as they come (takes the filters of query)',
    usage: 'mem-db watch [key=value ...] [--after ID] [--max N] [--for 10min]',
    details: ['--after ID goes on where an earlier watch ended, so nothing is missed in between.'],
    examples: ['mem-db watch t=d', 'mem-db watch --after 120 --json'],
  },
  mcp: {
    summary: 'serve the memory to an MCP client on standard input and output',
    usage: 'mem-db mcp [--read-only] [--client NAME [--role R] [--project P] [--chat C]]',
    details: ['With --client the server sees and writes what that identity may; without, everything.'],
    examples: ['mem-db mcp --read-only', 'mem-db mcp --client editor --role coder'],
  },
};
