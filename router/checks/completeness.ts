import { type Check, doubtful, passed } from './check.ts';

/** Tasks that cannot be answered in a few words. */
const wantsText =
  /\b(?:explain|describe|summari[sz]e|write|draft|compose|discuss|compare|analy[sz]e|outline|elaborate|implement|refactor|design|plan|review|list|give (?:me )?(?:\w+ )?(?:examples|reasons|steps|ideas)|how (?:do|does|can|would|to)|why (?:do|does|is|are|did)|step by step|erkläre?|beschreibe?|schreibe?|fasse|vergleiche?|expli\w+|décri\w+|rédige\w*|écri\w+|describ\w+|escrib\w+|resum\w+|compar\w+|spiega|descrivi|scrivi)\b/i;
const wantsFewWords =
  /\b(?:one word|single word|yes or no|yes\/no|true or false|only (?:the|a|with)|just (?:the|a)|in (?:a|one|\d+) (?:word|number|letter)s?|briefly|short answer|name of|nothing else|one of|title|headline|caption|slogan|emoji|ein wort|un mot|una palabra)\b/i;

/** Is the answer long enough for what was asked? A right answer may be one word, so only where text was asked for. */
export const checkLength: Check = ({ request, generation, text, settings, parsed }) => {
  if (generation.toolCalls.length > 0 || request.schema !== undefined || parsed?.ok || text === '')
    return undefined;
  const least = settings.minResponseLength;
  if (least <= 0 || request.typeComplexity === 'simple') return undefined;
  if (!wantsText.test(request.userText) || wantsFewWords.test(request.userText)) return undefined;
  // One Chinese, Japanese or Korean character says about what three Latin letters do.
  const dense =
    text.match(/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/gu)?.length ?? 0;
  const length = text.length + dense * 2;
  return length >= least
    ? passed('length', 'completeness', `${length} characters`)
    : doubtful(
        'length',
        'completeness',
        (length / least) * 0.3,
        `${length} characters where at least ${least} were expected`,
      );
};
