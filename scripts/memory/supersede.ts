import { exitCodes, SwarmdError } from '../../config/errors.ts';
import { confirmEntry, supersedeEntry } from '../../memory/curate.ts';
import { toJson } from '../../memory/entry-rows.ts';
import { readEntryFields } from '../../memory/entry-terms.ts';
import { entryId } from './numbers.ts';
import { openForWriting, using } from './open.ts';
import { type CommandContext, takeOptions } from './options.ts';
import { printJson } from './output.ts';

/** `supersede 12 by=15` or `supersede 12 text="…"`: prints the entry that holds now. */
export function run(context: CommandContext): number {
  const [word, ...terms] = context.words;
  const id = entryId(word);
  const by = terms.find((term) => term.startsWith('by='));
  const fields = readEntryFields(
    terms.filter((term) => term !== by),
    context.now,
  );
  if ((by === undefined) === (Object.keys(fields).length === 0)) {
    throw new SwarmdError('USAGE', 'name the entry that takes its place, or its new text', {
      where: 'by',
      allowed: 'mem-db supersede 12 by=15, or mem-db supersede 12 text="Use PASETO" choice=paseto',
    });
  }
  const input = {
    id,
    now: context.now,
    ...(by === undefined ? { by: fields } : { byId: entryId(by.slice('by='.length), 'by') }),
  };
  return using(openForWriting(context.path), (store) => {
    const { replacement } = store.transaction(() => supersedeEntry(store, input), 'full');
    printJson({ ...toJson(replacement), supersedes: id });
    return exitCodes.ok;
  });
}

/** Makes a decision or lesson binding for agents. */
export const confirm = {
  run(context: CommandContext): number {
    const { values, rest } = takeOptions(context.words, { values: ['by'], atMost: 1 });
    const id = entryId(rest[0]);
    return using(openForWriting(context.path), (store) => {
      const by = values.get('by') ?? 'person';
      printJson(toJson(store.transaction(() => confirmEntry(store, { id, by, now: context.now }), 'full')));
      return exitCodes.ok;
    });
  },
};
