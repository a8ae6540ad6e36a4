import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Language, Node, Parser } from 'web-tree-sitter';
import { yamlSyntaxError } from '../../config/yaml-syntax.ts';

/** Names that code fences use, and the grammar of each: the npm package and the file in it. */
const grammars: Readonly<Record<string, string>> = {
  python: 'tree-sitter-python/tree-sitter-python.wasm',
  javascript: 'tree-sitter-javascript/tree-sitter-javascript.wasm',
  typescript: 'tree-sitter-typescript/tree-sitter-typescript.wasm',
  tsx: 'tree-sitter-typescript/tree-sitter-tsx.wasm',
  go: 'tree-sitter-go/tree-sitter-go.wasm',
  rust: 'tree-sitter-rust/tree-sitter-rust.wasm',
  java: 'tree-sitter-java/tree-sitter-java.wasm',
  c: 'tree-sitter-c/tree-sitter-c.wasm',
  bash: 'tree-sitter-bash/tree-sitter-bash.wasm',
  html: 'tree-sitter-html/tree-sitter-html.wasm',
};

const aliases: Readonly<Record<string, string>> = {
  py: 'python',
  python3: 'python',
  js: 'javascript',
  jsx: 'javascript',
  node: 'javascript',
  mjs: 'javascript',
  ts: 'typescript',
  golang: 'go',
  rs: 'rust',
  h: 'c',
  sh: 'bash',
  shell: 'bash',
  zsh: 'bash',
  htm: 'html',
  yml: 'yaml',
  postgresql: 'sql',
  postgres: 'sql',
  mysql: 'sql',
  sqlite: 'sql',
};

/**
 * The first syntax error of a piece of code, or no error; undefined for a language that is not known here. The
 * grammars are loaded when first needed (0.2 to 1.4 MB each) and are optional dependencies: without one its
 * language is not judged.
 */
export async function syntaxError(
  name: string,
  code: string,
): Promise<{ language: string; error: string | undefined } | undefined> {
  const language = aliases[name] ?? name;
  if (language === 'json') return { language, error: jsonError(code) };
  if (language === 'yaml') return { language, error: yamlSyntaxError(code) };
  if (language === 'sql') return { language, error: await sqlError(code) };
  const parser = await parserOf(language);
  if (parser === undefined) return undefined;
  const source = language === 'bash' ? withoutPrompts(code) : code;
  const tree = parser.parse(source);
  if (tree === null) return undefined;
  try {
    return { language, error: tree.rootNode.hasError ? firstError(tree.rootNode) : undefined };
  } finally {
    tree.delete();
  }
}

function jsonError(code: string): string | undefined {
  try {
    JSON.parse(code);
    return undefined;
  } catch (error) {
    // Comments and one value a line are JSON too for those who write them.
    if (/^\s*\/\//m.test(code)) return undefined;
    // A part of an object (`"scripts": {…}`), as instructions show it.
    if (/^\s*"/.test(code) && isJson(`{${code.trim().replace(/,$/, '')}}`)) return undefined;
    const lines = code.split('\n').filter((line) => line.trim() !== '');
    if (lines.length > 1 && lines.every(isJson)) return undefined;
    return (error as Error).message;
  }
}

function isJson(line: string): boolean {
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
}

const dialects = ['postgresql', 'mysql', 'sqlite', 'bigquery'] as const;

/**
 * An error only where no dialect accepts it: which one is meant is not said. The others read on from the
 * statement at which the first one stopped: 8 KB take 8 ms in each.
 */
async function sqlError(code: string): Promise<string | undefined> {
  const { parse } = await import('sql-parser-cst');
  const errorIn = (dialect: (typeof dialects)[number], sql: string): string | undefined => {
    try {
      parse(sql, { dialect, paramTypes: ['?', ':name', '$nr', '@name'] });
      return undefined;
    } catch (error) {
      return (error as Error).message;
    }
  };
  const [first, ...others] = dialects;
  const error = errorIn(first, code);
  if (error === undefined) return undefined;
  const rest = fromStatement(code, Number(/^--> [^\n]*:(\d+):\d+$/m.exec(error)?.[1] ?? 1));
  return others.some((dialect) => errorIn(dialect, rest) === undefined) ? undefined : error.split('\n')[0];
}

/** The code from the start of the statement that a line (from 1) belongs to. */
function fromStatement(code: string, line: number): string {
  const lines = code.split('\n');
  let from = line - 1;
  while (from > 0 && !/;\s*$/.test(lines[from - 1] ?? '')) from--;
  return lines.slice(from).join('\n');
}

/** A console session's `$ ` and `> ` in front of its lines. */
function withoutPrompts(code: string): string {
  return code.replace(/^[^\S\n]*[$>] /gm, '');
}

const parsers = new Map<string, Promise<Parser | undefined>>();

function parserOf(language: string): Promise<Parser | undefined> {
  const known = parsers.get(language);
  if (known !== undefined) return known;
  const loading = loadParser(language);
  parsers.set(language, loading);
  return loading;
}

async function loadParser(language: string): Promise<Parser | undefined> {
  const file = grammars[language];
  if (file === undefined) return undefined;
  let bytes: Buffer;
  try {
    bytes = readFileSync(createRequire(import.meta.url).resolve(file));
  } catch {
    return undefined;
  }
  const treeSitter = await import('web-tree-sitter');
  await treeSitter.Parser.init();
  const grammar: Language = await treeSitter.Language.load(bytes);
  const parser = new treeSitter.Parser();
  parser.setLanguage(grammar);
  return parser;
}

function firstError(root: Node): string {
  let node: Node | null = root;
  while (node !== null && !node.isError && !node.isMissing)
    node = node.children.find((child) => child?.hasError || child?.isMissing) ?? null;
  const at = node ?? root;
  const line = at.startPosition.row + 1;
  return at.isMissing ? `line ${line}: ${at.type} missing` : `line ${line}: "${at.text.slice(0, 40)}"`;
}
