import type { CheckResult } from '../types/assessment.ts';
import { type CheckInput, doubtful, failed, passed } from './check.ts';
import { codeBlocks } from './prose.ts';
import { syntaxError } from './syntax.ts';

/** Larger blocks are not parsed: 8 KB take 2 ms, so this bounds the check at some 50 ms. */
const largestBlock = 200_000;
const mostBlocks = 20;

/** Code with parts left out on purpose is a sketch, and does not parse by intention. */
const leftOut =
  /^\s*(?:\.\.\.|…)\s*$|(?:\/\/|#|--|\/\*|<!--)\s*(?:\.\.\.|…)|[{([,]\s*(?:\.\.\.|…)\s*[)\]},\n]|<(?:your|my|insert)[\w -]*>/im;

/** Languages in which every complete piece parses; of the others there are dialects that no parser here knows. */
const strict = new Set(['json', 'python', 'javascript', 'typescript', 'go', 'rust', 'java', 'c']);

/**
 * Does the code in the answer parse, block by block, in the language each names? Blocks without a language, of
 * an unknown one, or with parts left out on purpose are not judged.
 */
export async function checkCode(input: CheckInput): Promise<CheckResult | undefined> {
  const { request, generation, text, parsed } = input;
  if (generation.toolCalls.length > 0 || parsed?.ok || !/```|~~~/.test(text)) return undefined;
  // An answer that shows what is wrong with code quotes it.
  const quotesErrors = /\b(?:syntax error|invalid|wrong|incorrect|bug|fix)\b/i.test(request.userText);
  let judged = 0;
  const languages = new Set<string>();
  for (const { language, code, closed } of codeBlocks(text).slice(0, mostBlocks)) {
    // Cython is labelled as Python, having no name of its own that highlighters know.
    if (language.startsWith('py') && /\bcython\b|\.pyx\b|\bcdef\b/i.test(code)) continue;
    if (!closed || code.trim() === '' || code.length > largestBlock || leftOut.test(code)) continue;
    const outcome = await syntaxError(language, code);
    if (outcome === undefined) continue;
    judged++;
    languages.add(outcome.language);
    if (outcome.error === undefined) continue;
    const evidence = `${outcome.language}: ${outcome.error}`;
    return strict.has(outcome.language) && !quotesErrors
      ? failed('code', 'format', 0.2, evidence)
      : doubtful('code', 'format', quotesErrors ? 0.5 : 0.4, evidence);
  }
  return judged === 0 ? undefined : passed('code', 'format', `parses: ${[...languages].join(', ')}`);
}
