import { type Check, failed, passed } from './check.ts';
import { codeBlocks } from './prose.ts';

/** Words on which no finished sentence ends, in the languages where one can tell by the word alone. */
const dangling =
  /(?:^|\s)(?:the|a|an|and|or|but|of|to|with|for|from|into|that|which|because|such as|including|der|die|das|und|oder|mit|für|von|dass|weil|le|la|les|un|une|et|ou|avec|pour|que|el|los|las|y|con|para|porque|il|gli|che|per)$/i;

/**
 * Was the answer cut off? The provider's own word first (the limit of tokens was reached), then an unclosed
 * code fence, then a last line that stops on a connecting word or an opening bracket.
 */
export const checkTruncated: Check = ({ request, generation, text, parsed }) => {
  if (generation.finishReason === 'length') {
    return failed(
      'truncated',
      'completeness',
      0,
      `cut off at the limit of tokens (${generation.usage.outputTokens})`,
    );
  }
  if (generation.toolCalls.length > 0 || parsed?.ok || text === '') return undefined;
  const open = codeBlocks(text).find((block) => !block.closed);
  // A first line that opens a fence and nothing else is how some models answer with code only; with content it is a cut.
  if (open !== undefined && !/```/.test(request.userText))
    return failed(
      'truncated',
      'completeness',
      0.2,
      `code block (${open.language || 'no language'}) never closed`,
    );
  // In the middle of a calculation: an annotation never closed, or an operator with nothing behind it.
  if (/<<[^<>\n]*$|\d\s*[=+*/<]$/.test(text.slice(-200)) && !/[=+*/<]$/.test(request.userText.trim()))
    return failed('truncated', 'completeness', 0.2, `ends in a calculation: "…${text.slice(-40)}"`);
  const end = text.slice(-60).replace(/[*_\s]+$/, '');
  if (text.length >= 80 && (dangling.test(end) || /[([{\u2014]$/.test(end)))
    return failed('truncated', 'completeness', 0.2, `ends in the middle: "…${end.slice(-40)}"`);
  return passed('truncated', 'completeness', 'ends by itself');
};
