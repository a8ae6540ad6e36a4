import type { AnswerCache } from '../router/types/outside.ts';
import type { Store } from './database.ts';

export type CachedAnswer = Parameters<AnswerCache['put']>[1];

/** More answers than this are not kept; the ones that expire first go first. */
const maxAnswers = 20_000;

const selectAnswer = 'select value from cache where key = @key and expires_at > @now';
const putAnswer = `
  insert into cache (key, created_at, expires_at, value) values (@key, @now, @expires_at, @value)
  on conflict (key) do update set created_at = @now, expires_at = @expires_at, value = @value`;
const dropExpired = 'delete from cache where expires_at <= ?';
const dropSurplus = `
  delete from cache where key in (
    select key from cache order by expires_at limit max(0, (select count(*) from cache) - @most))`;

/** An answer kept under this key and not yet expired. The key says for whom and under which privacy it was given. */
export function cachedAnswer(store: Store, key: string, now: number): CachedAnswer | undefined {
  const row = store.get<{ value: string }>(selectAnswer, { key, now });
  return row === undefined ? undefined : (JSON.parse(row.value) as CachedAnswer);
}

export function keepAnswer(
  store: Store,
  input: { key: string; value: CachedAnswer; now: number; ttlMs: number },
): void {
  const { changes } = store.run(putAnswer, {
    key: input.key,
    now: input.now,
    expires_at: input.now + input.ttlMs,
    value: JSON.stringify(input.value),
  });
  // Counting on every write would scan the table; every hundredth row keeps the bound within one per cent.
  const row = store.get<{ last: number }>('select last_insert_rowid() as last');
  if (changes === 0 || (row?.last ?? 0) % 100 !== 0) return;
  store.run(dropExpired, input.now);
  store.run(dropSurplus, { most: maxAnswers });
}
