/**
 * Reads a text once, character by character, into what the signals look at: its words outside code and
 * quotations, where sentences begin, and counts of what structure leaves behind. Linear, no backtracking.
 *
 * Words in quotation marks and in code are left out because they are talked about, not asked for:
 * `Is the word "theorem" spelled correctly?` is no mathematics.
 */
export interface TextFacts {
  /** Lower-cased words outside code and quotations, from the beginning and the end of the text. */
  words: readonly string[];
  /** For each word: does a sentence, a line or a list item begin with it, politeness aside? */
  commands: readonly boolean[];
  /** For each word: its number of words since the sentence began. */
  sentences: number;
  questions: number;
  listItems: number;
  /** Lines that begin like the choices of a test: `A.`, `b)`. */
  options: number;
  codeBlocks: number;
  /** Brackets, semicolons and operators outside prose. */
  codeSigns: number;
  mathsSigns: number;
  /** Capitalised words inside sentences: names of people, places and things. */
  names: number;
  /** Words of the whole text, estimated where only its ends were read. */
  wordCount: number;
  /** Characters that were read, of a long text only its beginning and end. */
  readLength: number;
  /** What was read, with code and quotations blanked out; same length. */
  prose: string;
  /** Contains Chinese or Japanese characters, which have no spaces between words. */
  ideographs: boolean;
}

/** Nouns as well as verbs: before a colon they name what follows ("Answer: 4"), where "Translate: …" commands. */
const labels = new Set(
  'answer name state label tag count list plan design research review test draft document format print model'.split(
    ' ',
  ),
);

/** An instruction stands at the beginning or at the end of a long text; what lies between is material. */
const headLength = 6_000;
const tailLength = 2_000;

/** Words before a verb that leave it a command: "please refactor", "can you prove", "I want you to design". */
export const politeness: ReadonlySet<string> = new Set(
  "please kindly can could would will you i we want need like would to help me us let lets just now then and also next finally first second third so ok okay hi hello hey dear bitte kannst könntest du sie mir uns por favor puedes podrías me puede s’il s'il te vous plaît peux pourriez tu per favore puoi".split(
    ' ',
  ),
);

export function readText(text: string): TextFacts {
  const window =
    text.length <= headLength + tailLength
      ? text
      : `${text.slice(0, headLength)}\n\n${text.slice(-tailLength)}`;
  const blanked = blankQuotationsAndCode(window);
  const facts = readWords(blanked.text);
  const share = text.length / Math.max(1, window.length);
  return {
    ...facts,
    codeBlocks: blanked.codeBlocks,
    codeSigns: facts.codeSigns + blanked.codeSigns,
    wordCount: Math.round((facts.words.length + blanked.words) * share),
    readLength: window.length,
    prose: blanked.text,
  };
}

interface Blanked {
  text: string;
  codeBlocks: number;
  codeSigns: number;
  /** Words that were blanked out. */
  words: number;
}

const quotationEnds: Readonly<Record<string, string>> = {
  '"': '"',
  '“': '”',
  '„': '“',
  '«': '»',
  '‹': '›',
  '「': '」',
  '`': '`',
};
const longestQuotation = 600;

/** Replaces fenced code, inline code, quotations and quoted lines by spaces, so that places stay what they are. */
function blankQuotationsAndCode(text: string): Blanked {
  const pieces: string[] = [];
  let kept = 0;
  let at = 0;
  let codeBlocks = 0;
  let codeSigns = 0;
  let words = 0;
  const blank = (from: number, to: number): void => {
    pieces.push(text.slice(kept, from), ' '.repeat(to - from));
    words += Math.round((to - from) / 6);
    kept = to;
    at = to;
  };
  while (at < text.length) {
    const code = text.charCodeAt(at);
    // Letters, digits, spaces and most signs begin nothing.
    if (code < 128 ? code !== 34 && code !== 39 && code !== 62 && code !== 96 : code > 0x300d) {
      at += 1;
      continue;
    }
    const sign = text[at] ?? '';
    if (sign === '`' && text.startsWith('```', at)) {
      const close = text.indexOf('```', at + 3);
      codeBlocks += 1;
      codeSigns += 3;
      blank(at, close < 0 ? text.length : close + 3);
      continue;
    }
    if (sign === '>' && (at === 0 || text[at - 1] === '\n')) {
      const line = text.indexOf('\n', at);
      blank(at, line < 0 ? text.length : line);
      continue;
    }
    const end = sign === "'" ? apostropheEnd(text, at) : quotationEnd(text, at, sign);
    if (end > at) blank(at, end);
    else at += 1;
  }
  pieces.push(text.slice(kept));
  return { text: pieces.join(''), codeBlocks, codeSigns, words };
}

/** The place after a quotation that begins here, or 0: it must close in the same paragraph. */
function quotationEnd(text: string, at: number, sign: string): number {
  const closing = quotationEnds[sign];
  if (closing === undefined) return 0;
  const limit = Math.min(text.length, at + longestQuotation);
  for (let to = at + 1; to < limit; to += 1) {
    const here = text[to];
    if (here === closing) return to + 1;
    if (here === '\n' && (sign === '`' || text[to + 1] === '\n')) return 0;
  }
  return 0;
}

/** `'…'` is a quotation only where it cannot be an apostrophe: opened after a space, closed before one. */
function apostropheEnd(text: string, at: number): number {
  const before = text[at - 1];
  if (before !== undefined && !/[\s(:]/.test(before)) return 0;
  const limit = Math.min(text.length, at + 200);
  for (let to = at + 2; to < limit; to += 1) {
    if (text[to] === '\n') return 0;
    if (text[to] === "'" && !/[\p{L}\d]/u.test(text[to + 1] ?? ' ')) return to + 1;
  }
  return 0;
}

const codeSignCodes = new Set([...'{}[]();=<>\\|&'].map((sign) => sign.charCodeAt(0)));
const mathsSignCodes = new Set([...'^√∑∏∫≤≥≠≈∈∀∃π∞±×÷∂∇⊂∪∩→⇒'].map((sign) => sign.charCodeAt(0)));

type WordFacts = Omit<TextFacts, 'codeBlocks' | 'wordCount' | 'readLength' | 'prose'>;

function readWords(text: string): WordFacts {
  const words: string[] = [];
  const commands: boolean[] = [];
  let sentences = 0;
  let questions = 0;
  let listItems = 0;
  let options = 0;
  let codeSigns = 0;
  let mathsSigns = 0;
  let ideographs = false;
  let names = 0;
  /** True while only politeness stands between here and the sentence's beginning. */
  let atStart = true;
  let lineStart = true;
  let at = 0;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (isWordCode(code)) {
      const from = at;
      let plain = code >= 97 && code <= 122;
      at += 1;
      while (at < text.length) {
        const here = text.charCodeAt(at);
        if (here >= 97 && here <= 122) at += 1;
        else if (continuesWord(text, at)) {
          plain = false;
          at += 1;
        } else break;
      }
      const word = plain ? text.slice(from, at) : text.slice(from, at).toLowerCase();
      const isCommand = atStart;
      if (lineStart && at - from === 1 && /[.)]/.test(text[at] ?? '')) options += 1;
      atStart = atStart && politeness.has(word);
      words.push(word);
      // `Answer:` at a line's end is a label, not a command.
      commands.push(isCommand && !(text[at] === ':' && (labels.has(word) || endsLine(text, at + 1))));
      if (!isCommand && code <= 90 && code >= 65 && isLower(text.charCodeAt(from + 1))) names += 1;
      if (code >= 0x3040 && code <= 0x9fff) ideographs = true;
      lineStart = false;
      continue;
    }
    if (code >= 48 && code <= 57) {
      at += 1;
      while (at < text.length && isNumberCode(text.charCodeAt(at))) at += 1;
      if (lineStart && /[.)]/.test(text[at - 1] ?? '')) listItems += 1;
      else if (lineStart && (text[at] === ')' || text[at] === '.')) listItems += 1;
      else atStart = false;
      lineStart = false;
      continue;
    }
    if (code === 10) {
      lineStart = true;
      atStart = true;
    } else if (code === 63 /* ? */ || code === 0xff1f || code === 0x61f) {
      questions += 1;
      sentences += 1;
      atStart = true;
    } else if (code === 46 || code === 33 || code === 0x3002) {
      if (/\s/.test(text[at + 1] ?? ' ')) {
        sentences += 1;
        atStart = true;
      }
    } else if (code === 58 /* : */ || code === 59 /* ; */) {
      atStart = true;
      if (code === 59) codeSigns += 1;
    } else if (lineStart && (code === 45 || code === 42 || code === 0x2022)) {
      listItems += 1;
    } else if (code > 32) {
      if (codeSignCodes.has(code)) codeSigns += 1;
      else if (mathsSignCodes.has(code)) mathsSigns += 1;
      if (code === 92 /* \ */ || code === 36 /* $ */) mathsSigns += code === 92 ? 1 : 0;
      lineStart = false;
    }
    at += 1;
  }
  return {
    words,
    commands,
    sentences: Math.max(1, sentences),
    questions,
    listItems,
    options,
    codeSigns,
    mathsSigns,
    names,
    ideographs,
  };
}

/** Only blanks between here and the line's end. */
function endsLine(text: string, at: number): boolean {
  for (let to = at; to < text.length && to < at + 20; to += 1) {
    const sign = text[to];
    if (sign === '\n') return true;
    if (sign !== ' ' && sign !== '\t' && sign !== '\r') return false;
  }
  return true;
}

function isLower(code: number): boolean {
  return code >= 97 && code <= 122;
}

function isWordCode(code: number): boolean {
  return (
    (code >= 97 && code <= 122) ||
    (code >= 65 && code <= 90) ||
    (code >= 0xc0 &&
      code !== 0xd7 &&
      code !== 0xf7 &&
      !(code >= 0x2000 && code <= 0x2fff) &&
      !(code >= 0x3000 && code <= 0x303f) &&
      code !== 0xff1f)
  );
}

/** Letters and digits, and a hyphen or an apostrophe between letters: `zero-downtime`, `don't`, `s3`. */
function continuesWord(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  if (isWordCode(code) || (code >= 48 && code <= 57)) return true;
  return (code === 45 || code === 39 || code === 0x2019) && isWordCode(text.charCodeAt(at + 1));
}

/** Digits, and a point or comma between digits. */
function isNumberCode(code: number): boolean {
  return (code >= 48 && code <= 57) || code === 46 || code === 44;
}
