import type { Request } from '../types.ts';

/** Action types whose prompt is the text that the answer is about, and has to stay with. */
const aboutTheirPrompt: ReadonlySet<string> = new Set([
  'summarize',
  'read_file',
  'mem_search',
  'consolidate',
  'git_log',
  'git_status',
  'list_files',
  'orch_status',
]);

/**
 * An instruction that is done from the text below it alone. Left out: "explain", "review", "answer" and "write
 * about", which bring what the writer knows.
 */
const aboutItsText =
  /^\W*(?:(?:please|can you|could you|bitte)\W+)?(?:summari[sz]e|extract|condense|shorten|tl;?dr|fasse?|zusammenfass\w*|résume[rz]?|extrai\w*|resum[ea]\w*|riassum\w*)\b/i;
const needsMore =
  /\b(?:compare|advice|advise|evaluat\w*|assess\w*|recommend\w*|suggest\w*|improve\w*|explain\w*|opinion|translat\w*|analy[sz]\w*|vergleich\w*|bewert\w*|übersetz\w*)\b/i;

/** Shorter prompts name a subject ("Summarise: Hamlet, by William Shakespeare") more often than they hold a text. */
const leastWords = 12;

/**
 * The text that an answer has to stay with: the one the request carries; else the prompt of a type that is about its
 * prompt; else what stands below an instruction to summarise or extract, after a colon or an empty line. Undefined
 * where there is none.
 */
export function sourceOf(request: Pick<Request, 'sourceText' | 'userText' | 'type'>): string | undefined {
  if (request.sourceText !== undefined) return request.sourceText;
  const { userText } = request;
  const cut = /:\s+|\n\s*\n/.exec(userText.slice(0, 400));
  const instruction = cut === null ? '' : userText.slice(0, cut.index);
  const below = cut === null ? '' : userText.slice(cut.index + cut[0].length);
  if (needsMore.test(instruction)) return undefined;
  if (aboutItsText.test(instruction)) return isText(below) ? below : undefined;
  // An order that holds no text ("Summarise the plot of Hamlet for …"), or a question, is asked of the model itself.
  const isOrder = aboutItsText.test(userText) || /\?\s*$/.test(userText);
  return aboutTheirPrompt.has(request.type) && !isOrder && isText(userText) ? userText : undefined;
}

function isText(text: string): boolean {
  return (text.slice(0, 2000).match(/[\p{L}\p{N}]+/gu)?.length ?? 0) >= leastWords;
}
