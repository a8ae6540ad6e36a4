/**
 * Version 8: the text indexes are filled once a transaction, after its last operation. As triggers on each row
 * they were written out row by row (FTS5 flushes at every savepoint, and a statement with triggers is one),
 * which was more than half the cost of a write. Entries up to `indexed_through` are in both indexes.
 */
export const version8 = `
create table _text_index (indexed_through integer not null) strict;
insert into _text_index (indexed_through) select coalesce(max(id), 0) from entries;

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
