export type Dialect =
  | (typeof usual)[number]
  | 'oracle'
  | 'snowflake'
  | 'duckdb'
  | 'redshift'
  | 'databricks'
  | 'hive'
  | 'clickhouse'
  | 'spark';

/** Tried where no name says otherwise, the commonest first. */
const usual = ['postgresql', 'mysql', 'sqlite', 'mssql', 'bigquery'] as const;

/** What a code fence may call them. */
const named: Readonly<Record<string, Dialect>> = {
  postgresql: 'postgresql',
  postgres: 'postgresql',
  psql: 'postgresql',
  pgsql: 'postgresql',
  plpgsql: 'postgresql',
  mysql: 'mysql',
  mariadb: 'mysql',
  sqlite: 'sqlite',
  sqlite3: 'sqlite',
  tsql: 'mssql',
  't-sql': 'mssql',
  mssql: 'mssql',
  sqlserver: 'mssql',
  bigquery: 'bigquery',
  plsql: 'oracle',
  oracle: 'oracle',
  snowflake: 'snowflake',
  duckdb: 'duckdb',
  redshift: 'redshift',
  databricks: 'databricks',
  spark: 'spark',
  sparksql: 'spark',
  hive: 'hive',
  hiveql: 'hive',
  clickhouse: 'clickhouse',
};

/** The names of SQL and its dialects that code fences use. */
export const sqlNames: readonly string[] = ['sql', ...Object.keys(named)];

/** What only one of them writes: it is then tried first. The order matters: backticks are BigQuery's too. */
const signs: readonly (readonly [Dialect, RegExp])[] = [
  [
    'bigquery',
    /\b(?:INT64|FLOAT64|BIGNUMERIC|STRUCT|SAFE_\w+|COUNTIF|_TABLE_SUFFIX|PARSE_DATE|FORMAT_DATE|DATE_SUB\s*\([^)]*\bINTERVAL\s+\d+\s+\w+\)|TIMESTAMP_\w+|QUALIFY|ARRAY<|GENERATE_(?:DATE|TIMESTAMP)_ARRAY|APPROX_\w+|TO_JSON_STRING)|`[\w-]+\.[\w.*-]+`|`region-|\bIGNORE\s+NULLS\)|#standardSQL/i,
  ],
  [
    'mssql',
    /\[[a-z_][\w ]*\]|\bTOP\s*\(?\s*\d|\bN?VARCHAR\s*\(MAX\)|\bNVARCHAR\b|\bGETDATE\s*\(|\bIDENTITY\s*\(|\bDECLARE\s+@|^GO$|\bISNULL\s*\(|\bDATEADD\s*\(|\bNOLOCK\b|@@\w|\bBEGIN\s+TRY\b|^\s*(?:PRINT|EXEC)\s/im,
  ],
  [
    'mysql',
    /`|\bAUTO_INCREMENT\b|\bENGINE\s*=|\bON\s+DUPLICATE\s+KEY\b|\bUNSIGNED\b|\bDELIMITER\b|\bGROUP_CONCAT\b/i,
  ],
  [
    'sqlite',
    /\bAUTOINCREMENT\b|\bPRAGMA\b|\bWITHOUT\s+ROWID\b|\bINSERT\s+OR\s+(?:REPLACE|IGNORE)\b|\bstrftime\s*\(/i,
  ],
  ['oracle', /\bVARCHAR2\b|\bSYSDATE\b|\bFROM\s+DUAL\b|\bNVL2?\s*\(|\bROWNUM\b|\bCONNECT\s+BY\b/i],
];

/**
 * What is right in one product and unknown to the parser, each seen in their documentation or tests, and what to
 * read in its place. Only for statements that no dialect accepted.
 */
const readAs: readonly (readonly [Dialect | undefined, RegExp, string])[] = [
  // The reader's table, whatever its name.
  [undefined, /\b(FROM|JOIN|INTO|UPDATE)\s+table\b(?!\s*\()/gi, '$1 x'],
  [undefined, /\b(FROM|JOIN)\s+\(+([\w.`"]+(?:\s+AS\s+\w+)?)\)+/gi, '$1 $2'],
  ['mysql', /\bWITH\s+ROLLUP\b/gi, ''],
  ['sqlite', /\bGLOB\b/gi, 'LIKE'],
  ['mysql', /\bSOUNDS\s+LIKE\b/gi, 'LIKE'],
  ['mysql', /\bLOCK\s+IN\s+SHARE\s+MODE\b/gi, 'FOR SHARE'],
  ['mysql', /\b(?:ZEROFILL|STRAIGHT_JOIN(?=\s+[\w`(]+\s*,)|SQL_(?:NO_CACHE|CALC_FOUND_ROWS))\b/gi, ''],
  ['mysql', /^UPDATE\s+([\w.`]+(?:\s+(?:AS\s+)?(?!SET\b)\w+)?)\s*,/i, 'UPDATE $1 CROSS JOIN '],
  ['mysql', /\)\s*PARTITION\s+BY\s+(?:LINEAR\s+)?(?:RANGE|LIST|HASH|KEY)\b[\s\S]*$/i, ')'],
  ['mysql', /\bDEFAULT\s+(?=NULL\s+BINARY\b)|\bBINARY(?=\s+(?:DEFAULT|NOT|NULL)\b)/gi, ''],
  ['sqlite', /\b(?:NOT\s+INDEXED|INDEXED\s+BY\s+[\w."]+)/gi, ''],
  ['sqlite', /\bIS\s+(?:NOT\s+)?(?!(?:NOT|NULL|TRUE|FALSE|UNKNOWN|DISTINCT|JSON|OF)\b)(?=['?\w:@])/gi, '= '],
  ['sqlite', /\bON\s+CONFLICT\s+(?:IGNORE|REPLACE|ABORT|FAIL|ROLLBACK)\b/gi, ''],
  ['mssql', /\b(UPDATE|DELETE)\s+TOP\s*\([^)]*\)(?:\s+PERCENT)?/gi, '$1'],
  ['mssql', /\b(?:NON)?CLUSTERED\b/gi, ''],
  ['mssql', /(\bALTER\s+COLUMN\s+[\w[\]"]+)\s+(?=(?!SET\b|DROP\b|TYPE\b|ADD\b)\w)/gi, '$1 TYPE '],
  ['mssql', /(\bTYPE\s+\w+(?:\([^)]*\))?)\s+(?:NOT\s+)?NULL\b/gi, '$1'],
  ['mssql', /(?<=[(,]\s*[\w[\]"]+)\s+AS\s*(\((?:[^()]|\([^()]*\))*\))(?:\s+PERSISTED)?/gi, ' int DEFAULT $1'],
  ['mssql', /\b(?:INNER|LEFT|RIGHT|FULL)\s+(?:OUTER\s+)?(?:HASH|LOOP|MERGE)\s+JOIN\b/gi, 'JOIN'],
  [
    'mssql',
    /\bWITH\s*\((?:NOLOCK|(?:TAB|ROW|PAG|UPD|HOLD|X)LOCKX?|READPAST|NOWAIT|FORCESEEK|INDEX\s*\([^)]*\)|[\s,])+\)/gi,
    '',
  ],
  ['mssql', /\bWITH\s+SCHEMABINDING\b|\bOPTION\s*\([\w\s,]*\)\s*$/gi, ''],
  [
    'mssql',
    /\bADD\s+(?:CONSTRAINT\s+[\w[\]]+\s+)?DEFAULT\s*\((?:[^()]|\([^()]*\))*\)\s*FOR\s+[\w[\]]+/gi,
    'ADD CHECK (1 = 1)',
  ],
  ['bigquery', /(?<=[(,]\s*)TABLE\s+(?=[\w`])/gi, ''],
  ['bigquery', /\bARRAY<(?:[^<>]|<(?:[^<>]|<[^<>]*>)*>)*>\s*\[/gi, 'ARRAY['],
  ['bigquery', /\bFORMAT\s+\(('[^']*')\)/gi, 'FORMAT $1'],
  ['bigquery', /\s(?:CLONE|COPY)\s+([\w.`-]+)\s*$/i, ' AS SELECT * FROM $1'],
];

/** Commands to one product, each with a language of its own, that say nothing about the SQL beside them. */
export const commands =
  /^(?:(?:PRAGMA|DETACH(?:\s+DATABASE)?)\s+[\w.]+\s*(?:=\s*[\w'"-]+|\(\s*[\w'", -]*\s*\))?$|(?:ANALYZE|CHECK|OPTIMIZE|REPAIR|CHECKSUM)\s+(?:\w+\s+)?TABLE\s+[\w.`, ]+$|DBCC\s|RECONFIGURE$|SET\s+(?:NAMES|CHARACTER\s+SET|GLOBAL|SESSION|STATISTICS|NOCOUNT|XACT_ABORT|IDENTITY_INSERT)\s|LOAD\s+DATA\s|BULK\s+INSERT\s|EXPORT\s+DATA\s|CREATE\s+(?:OR\s+REPLACE\s+)?(?:MODEL\s|TYPE\s+[\w."]+\s+(?:AS|IS)\s+(?:OBJECT|TABLE|VARRAY)\b)|GRANT\s+(?:CREATE|UNLIMITED)\s|CONNECT\s|(?:CREATE|ALTER|DROP)\s+(?:EVENT\s+SESSION|SERVER|LOGIN|ENDPOINT|CREDENTIAL)\b|sp_\w+\b|BACKUP\s|RESTORE\s|FLUSH\s|RESET\s|CHECKPOINT$)/i;

/** A clause by itself, as explanations quote it. */
export const clause =
  /^(?:WHERE|GROUP\s+BY|ORDER\s+BY|HAVING|LIMIT|(?:(?:LEFT|RIGHT|FULL|INNER|CROSS|OUTER)\s+)*JOIN)\b/i;
export const expression = /^(?:CASE\b|[a-z_]\w*\s*\()/i;

/** The dialects to try, the likeliest first: by the name of the fence, by what is seen, then the usual ones. */
export function dialectsFor(name: string, code: string): { dialects: Dialect[]; forBigQuery: boolean } {
  const own = named[name];
  const seen = signs.filter(([, sign]) => sign.test(code)).map(([dialect]) => dialect);
  const likely = own === undefined ? seen : [own, ...seen];
  return {
    dialects: [...new Set<Dialect>([...likely, ...usual])],
    forBigQuery: likely.includes('bigquery'),
  };
}

/** The statement with what no parser knows replaced by what says the same to them, and whose it was. */
export function asParsersKnow(statement: string): { text: string; of: Dialect[] } {
  let text = statement;
  const of: Dialect[] = [];
  for (const [dialect, pattern, instead] of readAs) {
    const read = text.replace(pattern, instead);
    if (read !== text && dialect !== undefined) of.push(dialect);
    text = read;
  }
  return { text, of };
}

/** `SELECT a, FROM t`: right in BigQuery only, and a mistake of all who do not write for it. */
export function trailingComma(sql: string): boolean {
  return /,\s*FROM\b/i.test(sql);
}
