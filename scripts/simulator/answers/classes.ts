import type { PromptClass } from '../types.ts';
import { words } from './reading.ts';

/**
 * The simulator's own rule for how hard a prompt is, published so that the pass matrix can be checked. It
 * looks at the first 2,000 characters (the instruction; long quoted material does not make a task hard):
 *   1. complex: a verb or a matter from `hard`, or four or more numbered parts
 *   2. moderate: a verb from `medium`, or two or three numbered parts, or more than 60 words
 *   3. simple: everything else (short questions, labels, arithmetic, extraction of a field)
 */
const hard =
  /\b(architect\w*|design (?:a|an|the)|prove\b|proof|debug|root cause|refactor|migrat\w+|trade-?offs?|distributed|concurren\w+|race condition|consensus|orchestrat\w+|multi-?(?:step|file|stage)|strategy|optimi[sz]e|security (?:review|audit)|threat model|step[- ]by[- ]step plan|in depth|thorough\w*|critically|derive\b|formal\w*|scal(?:e|able|ability)|deadlock)/i;
const medium =
  /\b(summari[sz]e|summary|explain|compare|contrast|describe|write|draft|rewrite|translate|implement|generate|analy[sz]e|review|outline|plan\b|discuss|why\b|how (?:do|does|would|can|to)|pros and cons|advantages|evaluate|suggest|propose|recommend|code|function|script|query)\b/i;

export function classOf(prompt: string): PromptClass {
  const text = prompt.slice(0, 2_000);
  const numbered = text.match(/(?:^|\n|\s)\(?\d{1,2}[.)]\s+\S/g)?.length ?? 0;
  if (hard.test(text) || numbered >= 4) return 'complex';
  if (medium.test(text) || numbered >= 2 || words(text) > 60) return 'moderate';
  return 'simple';
}
