import { exitCodeOf, exitCodes } from '../../config/errors.ts';
import type { ResultJson } from '../../daemon/http/wire/action-json.ts';
import { paint } from '../terminal/output.ts';
import { safeLine, safeText } from '../terminal/safe-text.ts';
import { actionCost, dollars, duration, quality, tierWord } from '../terminal/words.ts';

/** What a command ends with when this is what the action came to. */
export function exitCodeOfResult(result: Pick<ResultJson, 'status' | 'error'>): number {
  if (result.status === 'completed') return exitCodes.ok;
  // What it waited for before somebody ended it, a budget perhaps, is not why it ended.
  if (result.status === 'cancelled') return exitCodes.failure;
  return exitCodeOf(result.error?.code ?? '') ?? exitCodes.failure;
}

/** `m: m at http://…: no connection` names its model once. */
function withoutRepeat(text: string): string {
  const [, name = ''] = /^([^:\s]+): /.exec(text) ?? [];
  return name !== '' && text.startsWith(`${name}: ${name} at `) ? text.slice(name.length + 2) : text;
}

/** The answer as it is shown: nothing in it can steer the terminal. */
export function answerText(result: ResultJson): string {
  return safeText(result.answer ?? '');
}

/** `LOCAL_FAST (phi3-mini), quality 0.91, $0.00, 1.2 s`, and why. */
export function aboutLines(result: ResultJson): string[] {
  if (result.status !== 'completed') {
    const error = result.status === 'cancelled' ? null : result.error;
    // One model a line: the message joins them.
    if (error?.code === 'ALL_CANDIDATES_FAILED') {
      const models = error.message.split('; ').map((one) => `        ${safeLine(withoutRepeat(one))}`);
      return [paint('red', `${result.status}: ${error.code}`), ...models, `id      ${result.id}`];
    }
    const why = error === null ? result.reason : `${error.code}: ${error.message}`;
    const status = why === null ? result.status : `${result.status}: ${safeLine(why)}`;
    return [paint('red', status), `id      ${result.id}`];
  }
  const where = `${tierWord(result.tier)} (${safeLine(result.model ?? '-')})`;
  const { cost, ofTree } = actionCost(result);
  const cached = result.cached ? ', from the cache' : '';
  return [
    `tier    ${paint('bold', where)}${cached}`,
    `quality ${quality(result.quality)}   cost ${cost}${ofTree ? ` (its own calls ${dollars(result.cost_usd)})` : ''}   time ${duration(result.duration_ms)}`,
    `why     ${safeLine(result.reason ?? '-')}`,
    ...(result.degraded === null ? [] : [paint('yellow', `note    degraded: ${safeLine(result.degraded)}`)]),
    `id      ${result.id}`,
  ];
}
