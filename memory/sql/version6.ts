/**
 * Version 6: experiments on live traffic. `arms` and `steps` are JSON: the settings of each arm under their names
 * in swarmd.yaml, and the shares with the time each came into force. Every call says which arm it was made for.
 */
export const version6 = `
create table experiments (
  seq integer primary key,
  name text not null unique,
  kind text not null,
  state text not null,
  minimum_answers integer not null,
  tolerance real not null,
  budget_nano integer not null default 0,
  spent_nano integer not null default 0,
  reserved_nano integer not null default 0,
  started_at integer not null,
  ended_at integer,
  reason text,
  steps text not null,
  arms text not null
) strict;
create index experiments_running on experiments (seq) where state = 'running';

alter table calls add column experiment text;
alter table calls add column arm text;
create index calls_by_experiment on calls (experiment, arm, seq) where experiment is not null;

drop view llm_calls;
create view llm_calls as
  select seq, id, action_id, run_id, root_id, parent_id, client, agent, role, type, complexity, tier, provider, model,
    model_id, day, strftime('%Y-%m-%dT%H:%M:%fZ', started_at / 1000.0, 'unixepoch') as started,
    started_at, finished_at, latency_ms, first_token_ms, load_ms, input_tokens, cached_input_tokens,
    cache_write_tokens, output_tokens, reasoning_tokens, cost_nano, cost_nano / 1e9 as cost_usd,
    reserved_nano, settlement, outcome, accepted, quality, answer_id, escalated_from,
    error_class, error_message, reason, experiment, arm, checks
  from calls;
`;
