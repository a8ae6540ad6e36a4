/**
 * Version 5: labels, what is known of an answer's truth. `labels` has one row per answer and source, with what
 * the gate saw when it judged the answer and no text of prompt or answer; `labelled_answers` has one row per
 * answer: of several labels the one that is surest to be right, among equals the one of the better source.
 */
export const version5 = `
alter table calls add column critique real;

drop index calls_judged;
create index calls_judged on calls (type, complexity, model, seq, accepted, started_at)
  where accepted is not null and role = 'answer';

create table labels (
  seq integer primary key,
  call_id text not null,
  action_id text not null,
  type text not null,
  complexity text not null,
  tier text not null,
  model text not null,
  label text not null,
  source text not null,
  confidence real not null,
  quality real,
  accepted integer,
  critique real,
  at integer not null,
  note text,
  checks text,
  unique (call_id, source)
) strict;
create index labels_by_time on labels (at);
create index labels_by_type on labels (type, at);
create index labels_by_action on labels (action_id);

create view labelled_answers as
  select call_id, action_id, type, complexity, tier, model, label, source, confidence, quality, accepted, critique, at,
    note, checks
  from (
    select *, row_number() over (
      partition by call_id
      order by confidence desc,
        case source when 'feedback' then 1 when 'check' then 2 when 'audit' then 3 else 4 end) as place
    from labels)
  where place = 1;
`;
