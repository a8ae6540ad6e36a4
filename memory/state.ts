import type { Store } from './database.ts';

const selectValue = 'select value from state where key = ?';
const putValue = `
  insert into state (key, value, updated_at) values (@key, @value, @at)
  on conflict (key) do update set value = @value, updated_at = @at`;
const dropValue = 'delete from state where key = ?';

/** The value as it was set, or undefined. */
export function getState(store: Store, key: string): unknown {
  const row = store.get<{ value: string }>(selectValue, key);
  return row === undefined ? undefined : JSON.parse(row.value);
}

/** `value` is anything JSON holds; undefined removes the key. */
export function setState(store: Store, input: { key: string; value: unknown; at: number }): void {
  const value = JSON.stringify(input.value);
  if (value === undefined) store.run(dropValue, input.key);
  else store.run(putValue, { key: input.key, value, at: input.at });
}
