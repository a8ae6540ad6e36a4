import { exitCodes, SwarmdError } from '../../config/errors.ts';
import { didYouMean } from '../../config/suggest.ts';
import { listLine } from '../../memory/entry-lines.ts';
import { toJson } from '../../memory/entry-rows.ts';
import { todoStates } from '../../memory/entry-types.ts';
import { durationMs } from '../../memory/time-words.ts';
import { claimTodo, closeTodo, listTodos, refuseHeld, todoContext } from '../../memory/todo.ts';
import { entryId, wholeNumber } from './numbers.ts';
import { openForReading, openForWriting, using } from './open.ts';
import { type CommandContext, takeOptions } from './options.ts';
import { printErr, printJson, printSafe } from './output.ts';

const defaultLease = '45min';

const verbs = {
  list,
  claim,
  done: (context: CommandContext) => close(context, 'DONE'),
  block: (context: CommandContext) => close(context, 'BLOCKED'),
  open: (context: CommandContext) => close(context, 'OPEN'),
  context: related,
};

/** `todo [list] | claim [ID] | done ID | block ID | open ID | context ID`. */
export function run(context: CommandContext): number {
  const [first = 'list', ...words] = context.words;
  const verb = first.startsWith('-') ? 'list' : first;
  const run = Object.entries(verbs).find(([name]) => name === verb)?.[1];
  if (run === undefined) {
    throw new SwarmdError('USAGE', `unknown todo command "${verb}"${didYouMean(verb, Object.keys(verbs))}`, {
      where: verb,
      allowed: Object.keys(verbs).join(', '),
    });
  }
  return run({ ...context, words: first.startsWith('-') ? context.words : words });
}

function list(context: CommandContext): number {
  const { flags, values } = takeOptions(context.words, {
    flags: ['all'],
    values: ['state', 'limit'],
    atMost: 0,
  });
  const state = values.get('state')?.toUpperCase();
  if (state !== undefined && !todoStates.some((known) => known === state)) {
    throw new SwarmdError('USAGE', `"${state}" is no state of a todo`, {
      where: '--state',
      allowed: todoStates.join(', '),
    });
  }
  const open = flags.has('all') ? todoStates : ['OPEN', 'IN_PROGRESS', 'BLOCKED'];
  const limit = wholeNumber(values.get('limit') ?? '50', '--limit');
  const store = openForReading(context.path);
  return using(store, () => {
    const states = state === undefined ? open : [state];
    for (const todo of listTodos(store, { states, limit, now: context.now })) {
      const held = todo.holder === null ? '' : ` held by ${todo.holder}`;
      if (context.json) printJson({ ...toJson(todo), holder: todo.holder });
      else printSafe(`${listLine(todo, context.now)}${todo.due === null ? '' : ` due ${todo.due}`}${held}`);
    }
    return exitCodes.ok;
  });
}

/** Prints the claim; exit 1 when nothing is free. */
function claim(context: CommandContext): number {
  const { values, rest } = takeOptions(context.words, { values: ['by', 'for'], atMost: 1 });
  const id = rest[0] === undefined ? undefined : entryId(rest[0]);
  const leaseMs = durationMs(values.get('for') ?? defaultLease, '--for');
  if (leaseMs < 1000) {
    throw new SwarmdError('USAGE', 'a lease this short is over at once', {
      where: '--for',
      allowed: '1s or more',
    });
  }
  const holder = namedHolder(values) ?? process.env.USER ?? 'person';
  return using(openForWriting(context.path), (store) => {
    const taken = store.transaction(
      () => claimTodo(store, { id, holder, leaseMs, now: context.now }),
      'full',
    );
    if (taken === undefined) {
      printErr('mem-db: no todo is free');
      if (context.json) printJson(null);
      return exitCodes.failure;
    }
    printJson({
      ...toJson(taken.todo),
      holder: taken.holder,
      fence: taken.fence,
      until: new Date(taken.until).toISOString(),
    });
    return exitCodes.ok;
  });
}

function namedHolder(values: ReadonlyMap<string, string>): string | undefined {
  const name = values.get('by');
  if (name === undefined || name.trim() !== '') return name;
  throw new SwarmdError('USAGE', 'the holder has no name', { where: '--by', allowed: '--by NAME' });
}

function close(context: CommandContext, state: 'DONE' | 'BLOCKED' | 'OPEN'): number {
  const { flags, values, rest } = takeOptions(context.words, { flags: ['force'], values: ['by', 'fence'] });
  const [word, ...words] = rest;
  const fence = values.get('fence');
  const input = {
    id: entryId(word),
    state,
    text: words.length === 0 ? undefined : words.join(' ').replace(/^text=/, ''),
    holder: namedHolder(values),
    force: flags.has('force'),
    fence: fence === undefined ? undefined : wholeNumber(fence, '--fence'),
    now: context.now,
  };
  return using(openForWriting(context.path), (store) => {
    const closed = store.transaction(() => {
      if (!input.force) refuseHeld(store, input);
      return closeTodo(store, input);
    }, 'full');
    printJson(toJson(closed));
    return exitCodes.ok;
  });
}

function related(context: CommandContext): number {
  const { rest } = takeOptions(context.words, { atMost: 1 });
  const id = entryId(rest[0]);
  const store = openForReading(context.path);
  return using(store, () => {
    const found = todoContext(store, id);
    for (const entry of [found.todo, ...found.related]) {
      if (context.json) printJson(toJson(entry));
      else printSafe(listLine(entry, context.now));
    }
    return exitCodes.ok;
  });
}
