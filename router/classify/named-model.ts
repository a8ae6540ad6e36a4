/**
 * A model that the user asks for by name. Only an instruction counts ("use GPT-4", "ask Claude to …"), at the
 * beginning of a sentence of the user's own words: text in quotation marks or code was blanked out before, and
 * what follows a line that ends in a colon is material ("Translate the following:"). A mention never counts,
 * or a document that speaks of GPT-4 could spend the user's money.
 */
const name =
  '(gpt[- ]?\\d[\\w.]*(?:-[a-z0-9.]+)*|gpt|chatgpt|o[134](?:-mini|-pro)?|claude(?:[- ](?:\\d[\\d.]*|opus|sonnet|haiku|fable)){0,3}|gemini(?:[- ](?:\\d[\\d.]*|pro|flash|ultra)){0,3}|llama[- ]?\\d[\\w.]*(?:[-:][a-z0-9.]+)*|llama|mi[sx]tral(?:[-:][a-z0-9.]+)*|codestral(?:[-:][a-z0-9.]+)*|qwen[\\w.]*(?:[-:][a-z0-9.]+)*|deepseek(?:-[a-z0-9.]+)*|phi[-]?\\d[\\w.]*(?:[-:][a-z0-9.]+)*)';

const polite =
  "(?:please |kindly |bitte |can you |could you |i want you to |i'd like you to |let's |just |now )*";
/** After the name: an end, or what continues an instruction. Never a possessive, never "as an example". */
const after =
  "(?![-\\w'’])(?! (?:as an? |like |versus |vs |and |or |is |are |was |has |had |can |could |costs? |performs? |prompts?\\b|style|documentation|docs))";

const instructions: readonly RegExp[] = [
  new RegExp(
    `^${polite}(?:use|ask|call|try|choose|pick|switch to|route (?:this |it )?to|send (?:this |it )?to|run (?:this |it )?(?:on|with)|answer (?:this )?(?:with|using)|verwende|benutze|nutze|frag|frage|utilise|utilisez|demande à|usa|utiliza|pregunta a) (?:the |den |das |le |el )?(?:model |modell |modèle |modelo )?${name}${after}`,
    'i',
  ),
  new RegExp(
    `^${polite}(?:have|let) ${name} (?:do|write|answer|solve|handle|review|check|take|decide|explain|translate)\\b`,
    'i',
  ),
  new RegExp(`^(?:using|with|via) ${name}(?:,| please\\b)`, 'i'),
  new RegExp(
    `, (?:please )?(?:use|using|with|via|and use) ${name}(?: for (?:this|it|that))?(?: please)?$`,
    'i',
  ),
];

/** How far an instruction may stand from the text's beginning, in characters; later text is material. */
const reach = 2_000;

/** The name as typed, or undefined. `prose` is the user's text with quotations and code blanked out. */
export function findNamedModel(prose: string): string | undefined {
  const head = prose.slice(0, reach);
  // A cheap sieve: most texts name no model at all.
  if (!/gpt|claude|gemini|llama|mi[sx]tral|codestral|qwen|deepseek|phi-?\d|\bo[134]\b/i.test(head))
    return undefined;
  const material = head.search(/:[ \t]*(?:\n|$)/);
  const own = material < 0 ? head : head.slice(0, material);
  for (const sentence of own.split(/[.!?](?=\s|$)|\n|;/)) {
    const trimmed = sentence.trim();
    if (trimmed.length > 300 || trimmed === '') continue;
    for (const instruction of instructions) {
      const match = instruction.exec(trimmed);
      const found = match?.[1];
      if (match === null || found === undefined) continue;
      // "Ask Claude Monet's dealer": a name that goes on is a person's.
      const rest = trimmed.slice(match.index + match[0].length);
      if (/^ [A-Z][a-z]/.test(rest) && /^[A-Za-z]+$/.test(found)) continue;
      return found;
    }
  }
  return undefined;
}
