/** The parts of a text that are somebody else's words or not prose at all, taken out before it is read as prose. */

const fences = /^[^\S\n]*(```|~~~)[^\n]*\n[\s\S]*?(?:^[^\S\n]*\1[^\n]*$|(?![\s\S]))/gm;

/** The last text and what came of it: half of the checks ask for the same one, one after the other. */
let last = { text: '', plain: '' };

/** Without fenced and inline code. */
export function withoutCode(text: string): string {
  if (text !== last.text) last = { text, plain: text.replace(fences, '\n').replace(/`[^`\n]+`/g, ' ') };
  return last.plain;
}

/** Without code, block quotations and what stands between quotation marks on one line. */
export function withoutQuotations(text: string): string {
  return withoutCode(text)
    .replace(/^[^\S\n]*>.*$/gm, '')
    .replace(
      /"[^"\n]{1,2000}"|\u201c[^\u201d]{1,2000}\u201d|\u00ab[^\u00bb]{1,2000}\u00bb|\u201e[^\u201c\u201d]{1,2000}[\u201c\u201d]|\u300c[^\u300d]{1,2000}\u300d/g,
      ' ',
    )
    .replace(/(?<![\p{L}\p{N}])'[^'\n]{3,500}'(?![\p{L}\p{N}])/gu, ' ');
}

/** The contents of the code fences, with the language each names (lower case, '' when none). */
export function codeBlocks(text: string): { language: string; code: string; closed: boolean }[] {
  const blocks: { language: string; code: string; closed: boolean }[] = [];
  const lines = text.split('\n');
  let open: { marker: string; language: string; indent: number; lines: string[] } | undefined;
  for (const line of lines) {
    const fence = /^([^\S\n]*)(`{3,}|~{3,})[^\S\n]*([\w+#.-]*)/.exec(line);
    if (open === undefined) {
      if (fence?.[2] !== undefined)
        open = {
          marker: fence[2],
          language: (fence[3] ?? '').toLowerCase(),
          indent: (fence[1] ?? '').length,
          lines: [],
        };
    } else if (fence?.[2]?.startsWith(open.marker) && fence[3] === '') {
      blocks.push({ language: open.language, code: open.lines.join('\n'), closed: true });
      open = undefined;
    } else open.lines.push(withoutIndent(line, open.indent));
  }
  if (open !== undefined)
    blocks.push({ language: open.language, code: open.lines.join('\n'), closed: false });
  return blocks;
}

/** A fence inside a list is indented, and its lines with it. */
function withoutIndent(line: string, indent: number): string {
  const spaces = line.length - line.trimStart().length;
  return line.slice(Math.min(indent, spaces));
}

/** Words of two letters or more, and numbers, in lower case. */
export function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{M}]{2,}|\p{N}+/gu) ?? [];
}
