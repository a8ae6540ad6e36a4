/**
 * Version 1 of the file. Tables and views without a leading underscore are what others may read: columns are
 * added, never renamed. Money is in nano-dollars, time in milliseconds since 1970 (UTC), `day` is a budget
 * day (`2026-11-21`) in `cost_control.time_zone`. Columns that may be large stand last, so that lists read
 * the first page of a row only.
 */
export const version1 = `
create table actions (
  seq integer primary key,
  id text not null unique,
  type text not null,
  status text not null,
  parent_id text,
  root_id text not null,
  depth integer not null,
  client text,
  agent text,
  idempotency_key text,
  queue_job text,
  privacy text not null,
  priority integer not null,
  attempts integer not null,
  attempts_made integer not null default 0,
  crashes integer not null default 0,
  fence integer not null default 0,
  waiting_for text,
  budget_nano integer,
  carved_nano integer not null default 0,
  returned_nano integer not null default 0,
  reserved_nano integer not null default 0,
  cost_nano integer not null default 0,
  tree_cost_nano integer not null default 0,
  deadline_at integer,
  run_at integer,
  created_at integer not null,
  started_at integer,
  finished_at integer,
  complexity text,
  tier text,
  model text,
  quality real,
  degraded text,
  cached integer not null default 0,
  reason text,
  title text not null,
  tags text not null,
  error text,
  input text not null,
  state text,
  answer text,
  trail text
) strict;
create unique index actions_by_idempotency_key on actions (coalesce(client, ''), idempotency_key) where idempotency_key is not null;
create unique index actions_by_queue_job on actions (queue_job) where queue_job is not null;
create index actions_by_parent on actions (parent_id) where parent_id is not null;
create index actions_by_root on actions (root_id);
create index actions_by_status on actions (status, seq);
create index actions_open on actions (seq) where status not in ('completed', 'failed', 'cancelled');
create index actions_by_created on actions (created_at);

create table _action_counts (status text primary key, count integer not null) strict, without rowid;
insert into _action_counts (status, count) values
  ('queued', 0), ('running', 0), ('waiting', 0), ('delayed', 0), ('completed', 0), ('failed', 0), ('cancelled', 0);
create trigger actions_counted_on_insert after insert on actions begin
  update _action_counts set count = count + 1 where status = new.status;
end;
create trigger actions_counted_on_update after update of status on actions when old.status <> new.status begin
  update _action_counts set count = count - 1 where status = old.status;
  update _action_counts set count = count + 1 where status = new.status;
end;
create trigger actions_counted_on_delete after delete on actions begin
  update _action_counts set count = count - 1 where status = old.status;
end;

create table calls (
  seq integer primary key,
  id text not null unique,
  action_id text not null,
  run_id text,
  root_id text,
  parent_id text,
  client text,
  agent text,
  role text not null,
  type text not null,
  complexity text not null,
  tier text not null,
  provider text not null,
  model text not null,
  model_id text not null,
  day text not null,
  started_at integer not null,
  finished_at integer,
  settlement text not null,
  outcome text not null,
  reserved_nano integer not null,
  cost_nano integer not null default 0,
  input_tokens integer not null default 0,
  cached_input_tokens integer not null default 0,
  cache_write_tokens integer not null default 0,
  output_tokens integer not null default 0,
  reasoning_tokens integer not null default 0,
  accepted integer,
  quality real,
  answer_id text,
  answer_cost_nano integer,
  escalated_from text,
  latency_ms real,
  first_token_ms real,
  load_ms real,
  error_class text,
  error_message text,
  reason text,
  holder text,
  prices text,
  checks text
) strict;
create index calls_by_action on calls (action_id, seq);
create index calls_by_started on calls (started_at);
create index calls_open on calls (holder) where settlement = 'open';
create index calls_unknown on calls (seq) where settlement = 'unknown';
create index calls_accepted on calls (finished_at, seq) where accepted = 1 and role = 'answer';
create index calls_without_answer on calls (action_id) where answer_id is null;
create index calls_judged on calls (type, complexity, model, seq, accepted) where accepted is not null and role = 'answer';

create view reservations as
  select id as call_id, action_id, root_id, client, day, reserved_nano, started_at
  from calls where settlement = 'open' and reserved_nano > 0;

create view llm_calls as
  select seq, id, action_id, run_id, root_id, parent_id, client, agent, role, type, complexity, tier, provider, model,
    model_id, day, strftime('%Y-%m-%dT%H:%M:%fZ', started_at / 1000.0, 'unixepoch') as started,
    started_at, finished_at, latency_ms, first_token_ms, load_ms, input_tokens, cached_input_tokens,
    cache_write_tokens, output_tokens, reasoning_tokens, cost_nano, cost_nano / 1e9 as cost_usd,
    reserved_nano, settlement, outcome, accepted, quality, answer_id, escalated_from,
    error_class, error_message, reason, checks
  from calls;

create table budget_days (
  day text primary key,
  spent_nano integer not null default 0,
  reserved_nano integer not null default 0,
  unknown_nano integer not null default 0,
  unknown_calls integer not null default 0,
  api_calls integer not null default 0
) strict, without rowid;

create table _usage (
  width integer not null,
  start integer not null,
  day text not null,
  tier text not null,
  model text not null,
  type text not null,
  role text not null,
  outcome text not null,
  client text not null,
  agent text not null,
  calls integer not null,
  cache_hits integer not null,
  input_tokens integer not null,
  cached_input_tokens integer not null,
  cache_write_tokens integer not null,
  output_tokens integer not null,
  cost_nano integer not null,
  answers integer not null,
  answer_input_tokens integer not null,
  answer_output_tokens integer not null,
  quality_sum real not null,
  primary key (width, start, day, tier, model, type, role, outcome, client, agent)
) strict, without rowid;
create view usage_hours as select * from _usage where width = 3600000;
create view usage_days as select * from _usage where width = 86400000;

create table runs (
  seq integer primary key,
  id text not null unique,
  action_id text not null,
  agent text not null,
  status text not null,
  turns integer not null default 0,
  started_at integer not null,
  finished_at integer,
  reason text,
  state text
) strict;
create index runs_by_action on runs (action_id);

create table steps (
  seq integer primary key,
  run_id text not null,
  number integer not null,
  kind text not null,
  name text not null,
  status text not null,
  repeatable integer not null default 0,
  started_at integer not null,
  finished_at integer,
  input text,
  output text,
  unique (run_id, number)
) strict;

create table approvals (
  id text primary key,
  action_id text not null,
  run_id text,
  step integer,
  tool text not null,
  rule text,
  status text not null,
  requested_at integer not null,
  expires_at integer,
  decided_at integer,
  decided_by text,
  reason text,
  executed_at integer,
  arguments text not null
) strict;
create index approvals_pending on approvals (expires_at) where status = 'pending';
create index approvals_by_action on approvals (action_id);

create table cache (
  key text primary key,
  created_at integer not null,
  expires_at integer not null,
  value text not null
) strict;
create index cache_by_expiry on cache (expires_at);

create table state (
  key text primary key,
  value text not null,
  updated_at integer not null
) strict;

create view breakers as
  select breaker.key as model, breaker.value ->> '$.failures' as failures, breaker.value ->> '$.openUntil' as open_until,
    breaker.value ->> '$.opened' as opened, breaker.value ->> '$.reason' as reason, state.updated_at
  from state, json_each(state.value) breaker where state.key = 'breakers';

create table entries (
  id integer primary key autoincrement,
  timestamp integer not null,
  ordered_at integer not null,
  type text not null,
  topic text,
  text text not null,
  choice text,
  rationale text,
  session text,
  source text,
  importance text,
  due text,
  links text,
  scope text not null default 'shared',
  chat_id text,
  role text,
  visibility text not null default 'public',
  project text,
  task_id text,
  metric text,
  status text not null default 'active',
  superseded_by integer,
  superseded_at integer,
  client text,
  trust text not null default 'person',
  confirmed_by text,
  confirmed_at integer,
  seen_count integer not null default 1,
  last_seen_at integer,
  content_hash blob not null,
  exact text
) strict;
create index entries_by_order on entries (ordered_at, id);
create index entries_by_topic on entries (topic, ordered_at, id);
create index entries_by_type on entries (type, ordered_at, id);
create index entries_by_session on entries (session, ordered_at, id) where session is not null;
create index entries_by_source on entries (source, ordered_at, id) where source is not null;
create index entries_by_project on entries (project, ordered_at, id) where project is not null;
create index entries_by_task on entries (task_id, ordered_at, id) where task_id is not null;
create index entries_by_chat on entries (chat_id, ordered_at, id) where chat_id is not null;
create index entries_by_content on entries (content_hash);
create index entries_out_of_order on entries (ordered_at - timestamp) where ordered_at <> timestamp;

create virtual table entries_fts using fts5 (text, topic, choice, rationale, content='entries', content_rowid='id', tokenize='unicode61 remove_diacritics 2');
create virtual table entries_trigram using fts5 (text, content='entries', content_rowid='id', tokenize='trigram');
create trigger entries_indexed_on_insert after insert on entries begin
  insert into entries_fts (rowid, text, topic, choice, rationale) values (new.id, new.text, new.topic, new.choice, new.rationale);
  insert into entries_trigram (rowid, text) values (new.id, new.text);
end;
create trigger entries_indexed_on_delete after delete on entries begin
  insert into entries_fts (entries_fts, rowid, text, topic, choice, rationale) values ('delete', old.id, old.text, old.topic, old.choice, old.rationale);
  insert into entries_trigram (entries_trigram, rowid, text) values ('delete', old.id, old.text);
end;
create trigger entries_indexed_on_update after update of text, topic, choice, rationale on entries begin
  insert into entries_fts (entries_fts, rowid, text, topic, choice, rationale) values ('delete', old.id, old.text, old.topic, old.choice, old.rationale);
  insert into entries_fts (rowid, text, topic, choice, rationale) values (new.id, new.text, new.topic, new.choice, new.rationale);
end;
create trigger entries_retrigrammed_on_update after update of text on entries begin
  insert into entries_trigram (entries_trigram, rowid, text) values ('delete', old.id, old.text);
  insert into entries_trigram (rowid, text) values (new.id, new.text);
end;
`;
