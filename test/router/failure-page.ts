/** Renders `docs/failures.md` from the failure matrix and from the table of consequences in the code. */
import { consequences } from '../../router/call-error.ts';
import type { CallErrorClass } from '../../router/types/call.ts';
import { deadlineMs, type MatrixRow, type RouteRow, shortTimeouts } from './failure-matrix.ts';

const meaning: Readonly<Record<CallErrorClass, string>> = {
  retry_here:
    'the same model may answer in a moment: 408, 409, 500, 502, 503, 504, 529, a cut or damaged stream, a reset connection',
  rate_limited:
    'the same model may answer after a while: 429 with or without Retry-After, or headers that leave no room',
  retry_elsewhere:
    'this model will not: 401, 403, 404, connection refused, every timeout, context too long, prompt cut by Ollama, what the model does not support',
  spend_cap:
    "the account's limit is reached: 402, insufficient_quota, enforced_spend_limit_reached, Anthropic's usage limits (a 400)",
  bad_request: 'no model would take the request: other 400 and 422',
  refused:
    'the provider refuses the content before an answer (a refusal within an answer is the finish reason "refusal")',
  cancelled: 'we stopped it',
};

export function failurePage(adapterRows: readonly MatrixRow[], routeRows: readonly RouteRow[]): string {
  return `# What fails, and what happens then

This page is written by \`SWARMD_UPDATE_DOCS=1 node --test test/router/failure-matrix.test.ts\` and checked by the
same test: every fault of the model simulator, through every adapter, streaming or not, and through the router
with its real ledger.

## Error classes

Every failure of a call falls into one class, decided once (\`router/providers/classify-error.ts\`). What each leads
to is one table in \`router/call-error.ts\`:

${table(
  [
    'class',
    'when',
    'retried here',
    'next candidate',
    'counts for the breaker',
    'whole provider out',
    'action may be retried',
  ],
  (Object.keys(consequences) as CallErrorClass[]).map((name) => {
    const consequence = consequences[name];
    return [
      `\`${name}\``,
      meaning[name],
      yes(consequence.retryHere),
      yes(consequence.nextCandidate),
      yes(consequence.breaker),
      yes(consequence.wholeProvider),
      yes(consequence.retryable),
    ];
  }),
)}

Errors that concern the request's size or shape (context too long, an unsupported parameter) never count for the
breaker. The SDKs' own retries are off. A wrong key and a missing model are not worth retrying later either.

When every candidate failed and one of them may answer later, the action is tried again after a backoff, up to its
\`attempts\`; while all of them rest (breaker), not before the first rest ends, where that is within a minute. One that lacks only money (paid models left out by a limit or a pause, its own models failing or resting)
waits instead, at no attempt, for the sooner of the limit's new start and the end of a model's rest
(\`router/budget-wait.ts\`); a change of the budget or a model that answers again releases it within seconds.

What a failed call cost is \`free\` (an error status or no connection: nothing was generated), \`bounded\` (we stopped a
stream that shows all it generates: its prompt and what was seen, with slack), \`unknown\` (a cut, or a model that thinks
unseen: charged in full until corrected) or \`settled\` (usage known).

## Each fault through each adapter

Timeouts of the hanging and dripping calls: first token ${shortTimeouts.firstToken} ms, idle ${shortTimeouts.idle} ms, total
${shortTimeouts.total} ms. "At once" means that no timeout was needed. "Streaming" is a caller that takes the pieces as
they come.

${table(
  ['fault', 'adapter', 'streaming', 'outcome', 'error class', 'money', 'time'],
  adapterRows.map((row) => [
    row.fault,
    row.provider,
    yes(row.streaming),
    row.outcome,
    row.errorClass,
    row.settlement,
    row.time,
  ]),
)}

\`wrong_usage\` cannot be seen from outside: the bill then follows what the provider reported. Ollama has no separate
finish event, so \`done_without_finish\` is nothing unusual there. \`refuse\` resets the connection after the request was
sent; a connection that is never accepted is \`retry_elsewhere\` and \`free\`.

## Each fault through the router

One candidate, at most two retries, a deadline of ${deadlineMs} ms, answers that must pass. "Calls" are the requests the server
received; the ledger has a row for each, written before it was sent.

${table(
  ['fault', 'adapter', 'outcome', 'calls', 'ledger rows', 'reservation', 'within the deadline'],
  routeRows.map((row) => [
    row.fault,
    row.provider,
    row.outcome,
    String(row.calls),
    row.ledger,
    row.reservation,
    yes(row.withinDeadline),
  ]),
)}

When all of them had ended, nothing was left reserved.
`;
}

function yes(value: boolean): string {
  return value ? 'yes' : 'no';
}

/** Columns as wide as their widest cell, as the formatter leaves Markdown. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows.map((row) => row.map((cell) => (cell === '' ? '-' : cell)))];
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const [first = [], ...rest] = all;
  return [line(first), line(widths.map((width) => '-'.repeat(width))), ...rest.map(line)].join('\n');
}
