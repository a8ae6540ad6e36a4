/**
 * The command `swarmd`. Each command's module is loaded only when it is that command's turn, so that `--help`
 * and the short commands do not pay for the daemon, the queue and the models' clients.
 */
import { Command, CommanderError } from 'commander';
import { exitCodes, SwarmdError } from '../config/errors.ts';
import { didYouMean } from '../config/suggest.ts';
import { commandTable, type TableEntry } from './command-table.ts';
import { endQuietlyOnClosedPipe } from './terminal/output.ts';
import { reportError } from './terminal/report-error.ts';

const example = `
Examples:
  swarmd demo                                   see everything on simulated models
  swarmd run "Name three colours"               ask, wait, see answer, tier, cost and why
  swarmd submit --file objectives.txt --wait    one action a line
  swarmd explain ID                             why it went where it went`;

async function main(args: readonly string[]): Promise<number> {
  endQuietlyOnClosedPipe();
  const json = args.includes('--json');
  const program = newProgram(json);
  try {
    const entry = entryOf(args);
    if (entry === undefined) return await withoutCommand(program, args);
    (await entry.load())(program);
    await program.parseAsync(args, { from: 'user' });
    return typeof process.exitCode === 'number' ? process.exitCode : exitCodes.ok;
  } catch (error) {
    if (!(error instanceof CommanderError)) return reportError(error, json);
    if (error.exitCode === 0) return exitCodes.ok; // help and version
    // Without --json commander has said what was wrong already.
    return json ? reportError(mistyped(error.message), json) : exitCodes.usage;
  }
}

function newProgram(json: boolean): Command {
  return new Command('swarmd')
    .description('Runs swarms of LLM agents in the background, on your own models first.')
    .exitOverride()
    .showSuggestionAfterError(true)
    .configureOutput({
      outputError: (text, write) => {
        if (!json) write(text.replace(/^error: .*/, (said) => `swarmd: ${plainly(said)}`));
      },
    });
}

/** commander's message in words of ours: `"nice" is no <label>. Allowed choices are good, bad, wrong-tier.` */
function plainly(message: string): string {
  return message
    .replace(/^error: /, '')
    .replace(/^command-argument value '(.*?)' is invalid for argument '(.*?)'\./, '"$1" is no <$2>.');
}

/** commander's message as an error of ours: its second line, where it has one, is the suggestion. */
function mistyped(message: string): SwarmdError {
  return new SwarmdError('USAGE', plainly(message).replaceAll('\n', ' '), {
    allowed: 'swarmd --help shows all commands, swarmd COMMAND --help its options',
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
  throw new SwarmdError('USAGE', `unknown ${what} "${named}"${didYouMean(named, names)}`, {
    allowed: 'swarmd --help shows all commands',
  });
}

process.exitCode = await main(process.argv.slice(2));
