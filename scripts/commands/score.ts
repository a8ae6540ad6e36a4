import type { Command } from 'commander';
import { loadAgents } from '../../agents/definitions.ts';
import { type AskingAction, buildRequest } from '../../daemon/build-request.ts';
import { learnedQuality } from '../../router/learning/calibrate.ts';
import { readScoreLines, type ScoreLine } from '../../router/learning/recorded.ts';
import { notRun, scoreLine } from '../../router/learning/score.ts';
import { print, tell } from '../terminal/output.ts';
import { safeLine } from '../terminal/safe-text.ts';
import { learnedOrPrior, readInput, tellUnknownFields } from './learned-file.ts';
import { type CommonOptions, configOf, withCommonOptions } from './settings.ts';

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
Uses what \`swarmd learn\` has learned here, else the prior that ships with swarmd. The quality is what the daemon's
gate says of the response, without what is not run here (self-critique, commands); --json lists that in not_run.

Example:
  swarmd score prompts.jsonl > scores.jsonl`,
    )
    .action(score);
}

async function score(file: string, options: CommonOptions): Promise<void> {
  const { text } = readInput(file);
  const lines = readScoreLines(text, file === '-' ? 'stdin' : file);
  tellUnknownFields(text, options);
  const { config } = configOf(options);
  const { model, own, calibrations, provenance } = learnedOrPrior(options);
  const agents = loadAgents(config.agents.libraryDir);
  const now = Date.now();
  const context = {
    model,
    ownModel: own,
    config,
    learned: own ? learnedQuality(calibrations, provenance.learnedAt) : undefined,
    requestOf: (line: ScoreLine) => ({
      ...buildRequest(actionOf(line), { config, agents, now }),
      ...(line.source === undefined ? {} : { sourceText: line.source }),
    }),
  };
  const left = notRun(lines, context);
  if (left.length > 0)
    tell(safeLine(`swarmd: not run, so the daemon may judge these answers otherwise: ${left.join(', ')}`));
  for (const line of lines) {
    const scored = await scoreLine(line, context);
    print(
      JSON.stringify(options.json === true && 'quality' in scored ? { ...scored, not_run: left } : scored),
    );
  }
}

/** A line as the action that asks it. */
function actionOf(line: ScoreLine): AskingAction {
  return {
    id: line.id,
    rootId: line.id,
    parentId: undefined,
    type: line.type ?? 'prompt',
    input: { prompt: line.prompt },
    client: undefined,
    agent: undefined,
    privacy: 'any',
    budget: undefined,
    deadlineAt: undefined,
    priority: 5,
  };
}
