/**
 * The command `mem-db`. It opens the memory file itself, with or without a daemon, and is called by agents in
 * loops: it loads no more than its one command needs (goal: a query as a process within 60 ms).
 */
import { exitCodes, SwarmdError } from '../config/errors.ts';
import { memoryPath } from '../config/memory-path.ts';
import { readArguments } from './memory/arguments.ts';
import { commands } from './memory/command-table.ts';
import { printError, printOut } from './memory/output.ts';

async function main(words: readonly string[]): Promise<number> {
  const json = words.includes('--json');
  try {
    const request = readArguments(words, process.env);
    if (request.kind === 'help') {
      const { helpText } = await import('./memory/help.ts');
      printOut(helpText(request.command));
      return request.asked ? exitCodes.ok : exitCodes.usage;
    }
    if (request.kind === 'version') {
      const { version } = await import('./memory/version.ts');
      printOut(version());
      return exitCodes.ok;
    }
    const command = await commands[request.command].load();
    const path = request.context.path ?? (await memoryPath(process.env, process.cwd()));
    return await command.run({ ...request.context, path });
  } catch (error) {
    printError(error, json);
    return error instanceof SwarmdError ? error.exitCode : exitCodes.internal;
  }
}

process.exitCode = await main(process.argv.slice(2));
