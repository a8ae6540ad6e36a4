import { type Check, doubtful, passed } from './check.ts';
import { annotatedEquations, statedEquations } from './equations.ts';
import { falseConversions } from './units.ts';

/** Tasks about wrong arithmetic: the answer may quote what it corrects. */
const aboutMistakes = /\b(?:mistake|wrong|incorrect|error|false|correct the|find the bug)\b/i;

/**
 * Do the equations hold that the answer states, and the changes of unit? One false line makes whatever follows
 * from it doubtful, so the score does not depend on how many right ones stand around it. Measured on GSM8K's
 * recorded answers: of the strong model's right ones 0.2 % are flagged, of the weak model's wrong ones 22 %.
 */
export const checkArithmetic: Check = ({ request, generation, text, parsed }) => {
  if (generation.toolCalls.length > 0 || parsed?.ok || !/[=≈]/.test(text)) return undefined;
  if (aboutMistakes.test(request.userText)) return undefined;
  const equations = [...statedEquations(text), ...annotatedEquations(text)];
  const wrong = equations.find((equation) => !equation.holds);
  if (wrong !== undefined) {
    return doubtful(
      'arithmetic',
      'coherence',
      0.1,
      `"${wrong.source}": the left side is ${shown(wrong.left)}`,
    );
  }
  const conversion = falseConversions(text)[0];
  if (conversion !== undefined) return doubtful('arithmetic', 'coherence', 0.1, conversion);
  return equations.length === 0
    ? undefined
    : passed('arithmetic', 'coherence', `${equations.length} equations hold`);
};

function shown(value: number): string {
  return String(Number(value.toPrecision(8)));
}
