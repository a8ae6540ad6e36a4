import { createRequire } from 'node:module';
import type { Store } from './database.ts';
import { type EntryRow, entryColumns, toEntry } from './entry-rows.ts';
import { visibleTo } from './identity.ts';
import type { Entry, Identity } from './types/entries.ts';

/**
 * Vectors of entries, by sqlite-vec. Each is kept whole in `embeddings` and as one bit a dimension in an
 * index: the bits find 200 candidates fast, the whole vectors order them (measured: 26 ms at 100,000 of 384
 * dimensions, 38 ms with whole vectors alone).
 */
const candidates = 200;
const mostCandidates = 4096;

const loaded = new WeakSet<Store>();

/** sqlite-vec is loaded where it is needed: most commands never touch a vector. */
function loadExtension(store: Store): void {
  if (loaded.has(store)) return;
  const require = createRequire(import.meta.url);
  const vec: { load(database: Store['sqlite']): void } = require('sqlite-vec');
  vec.load(store.sqlite);
  loaded.add(store);
}

const indexOf = (dimensions: number) => `_vectors_${dimensions}`;

/** The bit index needs whole bytes. */
const padded = (dimensions: number) => Math.ceil(dimensions / 8) * 8;

export interface EmbeddingState {
  /** The model whose vectors are stored; undefined: none yet. */
  model: string | undefined;
  embedded: number;
  /** Entries that have no vector of this model. */
  missing: number;
}

/** The model whose vectors are stored; undefined: none yet. */
export function embeddedBy(store: Store): string | undefined {
  return store.get<{ model: string }>('select model from embeddings limit 1')?.model;
}

/** Counts row by row, which takes seconds of a large file: `after` an id known to be the last without a gap, it does not. */
export function embeddingState(store: Store, model?: string, after = 0): EmbeddingState {
  const stored = embeddedBy(store);
  const wanted = model ?? stored ?? '';
  const row = store.get<{ embedded: number; missing: number }>(
    `select count(embeddings.entry_id) as embedded, count(*) - count(embeddings.entry_id) as missing
     from entries left join embeddings on embeddings.entry_id = entries.id and embeddings.model = @wanted
     where entries.id > @after`,
    { wanted, after },
  );
  return { model: stored, embedded: row?.embedded ?? 0, missing: row?.missing ?? 0 };
}

/**
 * The next entries without a vector of this model, the newest first, of those after and before these ids: who
 * asks for batch after batch goes on before the last one, so that no entry is looked at twice.
 */
export function entriesToEmbed(
  store: Store,
  model: string,
  limit: number,
  { after = 0, before = Number.MAX_SAFE_INTEGER }: { after?: number; before?: number } = {},
): { id: number; text: string }[] {
  return store.all<{ id: number; text: string }>(
    `select entries.id, entries.text || coalesce(char(10) || entries.rationale, '') as text
     from entries left join embeddings on embeddings.entry_id = entries.id and embeddings.model = @model
     where embeddings.entry_id is null and entries.id > @after and entries.id < @before
     order by entries.id desc limit @limit`,
    { model, limit, after, before },
  );
}

/** Stores vectors of one model; those of another are replaced as their turn comes. */
export function storeEmbeddings(
  store: Store,
  input: { model: string; vectors: readonly { id: number; vector: readonly number[] }[] },
): number {
  loadExtension(store);
  let stored = 0;
  for (const { id, vector } of input.vectors) {
    const bytes = toBytes(vector);
    const table = indexOf(padded(vector.length));
    createIndex(store, padded(vector.length));
    // The entry may have been deleted while its vector was being computed.
    const { changes } = store.run(
      `insert into embeddings (entry_id, model, vector) select id, @model, @vector from entries where id = @id
       on conflict (entry_id) do update set model = @model, vector = @vector`,
      { id, model: input.model, vector: bytes },
    );
    if (changes === 0) continue;
    for (const { name } of store.all<{ name: string }>(
      `select name from sqlite_schema where name glob '_vectors_[0-9]*' and sql like 'create virtual table%'`,
    )) {
      store.run(`delete from ${name} where entry_id = ?`, BigInt(id));
    }
    store.run(
      `insert into ${table} (entry_id, bits) values (?, vec_quantize_binary(?))`,
      BigInt(id),
      toBytes(padTo8(vector)),
    );
    stored += 1;
  }
  return stored;
}

function createIndex(store: Store, dimensions: number): void {
  store.run(
    `create virtual table if not exists ${indexOf(dimensions)} using vec0 (entry_id integer primary key, bits bit[${dimensions}])`,
  );
}

/** The entries nearest to a vector (by cosine) that the identity may see and that are current, nearest first. */
export function nearestEntries(
  store: Store,
  vector: readonly number[],
  limit: number,
  identity?: Identity,
): Entry[] {
  const dimensions = padded(vector.length);
  const table = indexOf(dimensions);
  const exists = store.get('select 1 from sqlite_schema where name = ?', table);
  if (exists === undefined) return [];
  loadExtension(store);
  const visible = visibleTo(identity);
  // What the filter takes away is made up for by looking further.
  for (let k = Math.max(candidates, limit); ; k = Math.min(mostCandidates, k * 5)) {
    const rows = store.all<EntryRow>(
      `with near as materialized (
         select entry_id from ${table} where bits match vec_quantize_binary(@bits) and k = @k)
       select ${entryColumns} from near join embeddings on embeddings.entry_id = near.entry_id
         join entries on entries.id = near.entry_id
       where length(embeddings.vector) = length(@vector)
         and status not in ('superseded', 'deprecated', 'duplicate')
         ${visible === undefined ? '' : `and ${visible.sql.join(' and ')}`}
       order by vec_distance_cosine(embeddings.vector, @vector) limit @limit`,
      {
        bits: toBytes(padTo8(vector)),
        vector: toBytes(vector),
        k: BigInt(k),
        limit,
        ...visible?.parameters,
      },
    );
    if (rows.length >= limit || k >= mostCandidates || identity === undefined) return rows.map(toEntry);
  }
}

function padTo8(vector: readonly number[]): readonly number[] {
  const missing = padded(vector.length) - vector.length;
  return missing === 0 ? vector : [...vector, ...new Array<number>(missing).fill(-1)];
}

function toBytes(vector: readonly number[]): Buffer {
  return Buffer.from(new Float32Array(vector).buffer);
}
