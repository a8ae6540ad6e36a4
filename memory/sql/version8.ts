/**
 * Version 8: every filter has an index; those of columns that few entries use hold only these; with the status
 * in an index, what is in force is counted without a look at the entries. The text indexes are filled once a
 * transaction, after its last operation: as triggers on each row they were written out row by row (FTS5
 * flushes at every savepoint, and a statement with triggers is one), more than half the cost of a write.
 * Entries up to `indexed_through` are in both; up to `late_through` the order of ids is not that of time.
 */
export const version8 = `
drop index entries_by_order;
create index entries_by_order on entries (ordered_at, id, status);
drop index entries_by_topic;
create index entries_by_topic on entries (topic, ordered_at, id, status);
drop index entries_by_type;
create index entries_by_type on entries (type, ordered_at, id, status);
drop index entries_decisions;
create index entries_decisions on entries (topic, type) where type in ('d', 'L') and status = 'active';
create index entries_by_importance on entries (case importance when 'H' then 3 when 'M' then 2 when 'L' then 1 else 0 end, ordered_at, id);
create index entries_by_role on entries (role, ordered_at, id) where role is not null;
create index entries_by_choice on entries (choice, ordered_at, id) where choice is not null;
create index entries_by_metric on entries (metric, ordered_at, id) where metric is not null;
create index entries_by_client on entries (client, ordered_at, id) where client is not null;
create index entries_by_visibility on entries (visibility, ordered_at, id) where visibility <> 'public';
create index entries_by_scope on entries (scope, ordered_at, id) where scope <> 'shared';
create index entries_by_status on entries (status, ordered_at, id) where status <> 'active';
create index entries_by_due on entries (due) where due is not null;

create table _text_index (indexed_through integer not null, late_through integer not null) strict;
insert into _text_index (indexed_through, late_through)
  select (select coalesce(max(id), 0) from entries), (select coalesce(max(id), 0) from (
    select id, ordered_at, max(ordered_at) over (order by id rows between unbounded preceding and 1 preceding) as newest
    from entries) where ordered_at < newest);

drop trigger entries_indexed_on_insert;
drop trigger entries_indexed_on_delete;
create trigger entries_indexed_on_delete after delete on entries when old.id <= (select indexed_through from _text_index) begin
  insert into entries_fts (entries_fts, rowid, text, topic, choice, rationale) values ('delete', old.id, old.text, old.topic, old.choice, old.rationale);
  insert into entries_trigram (entries_trigram, rowid, text) values ('delete', old.id, old.text);
end;
drop trigger entries_indexed_on_update;
create trigger entries_indexed_on_update after update of text, topic, choice, rationale on entries when old.id <= (select indexed_through from _text_index) begin
  insert into entries_fts (entries_fts, rowid, text, topic, choice, rationale) values ('delete', old.id, old.text, old.topic, old.choice, old.rationale);
  insert into entries_fts (rowid, text, topic, choice, rationale) values (new.id, new.text, new.topic, new.choice, new.rationale);
end;
drop trigger entries_retrigrammed_on_update;
create trigger entries_retrigrammed_on_update after update of text on entries when old.id <= (select indexed_through from _text_index) begin
  insert into entries_trigram (entries_trigram, rowid, text) values ('delete', old.id, old.text);
  insert into entries_trigram (rowid, text) values (new.id, new.text);
end;
`;
