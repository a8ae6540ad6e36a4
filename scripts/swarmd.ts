/**
 * The command `swarmd`. Each command's module is loaded only when it is that command's turn, so that `--help`
 * and the short commands do not pay for the daemon, the queue and the models' clients.
 */
import { Command, CommanderError } from 'commander';
import { exitCodes } from '../config/errors.ts';
import { didYouMean } from '../config/suggest.ts';
import { commandTable, type TableEntry } from './command-table.ts';
import { endQuietlyOnClosedPipe, tell } from './terminal/output.ts';
import { reportError } from './terminal/report-error.ts';

const example = `
Examples:
  swarmd demo                                   see everything on simulated models
  swarmd run "Name three colours"               ask, wait, see answer, tier, cost and why
  swarmd submit --file objectives.txt --wait    one action a line
  swarmd explain ID                             why it went where it went`;

async function main(args: readonly string[]): Promise<number> {
  endQuietlyOnClosedPipe();
  const program = newProgram();
  try {
    const entry = entryOf(args);
    if (entry === undefined) return await withoutCommand(program, args);
    (await entry.load())(program);
    await program.parseAsync(args, { from: 'user' });
    return typeof process.exitCode === 'number' ? process.exitCode : exitCodes.ok;
  } catch (error) {
    // commander has said what was wrong already; help and version are no errors.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    return reportError(error, args.includes('--json'));
  }
}

function newProgram(): Command {
  return new Command('swarmd')
    .description('Runs swarms of LLM agents in the background, on your own models first.')
    .exitOverride()
    .showSuggestionAfterError(true)
    .configureOutput({
      outputError: (text, write) => write(text.replace(/^error: /, 'swarmd: ')),
    });
}

/** The command the words name: `swarmd list`, `swarmd help list`. */
function entryOf(args: readonly string[]): TableEntry | undefined {
  const words = args.filter((word) => !word.startsWith('-'));
  const name = words[0] === 'help' ? words[1] : words[0];
  // An option before the command would be the command's own: `swarmd --json list` is not guessed at.
  if (args[0]?.startsWith('-') === true) return undefined;
  return commandTable.find((entry) => entry.name === name);
}

async function withoutCommand(program: Command, args: readonly string[]): Promise<number> {
  const [first] = args;
  if (first === '--version' || first === '-V') {
    const { version } = await import('../daemon/version.ts');
    process.stdout.write(`${version}\n`);
    return exitCodes.ok;
  }
  const named = first === 'help' ? args[1] : first;
  if (named === undefined || named === '--help' || named === '-h') {
    for (const { name, summary } of commandTable) program.command(name).description(summary);
    program.option('-V, --version', 'print the version').addHelpText('after', example);
    program.outputHelp({ error: first === undefined });
    return first === undefined ? exitCodes.usage : exitCodes.ok;
  }
  const what = named.startsWith('-') ? 'option' : 'command';
  const names = commandTable.map((entry) => entry.name);
  tell(`swarmd: unknown ${what} "${named}"${didYouMean(named, names)}`);
  tell('  instead: swarmd --help shows all commands');
  return exitCodes.usage;
}

process.exitCode = await main(process.argv.slice(2));
