import { SwarmdError } from '../../config/errors.ts';
import { didYouMean } from '../../config/suggest.ts';
import { aliases, type CommandName, commandNames } from './command-table.ts';
import type { CommandContext } from './options.ts';

export type Request =
  | { kind: 'help'; command: CommandName | undefined; asked: boolean }
  | { kind: 'version' }
  | {
      kind: 'run';
      command: CommandName;
      context: Omit<CommandContext, 'path'> & { path: string | undefined };
    };

/** Reads the command line; a path that is undefined is the configuration's to say. Throws USAGE. */
export function readArguments(given: readonly string[], env: NodeJS.ProcessEnv): Request {
  const words: string[] = [];
  let json = false;
  let help = false;
  let path = env.MEMORY_DB || undefined;
  for (let index = 0; index < given.length; index += 1) {
    const word = given[index] ?? '';
    if (word === '--json') json = true;
    else if (word === '--help' || word === '-h') help = true;
    else if ((word === '--version' || word === '-V') && words.length === 0) return { kind: 'version' };
    else if (word === '--no-color') continue;
    else if (word === '--db' || word.startsWith('--db=')) {
      const value = word === '--db' ? given[++index] : word.slice('--db='.length);
      if (value === undefined || value === '') {
        throw new SwarmdError('USAGE', '--db needs a file', { where: '--db', allowed: '--db PATH' });
      }
      path = value;
    } else words.push(word);
  }
  const first = words.shift();
  const name = first === 'help' ? words.shift() : first;
  if (name === undefined) return { kind: 'help', command: undefined, asked: help || first === 'help' };
  const command = commandOf(name);
  if (help || first === 'help') return { kind: 'help', command, asked: true };
  return {
    kind: 'run',
    command,
    context: { words, json, calledAs: name, path, now: Date.now() },
  };
}

function commandOf(word: string): CommandName {
  const name = aliases[word] ?? word;
  const command = commandNames.find((known) => known === name);
  if (command !== undefined) return command;
  throw new SwarmdError('USAGE', `unknown command "${word}"${didYouMean(word, commandNames)}`, {
    where: word,
    allowed: commandNames.join(', '),
  });
}
