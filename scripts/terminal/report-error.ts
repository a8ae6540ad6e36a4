import { exitCodes, SwarmdError } from '../../config/errors.ts';
import { InputRefused } from '../../daemon/http/errors.ts';
import { paint, tell } from './output.ts';
import { jsonLine, safeText } from './safe-text.ts';

/** Says what went wrong on stderr, as text or JSON, and what the process should exit with. */
export function reportError(error: unknown, json: boolean): number {
  if (!(error instanceof SwarmdError)) {
    if (json) tell(jsonLine({ error: { code: 'INTERNAL', message: String(error), retryable: false } }));
    else
      tell(`${label()} ${safeText(error instanceof Error ? (error.stack ?? error.message) : String(error))}`);
    return exitCodes.internal;
  }
  if (json) {
    const errors = error instanceof InputRefused ? error.errors : error.faults;
    tell(jsonLine({ error: { ...error.toJSON(), ...(errors === undefined ? {} : { errors }) } }));
    return error.exitCode;
  }
  if (error instanceof InputRefused) {
    for (const one of error.errors) {
      const place = one.index === undefined ? '' : `action ${one.index + 1}: `;
      tell(`${label()} ${safeText(place + one.message)}`);
    }
    return error.exitCode;
  }
  tell(`${label()} ${safeText(error.message)}`);
  if (error.where !== undefined && !error.message.includes(error.where))
    tell(`  where:   ${safeText(error.where)}`);
  if (error.allowed !== undefined) tell(`  instead: ${safeText(error.allowed)}`);
  return error.exitCode;
}

function label(): string {
  return paint('red', 'swarmd:', process.stderr);
}
