import type { Command } from 'commander';
import { readScoreLines } from '../../router/learning/recorded.ts';
import { scoreLine } from '../../router/learning/score.ts';
import { print } from '../terminal/output.ts';
import { learnedOrPrior, readInput, tellUnknownFields } from './learned-file.ts';
import { type CommonOptions, withCommonOptions } from './settings.ts';

export function registerScore(program: Command): void {
  withCommonOptions(
    program
      .command('score')
      .description('score prompts, or prompts with their answers, without calling any model')
      .argument(
        '[file]',
        'JSONL, one {id, prompt, response?, type?, source?} a line; - is standard input',
        '-',
      ),
  )
    .addHelpText(
      'after',
      `
Writes one {id, complexity, score, confidence, quality?, escalate} a line.
Uses what \`swarmd learn\` has learned here, else the prior that ships with swarmd.

Example:
  swarmd score prompts.jsonl > scores.jsonl`,
    )
    .action(score);
}

function score(file: string, options: CommonOptions): void {
  const { text } = readInput(file);
  const lines = readScoreLines(text, file === '-' ? 'stdin' : file);
  tellUnknownFields(text, options);
  const { model, own } = learnedOrPrior(options);
  for (const line of lines) print(JSON.stringify(scoreLine(line, model, own)));
}
