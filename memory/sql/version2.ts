/** Version 2: leases of todos, vectors of entries, proposals to consolidate. */
export const version2 = `
create table todo_leases (
  entry_id integer primary key references entries (id) on delete cascade,
  holder text not null,
  fence integer not null,
  until integer not null
) strict;

create table embeddings (
  entry_id integer primary key references entries (id) on delete cascade,
  model text not null,
  vector blob not null
) strict;

create table proposals (
  id integer primary key,
  kind text not null,
  keep_id integer not null,
  drop_ids text not null,
  reason text not null,
  status text not null default 'open',
  created_at integer not null,
  decided_at integer,
  decided_by text
) strict;
create index proposals_open on proposals (keep_id) where status = 'open';
create index entries_open_todos on entries (choice, ordered_at) where type in ('T', 'G') and status = 'active';
create index entries_decisions on entries (topic) where type in ('d', 'L') and status = 'active';
`;
