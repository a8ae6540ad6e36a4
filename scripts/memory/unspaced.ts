import { printErr } from './output.ts';

const unspaced =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\p{Emoji_Presentation}]/u;

/** Tells a person who asks by words in a script without spaces, or by emoji, that part of a text is found otherwise. */
export function hintUnspaced(words: string): void {
  if (!unspaced.test(words)) return;
  printErr(
    'mem-db: words without spaces between them are found whole only, emoji never; text=… finds any part',
  );
}
