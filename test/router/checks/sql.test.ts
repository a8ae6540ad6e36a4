import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sqlError } from '../../../router/checks/sql.ts';
import { sqlStatements } from '../../../router/checks/sql-statements.ts';

/** SQL as people write it, by the product it is for. A blank line in one is part of it. */
const right: Readonly<Record<string, readonly string[]>> = {
  PostgreSQL: [
    "SELECT data->>'name' AS name, tags @> ARRAY['a', 'b'] FROM items WHERE data ? 'name' AND created > now() - interval '7 days';",
    'WITH RECURSIVE tree(id, depth) AS (SELECT id, 0 FROM nodes WHERE parent IS NULL UNION ALL SELECT n.id, t.depth + 1 FROM nodes n JOIN tree t ON n.parent = t.id) SELECT * FROM tree ORDER BY depth NULLS LAST;',
    "INSERT INTO users (email, name) VALUES ('a@b.c', E'it\\'s') ON CONFLICT (email) DO UPDATE SET name = EXCLUDED.name RETURNING id, xmax = 0 AS fresh;",
    "CREATE TABLE IF NOT EXISTS orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, total numeric(10, 2) CHECK (total >= 0), placed timestamptz DEFAULT now(), tags text[] DEFAULT '{}', EXCLUDE USING gist (room WITH =, during WITH &&));",
    'CREATE INDEX CONCURRENTLY idx_items_data ON items USING gin (data jsonb_path_ops) WHERE deleted_at IS NULL;',
    'CREATE OR REPLACE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $body$\nBEGIN\n  NEW.updated_at := now();\n  RETURN NEW;\nEND;\n$body$;\nCREATE TRIGGER touch BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touch();',
    "DO $$\nBEGIN\n  IF NOT EXISTS (SELECT 1 FROM pg_type WHERE typname = 'mood') THEN\n    CREATE TYPE mood AS ENUM ('sad', 'ok');\n  END IF;\nEND\n$$;",
    "SELECT DISTINCT ON (user_id) user_id, amount::money, rank() OVER (PARTITION BY user_id ORDER BY amount DESC) FROM payments WHERE note ILIKE '%x%' ORDER BY user_id, at DESC FETCH FIRST 5 ROWS ONLY;",
    'EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) SELECT count(*) FILTER (WHERE ok) FROM runs;',
    "COPY t (a, b) FROM '/tmp/x.csv' WITH (FORMAT csv, HEADER true);",
    'BEGIN;\nLOCK TABLE accounts IN SHARE ROW EXCLUSIVE MODE;\nUPDATE accounts SET balance = balance - 100 WHERE id = $1;\nSAVEPOINT s;\nROLLBACK TO SAVEPOINT s;\nCOMMIT;',
    'SELECT * FROM a, LATERAL (SELECT * FROM b WHERE b.a_id = a.id LIMIT 3) x, generate_series(1, 3) AS g(n) WHERE (a.x, a.y) = (1, 2);',
    'CREATE POLICY own ON notes FOR SELECT USING (owner = current_user);\nALTER TABLE notes ENABLE ROW LEVEL SECURITY;\nGRANT SELECT, UPDATE (title) ON notes TO app;',
    "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY ms), string_agg(name, ', ' ORDER BY name), x AT TIME ZONE 'UTC' FROM t GROUP BY GROUPING SETS ((a), (b), ());",
    "\\d users\n\\copy t FROM 'x.csv' CSV HEADER\nSELECT 1;",
  ],
  MySQL: [
    "CREATE TABLE `users` (\n  `id` int unsigned NOT NULL AUTO_INCREMENT,\n  `email` varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci NOT NULL COMMENT 'mail',\n  `at` timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,\n  `kind` enum('a','b') DEFAULT 'a',\n  PRIMARY KEY (`id`),\n  UNIQUE KEY `email` (`email`),\n  KEY `kind` (`kind`),\n  CONSTRAINT `fk` FOREIGN KEY (`id`) REFERENCES `o` (`id`) ON DELETE CASCADE\n) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;",
    'INSERT INTO stats (day, n) VALUES (CURDATE(), 1) ON DUPLICATE KEY UPDATE n = n + VALUES(n);',
    'SELECT SQL_CALC_FOUND_ROWS * FROM `t` WHERE a <=> NULL LIMIT 5, 10;',
    'SELECT * FROM t WHERE id = 1 LOCK IN SHARE MODE;',
    'UPDATE items, month SET items.price = month.price WHERE items.id = month.id;',
    'UPDATE a JOIN b ON a.id = b.id SET a.x = b.x WHERE b.y = 1 ORDER BY a.id LIMIT 3;',
    'DELETE a FROM a LEFT JOIN b ON a.id = b.id WHERE b.id IS NULL;',
    "SELECT GROUP_CONCAT(DISTINCT name ORDER BY name SEPARATOR '; '), DATE_FORMAT(at, '%Y-%m'), MATCH(title) AGAINST ('x' IN BOOLEAN MODE) FROM t GROUP BY 2 WITH ROLLUP;",
    "REPLACE INTO t (a, b) VALUES (1, 'O\\'Brien');",
    'ALTER TABLE t ADD COLUMN c INT AFTER b, MODIFY COLUMN d VARCHAR(20) NOT NULL, DROP INDEX i;',
    'SHOW CREATE TABLE t;\nDESCRIBE t;\nUSE shop;\nSET NAMES utf8mb4;\nSET @n = 5;\nSELECT @n := @n + 1;',
    'ANALYZE TABLE t1, t2;',
    'CREATE TABLE t (id INT, at DATE) PARTITION BY RANGE (YEAR(at)) (PARTITION p0 VALUES LESS THAN (2020), PARTITION p1 VALUES LESS THAN MAXVALUE);',
    'DELIMITER //\nCREATE PROCEDURE add_order(IN p INT)\nBEGIN\n  DECLARE n INT;\n  IF p > 5 THEN\n    SET n = CASE WHEN p > 9 THEN 1 ELSE 2 END;\n  END IF;\n  WHILE n > 0 DO\n    SET n = n - 1;\n  END WHILE;\nEND //\nDELIMITER ;\nCALL add_order(5);',
    '# of the shop\nSELECT 1; -- and\n/* more */ SELECT 2;',
  ],
  SQLite: [
    'PRAGMA foreign_keys = ON;\nPRAGMA table_info(users);\nCREATE TABLE a (b, c TEXT, UNIQUE (b, c) ON CONFLICT IGNORE);',
    "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT DEFAULT (datetime('now'))) STRICT;",
    'CREATE TABLE kv (k TEXT PRIMARY KEY, v BLOB) WITHOUT ROWID;',
    "INSERT OR IGNORE INTO t (a) VALUES (1);\nINSERT OR REPLACE INTO t VALUES (2, x'00ff');",
    "SELECT * FROM t WHERE city IS NOT '' AND name GLOB 'a*' AND strftime('%Y', at) = '2024';",
    'SELECT * FROM t INDEXED BY i WHERE a = 1;',
    'CREATE VIRTUAL TABLE docs USING fts5(title, body);\nSELECT rowid FROM docs WHERE docs MATCH ?1;',
    "CREATE TRIGGER log AFTER INSERT ON t BEGIN UPDATE n SET c = c + 1; INSERT INTO l (m) VALUES ('x'); END;",
    "ATTACH DATABASE 'b.db' AS b;\nDETACH DATABASE b;\nVACUUM;",
    ".mode column\n.headers on\nSELECT json_extract(d, '$.a') FROM t;",
  ],
  'T-SQL': [
    'DECLARE @x INT = 1\nSELECT @x\nGO\nSELECT TOP (10) PERCENT [Name], [Total Amount] FROM [dbo].[Orders] WITH (NOLOCK) ORDER BY [Total Amount] DESC\nGO',
    'CREATE PROCEDURE dbo.GetOrders @Id INT, @From DATE = NULL\nAS\nBEGIN\n  SET NOCOUNT ON;\n  SELECT o.Id FROM dbo.Orders o WHERE o.Customer = @Id AND (@From IS NULL OR o.At >= @From);\nEND\nGO\nEXEC dbo.GetOrders @Id = 5;',
    'BEGIN TRY\n  BEGIN TRANSACTION;\n  UPDATE A SET B = B - 1 WHERE Id = 1;\n  COMMIT TRANSACTION;\nEND TRY\nBEGIN CATCH\n  IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;\n  THROW;\nEND CATCH;',
    "IF NOT EXISTS (SELECT * FROM sys.tables WHERE name = 'x')\nBEGIN\n  CREATE TABLE x (id INT IDENTITY(1,1) PRIMARY KEY, n NVARCHAR(MAX) NULL)\nEND",
    'MERGE INTO t AS t USING s ON t.id = s.id WHEN MATCHED THEN UPDATE SET t.v = s.v WHEN NOT MATCHED BY TARGET THEN INSERT (id, v) VALUES (s.id, s.v) WHEN NOT MATCHED BY SOURCE THEN DELETE;',
    'SELECT * FROM (SELECT y, q, amt FROM s) src PIVOT (SUM(amt) FOR q IN ([Q1], [Q2])) AS p;',
    "SELECT ISNULL(a, 0), CONVERT(varchar(10), GETDATE(), 120), DATEADD(day, -7, GETDATE()), N'ü' FROM t CROSS APPLY f(t.a) OUTER APPLY (SELECT 1 AS n) x;",
    'CREATE NONCLUSTERED INDEX IX_T ON dbo.T (A DESC) INCLUDE (B, C);',
    'ALTER TABLE t ALTER COLUMN a NVARCHAR(50) NOT NULL;\nALTER TABLE actor ADD CONSTRAINT [DF_a] DEFAULT (getdate()) FOR last_update;',
    'CREATE TABLE tbl (a INT, b AS (a * 2) PERSISTED, c UNIQUEIDENTIFIER DEFAULT NEWID());',
    'SELECT * INTO #tmp FROM t WHERE a = 1;\nDELETE TOP (5) FROM #tmp;\nDROP TABLE #tmp;',
    'SELECT a, ROW_NUMBER() OVER (PARTITION BY b ORDER BY c) AS n FROM t ORDER BY a OFFSET 10 ROWS FETCH NEXT 5 ROWS ONLY OPTION (RECOMPILE);',
  ],
  BigQuery: [
    "SELECT name, FROM `project.set.table` WHERE _TABLE_SUFFIX BETWEEN '20240101' AND '20240131';",
    'SELECT * EXCEPT (secret) REPLACE (UPPER(name) AS name) FROM `p.d.t` QUALIFY ROW_NUMBER() OVER (PARTITION BY id ORDER BY at DESC) = 1;',
    'SELECT x.a, SAFE_CAST(b AS INT64), ARRAY_AGG(STRUCT(c, d) IGNORE NULLS ORDER BY c LIMIT 1)[OFFSET(0)] FROM t, UNNEST(t.items) AS x WITH OFFSET;',
    'CREATE TABLE d.t (id INT64 NOT NULL, tags ARRAY<STRING>, s STRUCT<a INT64, b FLOAT64>) PARTITION BY DATE(at) CLUSTER BY id OPTIONS (description = "x");',
    'SELECT DATE_SUB(CURRENT_DATE(), INTERVAL 1 DAY), TIMESTAMP_TRUNC(at, HOUR), COUNTIF(a > 1), APPROX_COUNT_DISTINCT(b) FROM t GROUP BY ALL;',
    'SELECT * FROM UNNEST(ARRAY<STRUCT<x INT64>>[(1), (2)]);',
    'CREATE OR REPLACE TABLE `a.b.c` CLONE `a.b.d`;',
    "SELECT * FROM VECTOR_SEARCH(TABLE d.base, 'v', TABLE d.query, top_k => 2);",
  ],
  'all of them, and their readers': [
    '-- first way\nSELECT * FROM a\n\n-- second way\nSELECT * FROM b',
    'SELECT * FROM users WHERE id = %s AND name = %(name)s AND x IN :ids LIMIT {limit}',
    "SELECT * FROM <table_name> WHERE <column> = 'x';",
    'SELECT name FROM table WHERE id = ?',
    "WHERE status = 'active'\n  AND a > 5",
    'LEFT JOIN b ON a.id = b.a_id',
    "CASE WHEN a > 1 THEN 'x' ELSE 'y' END",
    "SELECT 'it''s; done', \"a;b\", ';' -- ; no end\nFROM t /* ; */;",
    "SELECT a::int FROM t WHERE b ILIKE '%x%';\nSELECT `a` FROM `t` LIMIT 1, 2;\nSELECT TOP (5) [a] FROM [t];\nINSERT OR IGNORE INTO t (a) VALUES (1);\nSELECT * EXCEPT (a) FROM UNNEST([STRUCT(1 AS a)]);",
  ],
};

const wrong: readonly (readonly [sql: string, line: number])[] = [
  ['SELEC a FROM t;', 1],
  ['SELECT 1;\nSELEC 2;\nSELECT 3;', 2],
  ['SELECT a, b, FROM t WHERE x = 1;', 1],
  ["SELECT id FROM users WHERE (age > 5 AND name = 'x';", 1],
  ['SELECT a FROM t;\nSELECT b FORM t;', 2],
  ['CREATE TABLE t (a INT b INT);', 1],
  ['CREATE TABLE t (\n  a INT,\n  b INT', 3],
  ["INSERT INTO t (a) VALUES (1), (2, 'x);", 1],
  ['INSERT INTO t (a, b VALUES (1, 2);', 1],
  ['UPDATE t SET a = 1 b = 2 WHERE c = 3;', 1],
  ['UPDATE t SET', 1],
  ['SELECT a FROM t WHERE', 1],
  ['SELECT a FROM t GROUP a', 1],
  ['SELECT a FROM t ORDER BY a DESC LIMT 5;', 1],
  ['DELETE FROM t WHERE a = = 1;', 1],
  ['SELECT TOP 5 [a] FROM [t] WHERE [b = 1', 1],
  ['DECLARE @x INT = 1\nSELECT @x FORM [t] WHERE a', 2],
  ['CREATE PROCEDURE p() BEGIN SELECT 1; SELECT (2; END', 1],
  ['CREATE PROCEDURE p() BEGIN SELECT 1;', 1],
  ['this is no SQL at all', 1],
];

for (const [product, pieces] of Object.entries(right)) {
  test(`SQL of ${product} is right, whatever the fence calls it`, async () => {
    for (const sql of pieces) {
      for (const name of ['sql', 'postgresql', 'mysql']) {
        const { error } = await sqlError(name, sql);
        assert.equal(error, undefined, `${name}: ${sql}`);
      }
    }
  });
}

test('what no dialect takes is an error, with its line', async () => {
  for (const [sql, line] of wrong) {
    const { judged, error } = await sqlError('sql', sql);
    assert.ok(judged, sql);
    assert.match(error ?? '', new RegExp(`^line ${line}: `), sql);
  }
});

test('a console session, a template and a sketch are not judged', async () => {
  for (const sql of [
    'mysql> SELECT 1;\n+---+\n| 1 |\n+---+\n| 1 |\n+---+',
    ' a | b\n---+---\n 1 | 2\n(1 row)',
    "SELECT * FROM {{ ref('orders') }} WHERE a = 1",
    'SELECT ... FROM t WHERE ...',
    'CREATE TYPE names AS TABLE OF VARCHAR2(20);',
  ])
    assert.deepEqual(await sqlError('sql', sql), { judged: false, error: undefined }, sql);
});

test('statements are apart where they end, not inside of strings, comments and bodies', () => {
  const starts = (sql: string) => sqlStatements(sql).map(({ text, line }) => [line, text.split(/\s/)[0]]);
  assert.deepEqual(starts("SELECT ';' /* ; */ -- ;\n, $a$;$a$;\n\n  UPDATE t SET a = 1"), [
    [1, 'SELECT'],
    [4, 'UPDATE'],
  ]);
  assert.deepEqual(starts('CREATE TRIGGER x BEGIN UPDATE a; CASE b END; END;\nDROP TABLE x'), [
    [1, 'CREATE'],
    [2, 'DROP'],
  ]);
  assert.deepEqual(starts('BEGIN;\nUPDATE t;\nEND;\nSELECT 1'), [
    [1, 'BEGIN'],
    [2, 'UPDATE'],
    [3, 'END'],
    [4, 'SELECT'],
  ]);
  assert.deepEqual(starts('DELIMITER $$\nCREATE x; y $$\nDELIMITER ;\nSELECT 1'), [
    [2, 'CREATE'],
    [4, 'SELECT'],
  ]);
  assert.deepEqual(starts('SELECT 1\nGO 5\nSELECT go FROM t\n/\nDROP x'), [
    [1, 'SELECT'],
    [3, 'SELECT'],
    [5, 'DROP'],
  ]);
});

test('whatever a model may write is read in linear time, and never throws', async () => {
  for (const piece of [
    "'",
    "\\'",
    '$a',
    '$a1$',
    '/*',
    '((',
    'BEGIN ',
    'CASE ',
    '[',
    '`',
    '"',
    ';',
    'SELECT (',
    'NOT ',
    '#\n',
    'GO\n',
  ] as const) {
    const started = performance.now();
    await sqlError('sql', piece.repeat(20_000));
    // Far above what it takes (some 30 ms), far below what a quadratic one would.
    assert.ok(performance.now() - started < 5_000, piece);
  }
});
