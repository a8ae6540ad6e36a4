// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what this file is about
const controls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/**
 * Stored text as it may be shown on a terminal: line breaks and tabs stay, every other control character
 * becomes a visible sign. Answers come from models and prompts from anywhere: an escape sequence in one could
 * retitle the window, write the clipboard or hide what stands before it; a bidirectional override reorders it.
 */
export function safeText(text: string): string {
  return text.replace(/\r\n/g, '\n').replace(controls, (character) => {
    const code = character.charCodeAt(0);
    if (code < 0x20) return String.fromCharCode(0x2400 + code);
    return code === 0x7f ? '\u2421' : '\ufffd';
  });
}

/** The same on one line, at most `width` columns wide, with an ellipsis where it was cut. */
export function safeLine(text: string, width = Number.POSITIVE_INFINITY): string {
  return cut(safeText(text).replace(/\s+/g, ' ').trim(), width);
}

/** As `safeLine`, with the spaces that align it kept: for lines put together here, of parts from anywhere. */
export function safeColumns(text: string, width = Number.POSITIVE_INFINITY): string {
  return cut(safeText(text).replace(/[\n\t]+/g, ' '), width);
}

/** Cuts to a number of columns; a wide character (CJK, emoji) takes two and is never cut in half. */
export function cut(text: string, width: number): string {
  if (columnsOf(text) <= width) return text;
  let used = 0;
  let kept = '';
  for (const { segment } of graphemes().segment(text)) {
    used += columnsOf(segment);
    if (used > width - 1) return `${kept}…`;
    kept += segment;
  }
  return kept;
}

let segmenter: Intl.Segmenter | undefined;

/** Made at first use: it loads ICU's tables, 8 ms (measured) that `mem-db query` does not have. */
function graphemes(): Intl.Segmenter {
  segmenter ??= new Intl.Segmenter(undefined, { granularity: 'grapheme' });
  return segmenter;
}

const wide =
  /\p{Emoji_Presentation}|[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/u;

/** How many columns a text takes on a terminal. */
export function columnsOf(text: string): number {
  // Nearly all text is ASCII, and segmenting costs a hundred times more.
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  let columns = 0;
  for (const { segment } of graphemes().segment(text)) columns += wide.test(segment) ? 2 : 1;
  return columns;
}

/** One line of JSON that is also safe on a terminal: what JSON leaves raw of the above is escaped. */
export function jsonLine(value: unknown): string {
  return JSON.stringify(value).replace(
    controls,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
