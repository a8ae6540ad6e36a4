/** `swarmd feedback`: a person's word on an answer, into the record, beside a running daemon or without one. */
import { existsSync } from 'node:fs';
import { Argument, type Command } from 'commander';
import { SwarmdError } from '../../config/errors.ts';
import { answerCall } from '../../memory/labels.ts';
import type { NewLabel } from '../../memory/types/labels.ts';
import { print } from '../terminal/output.ts';
import { jsonLine, safeLine } from '../terminal/safe-text.ts';
import { quality, tierWord } from '../terminal/words.ts';
import { type CommonOptions, configOf, withCommonOptions } from './settings.ts';
import { withMemory } from './with-memory.ts';

const words = ['good', 'bad', 'wrong-tier'] as const;
type Word = (typeof words)[number];
const labels: Readonly<Record<Word, NewLabel['label']>> = {
  good: 'good',
  bad: 'bad',
  'wrong-tier': 'wrong_tier',
};

interface FeedbackOptions extends CommonOptions {
  note?: string;
}

export function registerFeedback(program: Command): void {
  withCommonOptions(
    program
      .command('feedback')
      .description('say whether the answer of an action was good')
      .argument('<id>', 'of the action')
      .addArgument(new Argument('<label>', 'what it was').choices(words)),
  )
    .option('--note <text>', 'why, for people; nothing is learned from it')
    .addHelpText(
      'after',
      `
wrong-tier: a local model should not have been asked, or an API model need not have been. A second feedback on the
same answer replaces the first. \`swarmd learn\` learns from what was said.

Example:
  swarmd feedback 01KA0B… good
  swarmd feedback 01KA0B… bad --note "the total is wrong"`,
    )
    .action(feedback);
}

async function feedback(id: string, word: Word, options: FeedbackOptions): Promise<void> {
  const { path } = configOf(options).config.memory;
  if (!existsSync(path)) throw noAction(id);
  const given = await withMemory(options, async (memory) => {
    const action = memory.actions.get(id);
    if (action === undefined) throw noAction(id);
    const call = answerCall(action, memory.calls.forAction(id));
    if (call === undefined)
      throw new SwarmdError('NOT_FOUND', `action ${id} has no answer of its own (it is ${action.status})`, {
        where: id,
        allowed: 'an action with an answer; of one that was split, its parts: swarmd tree ID',
      });
    const before = memory.labels
      .list({ source: 'feedback', actionId: id })
      .find((label) => label.callId === call.id);
    await memory.labels.add({
      callId: call.id,
      label: labels[word],
      source: 'feedback',
      confidence: 1,
      ...(options.note === undefined ? {} : { note: options.note }),
      at: Date.now(),
    });
    return { call, before };
  });
  const { call, before } = given;
  if (options.json === true) {
    print(
      jsonLine({
        action_id: id,
        call_id: call.id,
        type: call.type,
        tier: call.tier,
        model: call.model,
        quality: call.quality,
        label: labels[word],
        replaced: before?.label ?? null,
      }),
    );
    return;
  }
  const instead = before === undefined || before.label === labels[word] ? '' : `, instead of ${before.label}`;
  print(
    safeLine(
      `${word}: ${tierWord(call.tier)} ${call.model}, judged ${quality(call.quality)} by the gate${instead}`,
    ),
  );
}

function noAction(id: string): SwarmdError {
  return new SwarmdError('NOT_FOUND', `no action ${JSON.stringify(id)}`, {
    where: id,
    allowed: 'an id that `swarmd list` shows',
  });
}
