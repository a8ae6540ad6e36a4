import { entryTypes } from '../../memory/entry-types.ts';
import { type CommandName, commandNames } from './command-table.ts';
import { type Help, texts } from './help-texts.ts';

export function helpText(command: CommandName | undefined): string {
  return command === undefined ? overview() : commandHelp(texts[command]);
}

function overview(): string {
  const types = entryTypes.map((type) => `${type.code} ${type.name}`).join(', ');
  return [
    'mem-db: the memory of swarmd, one SQLite file',
    '',
    'Usage: mem-db COMMAND [key=value ...] [--db FILE] [--json]',
    '',
    ...commandNames.map((name) => `  ${name.padEnd(12)} ${texts[name].summary}`),
    '',
    `Types: ${types}`,
    'File:  --db FILE, else MEMORY_DB, else memory.db in the data directory (SWARMD_HOME).',
    'Exit:  0 done, 1 failed or not found, 64 wrong usage, 69 no file or no room, 70 damaged file,',
    '       75 locked, 77 not allowed, 78 newer file.',
    '',
    'mem-db COMMAND --help says more.',
  ].join('\n');
}

function commandHelp(help: Help): string {
  return [
    `${help.summary[0]?.toUpperCase()}${help.summary.slice(1)}.`,
    '',
    `Usage: ${help.usage} [--db FILE] [--json]`,
    ...(help.details === undefined ? [] : ['', ...help.details]),
    '',
    'Examples:',
    ...help.examples.map((example) => `  ${example}`),
  ].join('\n');
}
