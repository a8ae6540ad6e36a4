/**
 * Takes a request apart into what is asked and what is only pasted: logs, tables, code, settings, letters. A long
 * log with the question which line is the last does not make the question hard.
 */
import { type Concepts, isIdeograph, isLetter } from './concepts.ts';
import { readInstruction } from './instruction.ts';

/** What is read at most as the instruction, in characters: its beginning and its end. */
const longestInstruction = 1_000;
const longestEnd = 300;
/** An instruction after the material is short. */
const longestLast = 500;

export interface Parts {
  instruction: string;
  pasted: string;
}

export function split(prose: string, concepts: Concepts): Parts {
  const paragraphs = prose
    .split(/\n[ \t]*\n/)
    .map((one) => one.trim())
    .filter((one) => one !== '');
  const first = paragraphs[0] ?? '';
  const last = paragraphs.at(-1) ?? '';
  const pasted: string[] = [];
  const asked: string[] = [];
  const firstIsAsked =
    paragraphs.length === 1 || (!isData(first.split('\n', 1)[0] ?? '') && !onlyIntroduces(first));
  const lastIsAsked =
    paragraphs.length > 1 &&
    last.length <= longestLast &&
    last.split('\n').length <= 2 &&
    !isData(last) &&
    beginsWithTask(last, concepts);
  paragraphs.forEach((paragraph, at) => {
    const isAsked =
      at === 0
        ? firstIsAsked && !(lastIsAsked && first.length > 150 && !beginsWithTask(first, concepts))
        : at === paragraphs.length - 1 && lastIsAsked;
    if (!isAsked) {
      pasted.push(paragraph);
      return;
    }
    const lines = paragraph.split('\n');
    const material = lines.findIndex(
      (line, place) =>
        isData(line) || (place > 0 && (lines[place - 1] ?? '').trimEnd().endsWith(':') && lines.length > 2),
    );
    // Of the lines after an introduction the last may be a question of its own.
    asked.push(lines.slice(0, material < 1 ? lines.length : material).join('\n'));
    if (material >= 1) pasted.push(lines.slice(material).join('\n'));
  });
  const instruction = asked.length === 0 ? last : asked.join('\n');
  return {
    instruction:
      instruction.length <= longestInstruction
        ? instruction
        : `${instruction.slice(0, longestInstruction - longestEnd)}\n${instruction.slice(-longestEnd)}`,
    pasted: pasted.join('\n'),
  };
}

/** "Here is today's log." says what follows, not what to do with it. */
function onlyIntroduces(paragraph: string): boolean {
  return (
    paragraph.length < 40 &&
    /^(?:here (?:is|are)|hier ist|voici|aquí|ecco|segue)\b/i.test(paragraph) &&
    !/\?/.test(paragraph)
  );
}

/** One of its sentences begins with a task, politeness aside. */
function beginsWithTask(paragraph: string, concepts: Concepts): boolean {
  const noSpaces = isIdeograph(paragraph.charCodeAt(0));
  let begins = false;
  readInstruction(paragraph.slice(0, longestLast), concepts, (place, concept) => {
    if (concept < concepts.firstMatter && (place === 'command' || (noSpaces && place === 'asked')))
      begins = true;
  });
  return begins;
}

/** A line of a log, a table, code or settings: signs and digits where prose has letters. */
function isData(line: string): boolean {
  const text = line.trim();
  if (text === '') return false;
  let signs = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code > 127 || isLetter(code) || code === 32) continue;
    if (code === 46 || code === 63 || code === 33 || code === 39) continue;
    // A comma between words is prose, one between values is a table.
    if (code === 44 && text.charCodeAt(at + 1) === 32) continue;
    signs += 1;
  }
  return signs > 2 && signs / text.length > 0.13;
}
