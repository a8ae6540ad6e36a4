/** The statements of `ledger.ts` and `calls.ts`. */

export const insertCall = `
  insert into calls (id, action_id, run_id, root_id, parent_id, client, agent, role, type, complexity, tier,
    provider, model, model_id, day, started_at, settlement, outcome, reserved_nano, escalated_from,
    holder, prices, experiment, arm)
  values (@id, @action_id, @run_id, @root_id, @parent_id, @client, @agent, @role, @type, @complexity, @tier,
    @provider, @model, @model_id, @day, @started_at, 'open', 'started', @reserved_nano, @escalated_from,
    @holder, @prices, @experiment, @arm)`;

/** What the bookkeeping of a call needs. */
const workingColumns = `
  seq, id, action_id, client, agent, role, experiment, type, tier, provider, model, day, started_at, settlement, outcome,
  reserved_nano, cost_nano, input_tokens, cached_input_tokens, cache_write_tokens, output_tokens, accepted,
  quality, answer_id`;

export const selectWorkingCall = `
  select ${workingColumns} from calls where id = ?`;

export const finishCall = `
  update calls set settlement = @settlement, outcome = @outcome, cost_nano = @cost_nano, holder = null,
    input_tokens = @input_tokens, cached_input_tokens = @cached_input_tokens,
    cache_write_tokens = @cache_write_tokens, output_tokens = @output_tokens,
    reasoning_tokens = @reasoning_tokens, latency_ms = @latency_ms, first_token_ms = @first_token_ms,
    load_ms = @load_ms, error_class = @error_class, error_message = @error_message, finished_at = @finished_at
  where seq = @seq`;

export const settleCall = `update calls set settlement = 'settled', cost_nano = @cost_nano where seq = @seq`;

export const addToAnswer = `update calls set answer_cost_nano = answer_cost_nano + @cost where id = @id`;

/** The same amounts for the hour and for the day (both by UTC) in which the call started. */
export const addUsage = `
  insert into _usage (width, start, day, tier, model, type, role, outcome, client, agent, calls, cache_hits,
    input_tokens, cached_input_tokens, cache_write_tokens, output_tokens, cost_nano, answers,
    answer_input_tokens, answer_output_tokens, quality_sum)
  select width, @started_at - @started_at % width, @day, @tier, @model, @type, @role, @outcome, @client, @agent,
    @calls, @cache_hits, @input_tokens, @cached_input_tokens, @cache_write_tokens, @output_tokens, @cost_nano,
    @answers, @answer_input_tokens, @answer_output_tokens, @quality_sum
  from (select 3600000 as width union all select 86400000) where true
  on conflict do update set calls = calls + excluded.calls, cache_hits = cache_hits + excluded.cache_hits,
    input_tokens = input_tokens + excluded.input_tokens,
    cached_input_tokens = cached_input_tokens + excluded.cached_input_tokens,
    cache_write_tokens = cache_write_tokens + excluded.cache_write_tokens,
    output_tokens = output_tokens + excluded.output_tokens, cost_nano = cost_nano + excluded.cost_nano,
    answers = answers + excluded.answers,
    answer_input_tokens = answer_input_tokens + excluded.answer_input_tokens,
    answer_output_tokens = answer_output_tokens + excluded.answer_output_tokens,
    quality_sum = quality_sum + excluded.quality_sum`;

export const judgeCall = `
  update calls set accepted = @accepted, quality = @quality, checks = @checks, critique = @critique,
    reason = @reason where seq = @seq`;
/** Whatever was called for this action and belongs to no answer yet was called for this one. */
export const claimForAnswer = `
  update calls set answer_id = @answer
  where action_id = @action and answer_id is null and role not in ('shadow', 'judge')`;
export const sumAnswer = `
  update calls set answer_cost_nano = (
    select sum(cost_nano) from calls where action_id = @action and answer_id = @answer) where seq = @seq`;

const recordColumns = `
  id, action_id, run_id, root_id, parent_id, client, agent, role, type, complexity, tier, provider, model,
  model_id, input_tokens, cached_input_tokens, cache_write_tokens, output_tokens, reasoning_tokens,
  reserved_nano, cost_nano, settlement, outcome, accepted, quality, checks, reason, escalated_from,
  error_class, error_message, latency_ms, first_token_ms, load_ms, experiment, arm, started_at, finished_at`;
export const selectCallsOfAction = `select ${recordColumns} from calls where action_id = ? order by seq`;
export const selectUnknownCalls = `select ${recordColumns} from calls where settlement = 'unknown' order by seq`;
export const selectCall = `select ${recordColumns} from calls where id = ?`;

export const selectOpenHolders = `select distinct holder from calls where settlement = 'open'`;
export const selectOpenCallsOf = `select id, reserved_nano from calls where settlement = 'open' and holder is @holder`;

/** Newest first; answered from an index alone. */
export const selectJudgements = `
  select accepted, started_at from calls
  where type = @type and complexity = @complexity and model = @model and accepted is not null and role = 'answer'
  order by seq desc limit @window`;

const sumsOfUsage = `
  sum(calls) as calls, sum(cache_hits) as cache_hits, sum(input_tokens) as input_tokens,
  sum(cached_input_tokens) as cached_input_tokens, sum(cache_write_tokens) as cache_write_tokens,
  sum(output_tokens) as output_tokens, sum(cost_nano) as cost_nano, sum(answers) as answers,
  sum(answer_input_tokens) as answer_input_tokens, sum(answer_output_tokens) as answer_output_tokens,
  sum(quality_sum) as quality_sum`;

/** Single calls in the shape of `_usage`, for what a window has left at its two ends. */
const callsAsUsage = `
  provider <> 'cache' as calls, provider = 'cache' as cache_hits, input_tokens, cached_input_tokens,
  cache_write_tokens, output_tokens, cost_nano,
  coalesce(accepted and role = 'answer' and provider <> 'cache', 0) as answers,
  iif(accepted and role = 'answer' and provider <> 'cache',
    input_tokens + cached_input_tokens + cache_write_tokens, 0) as answer_input_tokens,
  iif(accepted and role = 'answer' and provider <> 'cache', output_tokens, 0) as answer_output_tokens,
  iif(accepted and role = 'answer' and provider <> 'cache', quality, 0.0) as quality_sum`;

/**
 * Sums by `columns`: whole days from one roll-up, the hours at the ends from another, the minutes left from
 * the calls themselves. Six bounds, ascending: since, first hour, first day, last day, last hour, until.
 */
export function sumUsage(columns: readonly string[], condition = ''): string {
  const names = columns.join(', ');
  const key = names === '' ? '' : `${names}, `;
  const usage = (width: number, from: string, to: string) => `
    select ${key}calls, cache_hits, input_tokens, cached_input_tokens, cache_write_tokens, output_tokens,
      cost_nano, answers, answer_input_tokens, answer_output_tokens, quality_sum
    from _usage where width = ${width} and start >= ${from} and start < ${to} ${condition}`;
  const calls = (from: string, to: string) => `
    select ${key.replaceAll(/\b(client|agent)\b/g, "coalesce($1, '') as $1")}${callsAsUsage}
    from calls where started_at >= ${from} and started_at < ${to} and settlement <> 'open' ${condition}`;
  return `
    select ${key}${sumsOfUsage} from (
      ${calls('@since', '@first_hour')} union all ${usage(3_600_000, '@first_hour', '@first_day')}
      union all ${usage(86_400_000, '@first_day', '@last_day')}
      union all ${usage(3_600_000, '@last_day', '@last_hour')} union all ${calls('@last_hour', '@until')}
    ) ${names === '' ? '' : `group by ${names} order by ${names}`}`;
}
