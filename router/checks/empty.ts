import { type Check, failed } from './check.ts';

/** No words and no tool call, or only punctuation or a programming language's word for nothing. */
export const checkEmpty: Check = ({ generation, text, parsed }) => {
  if (generation.toolCalls.length > 0 || parsed?.ok) return undefined;
  if (text === '') {
    const reasoned = generation.reasoning.trim() !== '';
    const evidence = reasoned ? 'only reasoning, no answer after it' : 'the answer is empty';
    return failed('empty', 'completeness', 0, evidence);
  }
  if (!/[\p{L}\p{N}\p{S}]/u.test(text)) return failed('empty', 'completeness', 0, `only "${text}"`);
  // Not "none": a fair answer to "which of these, if any?".
  if (/^(?:null|undefined|nan|\[object Object\])$/i.test(text))
    return failed('empty', 'completeness', 0.1, `only "${text}"`);
  return undefined;
};
