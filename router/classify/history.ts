/**
 * What a run's own history says: not what was written earlier (that would judge every later turn by the first),
 * but how it has gone. Tools that keep failing mean that the model is stuck, whatever the next turn's text says.
 */
import type { Message, Signal } from '../types.ts';

/** Only the run's recent turns: a run that has recovered is not stuck any more. */
const recentMessages = 12;
const perFailure = 0.35;
const mostFailures = 3;

/** How a tool says that it failed, at the beginning of its result. */
const failure =
  /^\s*(?:\{\s*"error"|\[?(?:error|exception|traceback|fatal|failed|failure|denied|timed? ?out)\b|exit code [1-9]|command failed|no such file)/i;

export function historySignals(messages: readonly Message[]): Signal[] {
  let failures = 0;
  let last = '';
  for (const message of messages.slice(-recentMessages)) {
    if (message.role !== 'tool' || !failure.test(message.content.slice(0, 200))) continue;
    failures += 1;
    last = message.toolName ?? 'a tool';
  }
  // One failure is an ordinary turn.
  if (failures < 2) return [];
  const weight = perFailure * Math.min(failures, mostFailures);
  return [
    {
      name: 'the run is stuck',
      weight: Math.round(weight * 1000) / 1000,
      evidence: `${failures} of its last tool results are failures, the last of ${last}`,
    },
  ];
}
