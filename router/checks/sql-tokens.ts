/** A piece of SQL's text: what is between the tokens is white space. */
export interface SqlToken {
  kind: 'comment' | 'quoted' | 'word' | 'sign';
  start: number;
  end: number;
}

/** MySQL's comment is `# …`; `#name` is a table of T-SQL's, `#>` and `#-` are operators of PostgreSQL's. */
const next =
  /\s+|(--[^\n]*|\/\*[\s\S]*?(?:\*\/|(?![\s\S]))|#(?![\w>-])[^\n]*)|(['"`]|\$\w*\$)|([a-z_@#][\w@#]*|\d[\w.]*)|[^\s\w]/iuy;
/** `'\'` is whole (`ESCAPE '\'`); elsewhere a backslash may escape a quote. */
const quoted = /'\\'(?!')|'(?:[^'\\]|''|\\[\s\S])*'|"(?:[^"\\]|""|\\[\s\S])*"|`[^`]*`/y;

/** So many quotation marks without their end are looked for; then the text is no SQL, and none is looked for. */
const mostUnclosed = 50;

/** The tokens of a text taken as SQL of any dialect. One pass; what is never closed is a sign by itself. */
export function sqlTokens(code: string): SqlToken[] {
  const tokens: SqlToken[] = [];
  let unclosed = 0;
  // MySQL's client, of which `$$` is a favourite delimiter, knows no dollar quotes.
  const dollarQuotes = !/^\s*DELIMITER\s/im.test(code);
  const quotedEnd = (opening: string, at: number): number => {
    let end = -1;
    if (unclosed < mostUnclosed) {
      if (opening.startsWith('$')) {
        const close = code.indexOf(opening, at + opening.length);
        end = close === -1 ? -1 : close + opening.length;
      } else {
        quoted.lastIndex = at;
        end = quoted.test(code) ? quoted.lastIndex : -1;
      }
    }
    if (end === -1) unclosed++;
    return end;
  };
  for (let at = 0; at < code.length; ) {
    next.lastIndex = at;
    const match = next.exec(code);
    const start = at;
    at = match === null ? at + 1 : next.lastIndex;
    const [, comment, opening, word] = match ?? [];
    if (opening?.startsWith('$') && !dollarQuotes) at = start + 1;
    if (comment !== undefined) tokens.push({ kind: 'comment', start, end: at });
    else if (opening !== undefined && (dollarQuotes || !opening.startsWith('$'))) {
      const end = quotedEnd(opening, start);
      if (end !== -1) at = end;
      tokens.push({ kind: end === -1 ? 'sign' : 'quoted', start, end: at });
    } else if (word !== undefined) tokens.push({ kind: 'word', start, end: at });
    else if (!/^\s/.test(match?.[0] ?? '')) tokens.push({ kind: 'sign', start, end: at });
  }
  return tokens;
}

/** The code with tokens of these kinds turned into spaces: positions and lines stay. */
export function blanked(code: string, kinds: readonly SqlToken['kind'][]): string {
  let plain = '';
  let at = 0;
  for (const { kind, start, end } of sqlTokens(code)) {
    if (!kinds.includes(kind)) continue;
    plain += code.slice(at, start) + code.slice(start, end).replace(/[^\n]/g, ' ');
    at = end;
  }
  return plain + code.slice(at);
}
