import type { Store } from './database.ts';

const selectThrough = 'select indexed_through as id from _text_index';
const selectLast = 'select max(id) as id from entries';
const countWaiting = `
  select count(*) as count from entries where id > (select indexed_through from _text_index)`;
const addWords = `
  insert into entries_fts (rowid, text, topic, choice, rationale)
  select id, text, topic, choice, rationale from entries where id >= @from and id <= @to order by id`;
const addTrigrams = `
  insert into entries_trigram (rowid, text)
  select id, text from entries where id >= @from and id <= @to order by id`;
const setThrough = 'update _text_index set indexed_through = ?';

/**
 * Entries after this id were each written after, and stand after, all before them. One that brings an older
 * time or an id of its own (an import) does not; from it back, the order of ids is not the order of time.
 */
export function lateThrough(store: Store): number {
  return store.get<{ id: number }>('select late_through as id from _text_index')?.id ?? 0;
}

/** Notes that an entry was written late. */
export function noteLate(store: Store): void {
  store.run('update _text_index set late_through = ?', lastId(store));
}

/**
 * Sees that the entry just inserted is in the text indexes when its transaction commits. All entries of a
 * transaction are indexed at its end by one statement each, which costs a fifth of indexing them one by one;
 * so within a transaction, and only there, a search does not find what the same transaction wrote.
 */
export function indexInserted(store: Store, id: number, late: boolean): void {
  // Only what was written late may have an id below those that are indexed: an import brings its own.
  if (late && id <= indexedThrough(store)) add(store, id, id);
  else store.beforeCommit(indexNewEntries);
}

function indexNewEntries(store: Store): void {
  const through = indexedThrough(store);
  const last = lastId(store);
  if (last <= through) return;
  add(store, through + 1, last);
  store.run(setThrough, last);
}

/** Entries that no transaction of swarmd wrote, and which are in no index until the next one does. */
export function entriesToIndex(store: Store): number {
  return store.get<{ count: number }>(countWaiting)?.count ?? 0;
}

/** 0: there is no entry. */
export function lastId(store: Store): number {
  return store.get<{ id: number | null }>(selectLast)?.id ?? 0;
}

function indexedThrough(store: Store): number {
  return store.get<{ id: number }>(selectThrough)?.id ?? 0;
}

function add(store: Store, from: number, to: number): void {
  store.run(addWords, { from, to });
  store.run(addTrigrams, { from, to });
}
