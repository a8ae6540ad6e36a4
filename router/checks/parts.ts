import { type Check, doubtful, passed } from './check.ts';
import { withoutCode } from './prose.ts';

const counts: Readonly<Record<string, number>> = {
  two: 2,
  three: 3,
  four: 4,
  five: 5,
  six: 6,
  seven: 7,
  eight: 8,
  nine: 9,
  ten: 10,
};

const asksForItems =
  /\b(?:list|give(?: me)?|name|suggest|provide|write|generate|propose|find|show(?: me)?|create|come up with)\s+(?:(?:me|us|my|with|the|a list of|list of|out|of|at least|exactly|top|best|another|a)\s+)*(\d{1,2}|two|three|four|five|six|seven|eight|nine|ten)\s+(?:(?!sentence|word|paragraph|line|page|minute|hour|day|letter|character|verse|stanza|to\b|-|by\b|or\b|percent|%)[\p{L}-]+\s+){0,3}?(?!sentence|word|paragraph|line|page|minute|hour|day|letter|character|verse|stanza)\p{L}+s\b/iu;

/**
 * Does the answer give as many items as were asked for, and touch each numbered question? Only what can be
 * counted: items as a list of lines, questions by their numbers.
 */
export const checkParts: Check = ({ request, generation, text, parsed }) => {
  if (generation.toolCalls.length > 0 || parsed?.ok || text === '') return undefined;
  const task = withoutCode(request.userText);
  const numbered = [...task.matchAll(/^\s*\(?(\d{1,2})[.)]\s+[^\n]*\?\s*$/gm)].length;
  if (numbered >= 2) {
    const answered = new Set(
      [...text.matchAll(/(?:^|\n)[\s#*>-]*(?:Q(?:uestion)?\s*)?\(?(\d{1,2})[.):]/gi)].map(
        (match) => match[1],
      ),
    ).size;
    const blocks = text.split(/\n\s*\n/).filter((block) => block.trim() !== '').length;
    return Math.max(answered, blocks) >= numbered
      ? passed('parts', 'completeness', `${numbered} questions answered`)
      : doubtful(
          'parts',
          'completeness',
          Math.max(answered, blocks) / numbered / 2,
          `${numbered} questions, ${Math.max(answered, blocks)} answers`,
        );
  }
  const match = asksForItems.exec(task);
  const word = match?.[1]?.toLowerCase() ?? '';
  const wanted = counts[word] ?? Number(word);
  if (match === null || !(wanted >= 3) || wanted > 50) return undefined;
  const items = Math.max(
    text.match(/^[^\S\n]*(?:[#*_]*\s*)?(?:\d{1,2}[.):]|[-*•–+])\s*\S/gm)?.length ?? 0,
    text.split('\n').filter((line) => line.trim() !== '').length - 2,
    text.split(/[,;]/).length,
  );
  return items >= wanted
    ? passed('parts', 'completeness', `${wanted} items asked for`)
    : doubtful('parts', 'completeness', (0.6 * items) / wanted, `${wanted} items asked for, ${items} found`);
};
