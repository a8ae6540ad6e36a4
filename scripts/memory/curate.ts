import { exitCodes, SwarmdError } from '../../config/errors.ts';
import { decideProposal, openProposals, type Proposal, propose } from '../../memory/consolidate.ts';
import { topicList, visibleEntry } from '../../memory/curate.ts';
import type { Store } from '../../memory/database.ts';
import { listLine } from '../../memory/entry-lines.ts';
import { ageWords, isoTime } from '../../memory/time-words.ts';
import { entryId, wholeNumber } from './numbers.ts';
import { openForReading, openForWriting, using } from './open.ts';
import { type CommandContext, takeOptions } from './options.ts';
import { printJson, printOut, printSafe } from './output.ts';

export const topics = {
  run(context: CommandContext): number {
    const { values } = takeOptions(context.words, { values: ['limit'], atMost: 0 });
    const limit = wholeNumber(values.get('limit') ?? '100', '--limit');
    const store = openForReading(context.path);
    return using(store, () => {
      for (const topic of topicList(store, undefined, limit)) {
        if (context.json) printJson({ ...topic, newest: isoTime(topic.newest) });
        else {
          const decisions = topic.decisions === 0 ? '' : `, ${counted(topic.decisions, 'decision')}`;
          printSafe(
            `${topic.topic}: ${counted(topic.count, 'entry', 'entries')}${decisions}, ${ageWords(topic.newest, context.now)}`,
          );
        }
      }
      return exitCodes.ok;
    });
  },
};

function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** `consolidate [--id N | --recent | --all]` proposes; `consolidate approve|reject N` decides. */
export const consolidate = {
  run(context: CommandContext): number {
    const { flags, values, rest } = takeOptions(context.words, {
      flags: ['recent', 'all', 'list'],
      values: ['id', 'by'],
      atMost: 2,
    });
    const [verb, number] = rest;
    if (verb !== undefined && verb !== 'approve' && verb !== 'reject') {
      throw new SwarmdError('USAGE', `unknown word "${verb}"`, {
        where: verb,
        allowed: 'approve N or reject N',
      });
    }
    return using(openForWriting(context.path), (store) => {
      const { now } = context;
      if (verb !== undefined) {
        const input = {
          id: entryId(number),
          approve: verb === 'approve',
          by: values.get('by') ?? 'person',
          now,
        };
        show(
          store,
          store.transaction(() => decideProposal(store, input), 'full'),
          context,
        );
        return exitCodes.ok;
      }
      const id = values.get('id');
      const scope = id !== undefined ? { id: entryId(id, '--id') } : flags.has('all') ? 'all' : 'recent';
      if (!flags.has('list')) store.transaction(() => propose(store, { scope, now }));
      const open = openProposals(store, 100);
      for (const proposal of open) show(store, proposal, context);
      if (open.length === 0 && !context.json) printOut('nothing to consolidate');
      return exitCodes.ok;
    });
  },
};

function show(store: Store, proposal: Proposal, context: CommandContext): void {
  if (context.json) {
    printJson(proposal);
    return;
  }
  printSafe(`proposal ${proposal.id} (${proposal.status}): ${proposal.reason}`);
  printSafe(`  keep ${listLine(visibleEntry(store, proposal.keep), context.now)}`);
  for (const id of proposal.drop) printSafe(`  drop ${listLine(visibleEntry(store, id), context.now)}`);
}
