import { type Check, failed, passed } from './check.ts';
import { wordsOf } from './prose.ts';

/** Tasks whose answer is their own text, changed a little or not at all. */
const wantsItsOwnText =
  /\b(?:repeat|echo|copy|quote|proofread|correct|fix|format|reformat|rewrite|rephrase|paraphrase|edit|improve|translate|convert|extract|uppercase|lowercase|capitali[sz]e|punctuat\w*|transcribe|spell|grammar|say|print|return|output|reply with|respond with|answer with|tokeni[sz]e|anonymi[sz]e|redact|clean up|sort|reverse|complete|fill|korrigier\w*|übersetz\w*|wiederhol\w*|umschreib\w*|corrig\w*|tradu\w*|répèt\w*|repit\w*)\b/i;

/** A summary may well consist of the text's own sentences: only one that leaves hardly anything out is an echo. */
const wantsASummary = /\b(?:summar\w*|tl;?dr|abstract|gist|zusammenfass\w*|résum\w*|resum\w*|riassum\w*)\b/i;

const shingle = 5;

/** Does the answer only give the prompt back? Compared by runs of five words, so that case and markup do not matter. */
export const checkEcho: Check = ({ request, generation, text, parsed }) => {
  if (generation.toolCalls.length > 0 || parsed?.ok || text === '') return undefined;
  const asked = wordsOf(request.userText.slice(0, 20_000));
  if (asked.length < 8 || wantsItsOwnText.test(request.userText)) return undefined;
  const said = wordsOf(text.slice(0, 20_000));
  if (said.length < shingle || said.length > asked.length * 1.5) return passed('echo', 'completeness');
  const known = new Set<string>();
  for (let i = 0; i + shingle <= asked.length; i++) known.add(asked.slice(i, i + shingle).join(' '));
  let repeated = 0;
  const total = said.length - shingle + 1;
  for (let i = 0; i < total; i++) if (known.has(said.slice(i, i + shingle).join(' '))) repeated++;
  const share = wantsASummary.test(`${request.type} ${request.userText.slice(0, 400)}`) ? 0.9 : 0.6;
  return repeated / total > 0.85 && said.length > asked.length * share
    ? failed(
        'echo',
        'completeness',
        0.1,
        `${Math.round((repeated / total) * 100)} % of the answer is the prompt's own text`,
      )
    : passed('echo', 'completeness');
};
