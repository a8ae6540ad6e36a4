import { SwarmdError } from '../../config/errors.ts';
import { didYouMean } from '../../config/suggest.ts';

export interface CommandContext {
  /** What stands after the command, without the options every command takes. */
  words: string[];
  json: boolean;
  /** The word the command was called by: an alias, or its name. */
  calledAs: string;
  path: string;
  now: number;
}

/**
 * Options of one command, taken out of its words: flags, and names with a value. Throws USAGE for the others,
 * and for more than `atMost` words beside them: what is passed over in silence was meant for something.
 */
export function takeOptions(
  words: readonly string[],
  known: { flags?: readonly string[]; values?: readonly string[]; atMost?: number },
): { flags: Set<string>; values: Map<string, string>; rest: string[] } {
  const flags = new Set<string>();
  const values = new Map<string, string>();
  const rest: string[] = [];
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? '';
    const [, name = '', inline] = /^--([a-z][a-z-]*)(?:=(.*))?$/s.exec(word) ?? [];
    if (name === '') rest.push(word);
    else if (known.flags?.includes(name) && inline === undefined) flags.add(name);
    else if (known.values?.includes(name)) {
      const value = inline ?? words[++index];
      if (value === undefined) {
        throw new SwarmdError('USAGE', `--${name} needs a value`, { where: `--${name}` });
      }
      values.set(name, value);
    } else {
      const names = [...(known.flags ?? []), ...(known.values ?? [])];
      throw new SwarmdError('USAGE', `unknown option --${name}${didYouMean(name, names)}`, {
        where: `--${name}`,
        allowed: names.map((option) => `--${option}`).join(', ') || 'none here',
      });
    }
  }
  const extra = rest[known.atMost ?? rest.length];
  if (extra !== undefined) {
    throw new SwarmdError('USAGE', `"${extra}" is one word too many`, {
      where: extra,
      allowed: known.atMost === 0 ? 'options only' : `at most ${known.atMost} beside the options`,
    });
  }
  return { flags, values, rest };
}
