import type { Store } from './database.ts';

/** A message that is to leave the house, kept until it has. */
export interface OutboxRow {
  /** Where to: rows of one channel never hold up those of another. */
  channel: string;
  /** Ordered by time. A row with a known id replaces it. */
  id: string;
  /** Anything JSON holds. */
  message: unknown;
}

/** Rows of one channel beyond this are not kept: a receiver that is gone must not fill the file. */
const mostPerChannel = 10_000;

// They live in `state`, under names of their own: small values that must survive a restart.
const put = `
  insert into state (key, value, updated_at)
  select @key, @value, @at
  where (select count(*) from (select 1 from state where key > @first and key < @last limit ${mostPerChannel})) < ${mostPerChannel}
  on conflict (key) do update set value = @value, updated_at = @at`;
const pending = 'select key, value from state where key > @first and key < @last order by key limit @limit';
const drop = 'delete from state where key = ?';

/** Returns how many were kept. */
export function putOutbox(store: Store, input: { rows: readonly OutboxRow[]; at: number }): number {
  let kept = 0;
  for (const { channel, id, message } of input.rows) {
    const value = JSON.stringify(message);
    kept += store.run(put, { key: keyOf(channel, id), value, at: input.at, ...range(channel) }).changes;
  }
  return kept;
}

/** The oldest first. */
export function pendingOutbox(store: Store, channel: string, limit: number): OutboxRow[] {
  return store
    .all<{ key: string; value: string }>(pending, { ...range(channel), limit })
    .map(({ key, value }) => ({
      channel,
      id: key.slice(keyOf(channel, '').length),
      message: JSON.parse(value),
    }));
}

export function dropOutbox(store: Store, { channel, id }: { channel: string; id: string }): void {
  store.run(drop, keyOf(channel, id));
}

function keyOf(channel: string, id: string): string {
  return `outbox/${channel}/${id}`;
}

function range(channel: string): { first: string; last: string } {
  return { first: `outbox/${channel}/`, last: `outbox/${channel}0` };
}
