import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Language, Node, Parser } from 'web-tree-sitter';
import { sqlError } from './sql.ts';
import { sqlNames } from './sql-dialects.ts';
import { yamlError } from './yaml.ts';

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
  if (sqlNames.includes(name)) {
    const { judged, error } = await sqlError(name, code);
    return judged ? { language: 'sql', error } : undefined;
  }
  const language = aliases[name] ?? name;
  if (language === 'json') return { language, error: jsonError(code) };
  if (language === 'yaml') return { language, error: await yamlError(code) };
  const parser = await parserOf(language);
  if (parser === undefined) return undefined;
  const source = language === 'bash' ? withoutPrompts(code) : code;
  const until = performance.now() + longest(source, language);
  const tree = parser.parse(source, null, { progressCallback: () => performance.now() > until });
  if (tree === null) {
    // Else it would go on from there with the next text.
    parser.reset();
    return undefined;
  }
  try {
    return { language, error: tree.rootNode.hasError ? firstError(tree.rootNode) : undefined };
  } finally {
    tree.delete();
  }
}

/** So often a grammar has been used: the first few times it is still being compiled. */
const uses = new Map<string, number>();
const usesOfCompiling = 20;

/**
 * Milliseconds that parsing may take; what takes longer is not judged. Code takes 0.2 ms for 1,000 characters,
 * with a bracket missing up to five times that, what is no code at all ten times. (Whether an error was met so
 * far is not told before the end: `hasError` of the progress stays false, measured with web-tree-sitter 0.27.)
 */
function longest(source: string, language: string): number {
  const used = (uses.get(language) ?? 0) + 1;
  uses.set(language, used);
  return Math.min(100, (used <= usesOfCompiling ? 90 : 7) + source.length / 1000);
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
