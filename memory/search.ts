import type { Store } from './database.ts';
import { type EntryRow, entryColumns, toEntry } from './entry-rows.ts';
import { visibleTo } from './identity.ts';
import type { Entry, Identity, SearchResult } from './types/entries.ts';
import { nearestEntries } from './vectors.ts';
import { quoteTerm, type SearchTerm, searchTerms } from './words.ts';

/**
 * Search by meaning and words. Words: the newest matches of each term are candidates (bounded, whatever the
 * size of the memory), scored here by BM25 (Robertson and Zaragoza, The Probabilistic Relevance Framework,
 * 2009). Vectors: the nearest entries. Both rankings are fused by reciprocal rank (Cormack, Clarke and
 * Büttcher, SIGIR 2009), then weighed by importance and age. Mind the bias: of a term in more than
 * `perTerm` entries only the newest are candidates.
 */
export interface SearchRequest {
  text: string;
  /** The text's vector, from the same model as the entries'; undefined: words only. */
  vector?: readonly number[] | undefined;
  limit: number;
  now: number;
  identity?: Identity | undefined;
}

const perTerm = 100;
const candidatesAtMost = 1000;
/** A term in more than this share of all entries says nothing beside rarer ones. */
const commonShare = 0.2;
const k1 = 1.2;
const b = 0.75;
/** The usual constant of reciprocal rank fusion. */
const rankOffset = 60;
const halfLifeMs = 90 * 86_400_000;

export function searchEntries(store: Store, request: SearchRequest): SearchResult[] {
  const byWords = rankByWords(store, request);
  const byVector =
    request.vector === undefined
      ? []
      : nearestEntries(store, request.vector, Math.max(50, request.limit * 2), request.identity);
  const results = new Map<number, SearchResult>();
  const add = (entry: Entry, rank: number, kind: 'wordRank' | 'vectorRank') => {
    const result = results.get(entry.id) ?? { entry, score: 0, wordRank: undefined, vectorRank: undefined };
    result[kind] = rank;
    result.score += 1 / (rankOffset + rank);
    results.set(entry.id, result);
  };
  for (const [index, entry] of byWords.entries()) add(entry, index + 1, 'wordRank');
  for (const [index, entry] of byVector.entries()) add(entry, index + 1, 'vectorRank');
  for (const result of results.values()) result.score *= weight(result.entry, request.now);
  return [...results.values()]
    .sort((x, y) => y.score - x.score || y.entry.id - x.entry.id)
    .slice(0, request.limit);
}

/** Between 0.8 and 1.25: enough to decide among equals, too little to lift what does not match. */
function weight(entry: Entry, now: number): number {
  const importance = entry.importance === 'H' ? 1.1 : entry.importance === 'L' ? 0.95 : 1;
  const age = Math.max(0, now - entry.timestamp);
  return importance * (0.9 + 0.1 * 0.5 ** (age / halfLifeMs));
}

// --------------------------------------------------------------------------------------------------- words

/** A term with the beginning that its other forms share: `signs`, `signing` and `signed` begin with `sign`. */
interface StemmedTerm extends SearchTerm {
  stem: string | undefined;
}

interface Weighed {
  term: StemmedTerm;
  idf: number;
}

/** Another form of the word counts less than the word itself. */
const formWeight = 0.7;

/**
 * English endings taken off at the time of the question, so that the index holds words as they are written and
 * other languages are left alone. Four letters stay: shorter beginnings are shared by unrelated words.
 */
function withStem(term: SearchTerm): StemmedTerm {
  const bare = term.text.replace(/^[^a-z]+|[^a-z]+$/gi, '').toLowerCase();
  if (term.prefix || !/^[a-z]{4,}$/.test(bare)) return { ...term, stem: undefined };
  const stem = bare.replace(/(?<=[a-z]{4})(ations?|ings?|ies|ed|es|ly|s|e|y)$/, '');
  return { text: bare, prefix: false, stem };
}

const endings = ['', 'e', 's', 'es', 'ed', 'ing', 'y', 'ies', 'er'] as const;

/**
 * What the index is asked for a term: its other forms too, where it has any, each by name. A prefix query
 * would find the same but reads the list of every word that begins so (measured: p99 2.3 ms against 0.4).
 */
function expressionOf(term: StemmedTerm): string {
  const { stem } = term;
  if (stem === undefined) return quoteTerm(term);
  const forms = new Set([term.text, ...endings.map((ending) => stem + ending)]);
  return `(${[...forms].map((text) => quoteTerm({ text, prefix: false })).join(' OR ')})`;
}

function rankByWords(store: Store, request: SearchRequest): Entry[] {
  const terms = distinct(searchTerms(request.text).map(withStem)).slice(0, 32);
  if (terms.length === 0) return [];
  const rows = new Map<number, EntryRow>();
  const total = store.get<{ last: number | null }>('select max(id) as last from entries')?.last ?? 0;
  const matches = terms.map((term) => ({ term, ids: newestMatches(store, expressionOf(term)) }));
  const weighed = matches.map(({ term, ids }) => ({ term, ids, df: frequency(ids, total) }));
  const rare = weighed.filter(({ df }) => df > 0 && df <= Math.max(20, total * commonShare));
  // Terms that nearly every entry has find candidates only where there is nothing better.
  const finding = rare.length > 0 ? rare : weighed;
  const ids = new Set<number>();
  if (finding.length > 1) {
    const all = finding.map(({ term }) => expressionOf(term)).join(' AND ');
    for (const id of newestMatches(store, all)) ids.add(id);
  }
  for (let place = 0; place < perTerm; place += 1) {
    for (const { ids: found } of finding) {
      const id = found[place];
      if (id !== undefined && ids.size < candidatesAtMost) ids.add(id);
    }
  }
  for (const row of visibleRows(store, [...ids], request.identity)) rows.set(row.id, row);
  return score(
    [...rows.values()],
    weighed.map(({ term, df }) => ({ term, idf: inverse(df, total) })),
  );
}

function newestMatches(store: Store, expression: string): number[] {
  return store
    .all<{ id: number }>(
      'select rowid as id from entries_fts where entries_fts match ? order by rowid desc limit ?',
      expression,
      perTerm,
    )
    .map((row) => row.id);
}

/** In how many entries a term is: counted when few, else judged by how densely the newest matches lie. */
function frequency(ids: readonly number[], total: number): number {
  const oldest = ids.at(-1);
  if (ids.length < perTerm || oldest === undefined) return ids.length;
  return Math.min(total, Math.round((ids.length / (total - oldest + 1)) * total));
}

function inverse(df: number, total: number): number {
  return Math.log(1 + (total - df + 0.5) / (df + 0.5));
}

/** What an identity may not see is no candidate, so it shows in no result, score or count. */
export function visibleRows(
  store: Store,
  ids: readonly number[],
  identity: Identity | undefined,
): EntryRow[] {
  const visible = visibleTo(identity);
  return store.all<EntryRow>(
    `select ${entryColumns} from entries where entries.id in (select value from json_each(@ids))
       and status not in ('superseded', 'deprecated', 'duplicate')
       ${visible === undefined ? '' : `and ${visible.sql.join(' and ')}`}`,
    { ids: JSON.stringify(ids), ...visible?.parameters },
  );
}

function score(rows: readonly EntryRow[], terms: readonly Weighed[]): Entry[] {
  const documents = rows.map((row) => {
    const fields = [row.text, row.topic, row.choice, row.rationale].filter((field) => field !== null);
    return { row, words: tokens(fields.join(' \n ')) };
  });
  const length = documents.reduce((sum, { words }) => sum + words.length, 0) / Math.max(1, documents.length);
  const patterns = terms.map(({ term, idf }) => ({ words: tokens(term.text), term, idf }));
  return documents
    .map(({ row, words }) => {
      const norm = k1 * (1 - b + (b * words.length) / Math.max(1, length));
      let sum = 0;
      for (const { words: pattern, term, idf } of patterns) {
        const exact = occurrences(words, pattern, term.prefix);
        const forms = term.stem === undefined ? 0 : occurrences(words, [term.stem], true) - exact;
        const count = exact + formWeight * Math.max(0, forms);
        sum += (idf * count * (k1 + 1)) / (count + norm);
      }
      return { row, sum };
    })
    .sort((x, y) => y.sum - x.sum || y.row.ordered_at - x.row.ordered_at || y.row.id - x.row.id)
    .map(({ row }) => toEntry(row));
}

function occurrences(words: readonly string[], pattern: readonly string[], prefix: boolean): number {
  const [first] = pattern;
  if (first === undefined) return 0;
  let count = 0;
  for (let start = 0; start + pattern.length <= words.length; start += 1) {
    const fits = pattern.every((word, index) => {
      const at = words[start + index] ?? '';
      return prefix && index === pattern.length - 1 ? at.startsWith(word) : at === word;
    });
    if (fits) count += 1;
  }
  return count;
}

/** As the index splits text: letters and digits, without case and accents. */
function tokens(text: string): string[] {
  // Nearly all text is ASCII, and taking accents off costs most of the work.
  if (!/[^\0-\x7f]/.test(text)) return text.toLowerCase().match(/[a-z0-9]+/g) ?? [];
  return (
    text
      .normalize('NFD')
      .replace(/\p{Mn}/gu, '')
      .toLowerCase()
      .match(/[\p{L}\p{N}\p{Co}]+/gu) ?? []
  );
}

function distinct(terms: readonly StemmedTerm[]): StemmedTerm[] {
  return [...new Map(terms.map((term) => [quoteTerm(term).toLowerCase(), term])).values()];
}
