import { blanked, sqlTokens } from './sql-tokens.ts';

/** One statement of a piece of SQL, and where it stands. */
export interface SqlStatement {
  /** From its first word to before what ends it, comments within it and all. */
  text: string;
  /** Its first character in the code. */
  start: number;
  /** The line of the code it begins on, from 1. */
  line: number;
  /** A body of BEGIN … END, or a statement that only procedures know: each product has such a language of its own. */
  procedural: boolean;
}

/** What a database's own client understands, and no SQL: psql's backslash, the sqlite3 shell's dot. */
const clientLine = /^[^\S\n]*(?:\\[a-z?!]|\.[a-z]+(?=\s|$)|SOURCE\s).*$/gim;

/** A console session shows results between its statements: neither is told from the other here. */
const session =
  /^[^\S\n]*(?:(?:mysql|sqlite|sql|mariadb(?: \[[\w()]*\])?)>|\w+[=-][#>])\s|^[^\S\n]*\+?-{3,}\+[-+]*[^\S\n]*$/im;

/** dbt, templates of programs, and places left for the reader. */
const template = /\{\{|\{%|\$\{|<%|^[^\S\n]*(?:\.\.\.|…)|[\s,(](?:\.\.\.|…)[\s,);]/m;

/**
 * SQL as its parsers read it: places for values in other languages (`%s`, `{name}`, `<table>`) become names,
 * lines for a client are emptied, line numbers stay. Undefined where it is not SQL alone: a console session
 * with its results, a template, parts left out.
 */
export function sqlAlone(code: string): string | undefined {
  if (session.test(code)) return undefined;
  if (template.test(code) && template.test(blanked(code, ['comment', 'quoted']))) return undefined;
  return code
    .replace(clientLine, '')
    .replace(/(?<=[\s(,=])%(?:\([\w.]+\))?[sdf](?=[\s),;]|$)/g, 'x')
    .replace(/(?<=[\s(,=.])\{\w+\}(?=[\s),;.]|$)/g, 'x')
    .replace(/(?<=[\s(,=.])<[a-z][\w -]{0,40}>(?=[\s),;.]|$)/gi, 'x')
    .replace(/\bIN[^\S\n]+(\?|x\b|[:@]\w+)(?!\s*\()/gi, 'IN ($1)');
}

const routine = /^(?:CREATE|ALTER)\s(?:[^(]{0,80}\s)?(?:PROC|PROCEDURE|FUNCTION|TRIGGER|EVENT|PACKAGE)\s/i;
const onlyInProcedures =
  /^(?:DECLARE|IF|ELSE|WHILE|LOOP|FOR|REPEAT|END|RETURN|PRINT|RAISERROR|RAISE|THROW|SIGNAL|EXEC|EXECUTE|CALL|OPEN|FETCH|CLOSE|DEALLOCATE|LEAVE|EXCEPTION|BEGIN)\b/i;
const transaction =
  /^BEGIN(?:\s*$|\s*;|\s+(?:TRAN|WORK|DEFERRED|IMMEDIATE|EXCLUSIVE|ISOLATION|READ|NOT\s+DEFERRABLE|DEFERRABLE))/i;
/** The rest of a line that ends a batch: T-SQL's `GO`, Oracle's `/`. */
const batchLine = /(?:GO(?:[^\S\n]+\d+)?|\/)[^\S\n]*;?[^\S\n]*(?=\n|(?![\s\S]))/iy;
const delimiterLine = /DELIMITER[^\S\n]+(\S+)[^\S\n]*(?=\n|(?![\s\S]))/iy;

/**
 * The statements of a piece of SQL: apart at `;`, at T-SQL's `GO`, at Oracle's `/` and at what MySQL's DELIMITER
 * names, but not inside strings, comments, or a body of BEGIN … END. One pass, linear.
 */
export function sqlStatements(code: string): SqlStatement[] {
  const statements: SqlStatement[] = [];
  /** The first token of the statement that is no comment; -1 before it. */
  let start = -1;
  let skipTo = 0;
  let line = 1;
  let counted = 0;
  let depth = 0;
  let mark = ';';
  let before = '';
  const end = (at: number, next: number) => {
    if (start !== -1) {
      for (; counted < start; counted++) if (code[counted] === '\n') line++;
      statements.push(statementAt(start, line, code.slice(start, at).trimEnd()));
    }
    start = -1;
    skipTo = next;
    depth = 0;
    before = '';
  };
  const matchAt = (pattern: RegExp, at: number) => {
    if (!/(?:^|\n)[^\S\n]*$/.test(code.slice(Math.max(0, at - 20), at))) return null;
    pattern.lastIndex = at;
    return pattern.exec(code);
  };
  for (const { kind, start: at, end: after } of sqlTokens(code)) {
    if (at < skipTo || kind === 'comment') continue;
    if (mark !== ';' && code.startsWith(mark, at)) {
      end(at, at + mark.length);
      continue;
    }
    const text = kind === 'quoted' ? '' : code.slice(at, after).toUpperCase();
    const batch = text === 'GO' || text === '/' ? matchAt(batchLine, at) : null;
    if (batch !== null) {
      end(at, at + batch[0].length);
      continue;
    }
    const delimiter = text === 'DELIMITER' ? matchAt(delimiterLine, at) : null;
    if (delimiter !== null) {
      end(at, at + delimiter[0].length);
      mark = delimiter[1] ?? ';';
      continue;
    }
    if (text === ';' && mark === ';' && depth <= 0) {
      end(at, after);
      continue;
    }
    if (start === -1) start = at;
    depth = depthAfter(depth, text, before, code, at);
    before = text;
  }
  end(code.length, code.length);
  return statements;
}

/** A statement by its text, and the place it has in the code. */
export function statementAt(start: number, line: number, text: string): SqlStatement {
  const head = text.slice(0, 200);
  return { text, start, line, procedural: routine.test(head) || onlyInProcedures.test(head) };
}

/** How many of BEGIN and CASE are open after a word. END IF and its like close what was not counted. */
function depthAfter(depth: number, word: string, before: string, code: string, at: number): number {
  if (before === 'END' && /^(?:IF|WHILE|LOOP|FOR|REPEAT)$/.test(word)) return depth + 1;
  if (word === 'END') return depth - 1;
  if (word === 'BEGIN') return transaction.test(code.slice(at, at + 40)) ? depth : depth + 1;
  return word === 'CASE' && before !== 'END' ? depth + 1 : depth;
}

/** What is never closed of quotation marks, brackets and BEGIN: all that is known of a body that no parser reads. */
export function unclosed(text: string): string | undefined {
  let brackets = 0;
  let depth = 0;
  let before = '';
  for (const { kind, start, end } of sqlTokens(text)) {
    if (kind === 'comment' || kind === 'quoted') continue;
    const token = text.slice(start, end).toUpperCase();
    if (/^['"`]$/.test(token)) return `${token} never closed`;
    if (token === '(') brackets++;
    else if (token === ')' && --brackets < 0) return ') without its (';
    depth = depthAfter(depth, token, before, text, start);
    before = token;
  }
  if (brackets > 0) return '( never closed';
  return depth > 0 ? 'BEGIN without its END' : undefined;
}
