import {
  asParsersKnow,
  clause,
  commands,
  type Dialect,
  dialectsFor,
  expression,
  trailingComma,
} from './sql-dialects.ts';
import { type SqlStatement, sqlAlone, sqlStatements, statementAt, unclosed } from './sql-statements.ts';
import { blanked } from './sql-tokens.ts';

/**
 * The first syntax error of a piece of SQL, where no dialect accepts a statement: which one is meant is often
 * not said, and answers mix them. `judged` is false where nothing in it could be read as SQL.
 *
 * The parsers: datafusion's (Apache-2.0, WebAssembly; 2 ms for 8 KB in any dialect) and, for what it refuses,
 * PostgreSQL's own. Left out: sql-parser-cst (GPL, 8 to 12 ms a dialect, no T-SQL, a third fewer statements of
 * the dialects' own tests accepted); SQLite's own, which takes `a INT b INT` for one column of type "INT b INT".
 */
export async function sqlError(
  name: string,
  code: string,
): Promise<{ judged: boolean; error: string | undefined }> {
  const sql = sqlAlone(code);
  if (sql === undefined) return { judged: false, error: undefined };
  const reader = await readerFor(name, sql);
  // All of it at once, as it mostly is; then statement by statement from the first that was refused.
  let known = reader.trailing(sql) ? undefined : reader.readOn(sql, 0);
  if (known !== undefined && known.refused === undefined) return { judged: true, error: undefined };
  let judged = false;
  let changes = 0;
  const waiting = sqlStatements(sql);
  for (let statement = waiting.shift(); statement !== undefined; statement = waiting.shift()) {
    const end = statement.start + statement.text.length;
    if (known !== undefined && end < known.right) {
      judged = true;
      continue;
    }
    // The rest is not judged: a mixture of dialects that would take longer than an answer may.
    if (reader.work > Math.max(leastWork, workPerCharacter * sql.length)) break;
    const [dialect] = reader.dialects;
    const stopped = known?.dialect === dialect && end - statement.start > longStatement ? known : undefined;
    const outcome = await judge(
      statement,
      reader,
      stopped === undefined ? undefined : within(statement, stopped),
    );
    if (outcome === 'not judged') continue;
    judged = true;
    if (outcome !== 'accepted') {
      if (!('rest' in outcome)) return { judged, error: `line ${outcome.line}: ${outcome.message}` };
      waiting.unshift(outcome.rest);
    } else if (reader.dialects[0] !== dialect && ++changes <= mostChanges) known = reader.readOn(sql, end);
  }
  return { judged, error: undefined };
}

/** Where reading on stopped, in the terms of the statement it stopped in; undefined where that is another one. */
function within(
  { start, text }: SqlStatement,
  { right, refused }: { right: number; refused: Refused | undefined },
): Refused | undefined {
  const at = right - start;
  if (refused === undefined || at < 0 || at > text.length) return undefined;
  return { message: refused.message, at, line: text.slice(0, at).split('\n').length };
}

/** Parsing is bounded in characters (each call counts as 160 more): 24,000 are some 6 ms. */
const leastWork = 24_000;
const workPerCharacter = 3;
const workOfCall = 160;
/** So often the rest is read at once in the dialect that took a statement which the one before it refused. */
const mostChanges = 2;
/** A statement longer than this is tried in three dialects only. */
const longStatement = 4_000;

interface Refused {
  message: string;
  /** Within the text that was read, from 1. */
  line: number;
  /** The character of that text at which it was refused; 0 where none is known. */
  at: number;
}

interface SqlReader {
  /** The likeliest first; one that accepts a statement becomes the first. */
  dialects: Dialect[];
  /** Characters given to parsers so far, and 160 for each call. */
  work: number;
  errorIn(dialect: Dialect, sql: string): Refused | undefined;
  /** By the first dialect, from a place to the end: statements that end before `right` are accepted. */
  readOn(sql: string, from: number): { dialect: Dialect; right: number; refused: Refused | undefined };
  /** A trailing comma where only BigQuery would take it, and nothing says that it is meant. */
  trailing(sql: string): boolean;
}

const batchEnd = /^GO(?:[^\S\n]+\d+)?(?=[^\S\n]*$)/gim;

async function readerFor(name: string, code: string): Promise<SqlReader> {
  const { validate, init } = await import('@guanmingchiu/sqlparser-ts');
  await init();
  const { dialects, forBigQuery } = dialectsFor(name, code);
  const reader: SqlReader = {
    dialects,
    work: 0,
    errorIn(dialect, sql) {
      reader.work += workOfCall + sql.length;
      try {
        validate(sql, dialect);
        return undefined;
      } catch (error) {
        return refusedOf((error as Error).message, sql);
      }
    },
    readOn(sql, from) {
      const [dialect = 'postgresql'] = reader.dialects;
      // A batch ends a statement as a semicolon does, and parsers know only that.
      const text = sql.slice(from).replace(batchEnd, (go) => `;${' '.repeat(go.length - 1)}`);
      const refused = reader.errorIn(dialect, text);
      return {
        dialect,
        right: refused === undefined ? Number.POSITIVE_INFINITY : from + refused.at,
        refused,
      };
    },
    trailing: (sql) => !forBigQuery && trailingComma(sql) && trailingComma(blanked(sql, ['comment'])),
  };
  return reader;
}

function refusedOf(said: string, sql: string): Refused {
  const [, line, column] = /at Line: (\d+), Column: (\d+)/.exec(said) ?? [];
  const message = said
    .replace(/^sql parser error: /, '')
    .replace(/ at Line: \d+, Column: \d+/, '')
    .replace(/^Expected:? (.*), found: /s, 'expected $1, found ');
  if (line === undefined && message.endsWith('found EOF')) {
    const at = sql.trimEnd().length;
    return { message, line: sql.slice(0, at).split('\n').length, at };
  }
  let at = 0;
  for (let n = 1; n < Number(line ?? 1); n++) at = sql.indexOf('\n', at) + 1;
  at += Number(column ?? 1) - 1;
  // A text is cut into words before any of it is parsed: what comes before an unknown sign is not yet right.
  return { message, line: Number(line ?? 1), at: message.startsWith('expected') ? at : 0 };
}

type Outcome = 'accepted' | 'not judged' | { rest: SqlStatement } | { line: number; message: string };

/** By all dialects in turn, as it stands and then as parsers know it. */
async function judge(
  statement: SqlStatement,
  reader: SqlReader,
  known: Refused | undefined,
): Promise<Outcome> {
  const { text } = statement;
  const plain = blanked(text, ['comment']).trim();
  if (commands.test(plain)) return 'not judged';
  const trailing = reader.trailing(text);
  const allowed = reader.dialects.filter((dialect) => !(trailing && dialect === 'bigquery'));
  // Each has procedures of its own; where T-SQL's are spoken, the others' parsers have nothing to say.
  const most = statement.procedural
    ? allowed[0] === 'mssql'
      ? 1
      : 2
    : text.length > longStatement
      ? 3
      : allowed.length;
  const dialects = allowed.slice(0, most);
  const accept = (dialect: Dialect): Outcome => {
    reader.dialects = [dialect, ...reader.dialects.filter((one) => one !== dialect)];
    return 'accepted';
  };
  const accepts = (sql: string, tried: readonly Dialect[]) =>
    tried.some((dialect) => reader.errorIn(dialect, sql) === undefined);
  const refusals: Refused[] = [];
  let brokenOff = false;
  for (const dialect of dialects) {
    // A long one is not read again by the dialect that stopped in it.
    const refused =
      known !== undefined && dialect === reader.dialects[0] ? known : reader.errorIn(dialect, text);
    if (refused === undefined) return accept(dialect);
    if (refused.message === 'recursion limit exceeded') return 'not judged';
    refusals.push(refused);
    const rest = restAfter(refused, statement, dialect === 'mssql' ? anyStatement : surelyStatement);
    if (rest !== undefined) return { rest };
    // Two that read to the end and want more: it breaks off, and the others would say no more.
    brokenOff = refusals.filter(({ message }) => message.endsWith('found EOF')).length >= 2;
    if (brokenOff) break;
  }
  for (const refused of refusals) {
    const rest = restAfter(refused, statement, anyStatement);
    if (rest !== undefined) return { rest };
  }
  const other = asParsersKnow(plain);
  if (other.text !== plain && accepts(other.text, [...new Set([...other.of, ...dialects.slice(0, 2)])]))
    return 'accepted';
  if (clause.test(plain) && accepts(`SELECT * FROM x ${plain}`, dialects)) return 'accepted';
  if (expression.test(plain) && accepts(`SELECT ${plain}`, dialects)) return 'accepted';
  const readable = !brokenOff && (!statement.procedural || /^CREATE\b/i.test(plain));
  if (readable && (await postgresAccepts(text))) return 'accepted';
  const furthest = refusals.reduce((a, b) => (b.at > a.at ? b : a));
  const found = { line: statement.line + furthest.line - 1, message: furthest.message };
  if (!statement.procedural) return found;
  const open = unclosed(text);
  return open === undefined ? 'not judged' : { line: statement.line, message: open };
}

const surelyStatement = /^(?:SELECT|INSERT|CREATE|ALTER|DROP|DECLARE|TRUNCATE)\b/i;
const anyStatement =
  /^(?:SELECT|WITH|INSERT|UPDATE|DELETE|CREATE|ALTER|DROP|SET|DECLARE|IF|EXEC|EXECUTE|PRINT|MERGE|TRUNCATE|BEGIN|COMMIT|GRANT|USE|WHILE|RETURN)\b/i;

/** Several statements without a semicolon, as T-SQL allows and answers show them: each begins a line. */
function restAfter(
  { message, line, at }: Refused,
  statement: SqlStatement,
  word: RegExp,
): SqlStatement | undefined {
  if (at === 0 || !message.startsWith('expected end of statement')) return undefined;
  const text = statement.text.slice(at);
  if (!word.test(text) || !/\n\s*$/.test(statement.text.slice(Math.max(0, at - 100), at))) return undefined;
  return statementAt(statement.start + at, statement.line + line - 1, text);
}

/** PostgreSQL's own parser, loaded when the first statement needs it. */
async function postgresAccepts(sql: string): Promise<boolean> {
  const { loadModule, parseSync } = await import('libpg-query');
  await loadModule();
  try {
    parseSync(sql);
    return true;
  } catch {
    return false;
  }
}
