/** The statements of `actions.ts`. Lists leave out the columns that may be large. */

const summaryColumns = `
  id, type, status, parent_id, root_id, depth, client, agent, idempotency_key, queue_job, privacy, priority,
  attempts, attempts_made, crashes, fence, waiting_for, budget_nano, cost_nano, tree_cost_nano, deadline_at,
  run_at, created_at, started_at, finished_at, complexity, tier, model, quality, degraded, cached, reason,
  title, tags, error`;

const terminal = `('completed', 'failed', 'cancelled')`;

export const selectAction = `select ${summaryColumns}, input, state, answer, trail from actions where id = ?`;
export const selectActionByQueueJob = `select ${summaryColumns}, input, state, answer, trail from actions where queue_job = ?`;
export const selectDuplicate = `
  select id from actions where id = @id
  union all select id from actions where queue_job = @queue_job
  union all select id from actions where coalesce(client, '') = coalesce(@client, '') and idempotency_key = @idempotency_key
  limit 1`;

/** What a parent passes on, and what it has left. */
export const selectParent = `
  select id, root_id, depth, status, fence, client, privacy, deadline_at,
    budget_nano - cost_nano - reserved_nano - carved_nano - returned_nano as remainder_nano
  from actions where id = ?`;

export const insertAction = `
  insert into actions (id, type, status, parent_id, root_id, depth, client, agent, idempotency_key, queue_job,
    privacy, priority, attempts, budget_nano, deadline_at, run_at, created_at, title, tags, input)
  values (@id, @type, @status, @parent_id, @root_id, @depth, @client, @agent, @idempotency_key, @queue_job,
    @privacy, @priority, @attempts, @budget_nano, @deadline_at, @run_at, @created_at, @title, @tags, @input)`;

export const countChildren = `select count(*) as count from actions where parent_id = ?`;
export const countDescendants = `select count(*) as count from actions where root_id = @root and id <> @root`;
export const carve = `update actions set carved_nano = carved_nano + @amount where id = @id`;

export const claim = `
  update actions set crashes = crashes + (status = 'running'), status = 'running', waiting_for = null,
    run_at = null, fence = fence + 1, started_at = coalesce(started_at, @at)
  where id = @id and status not in ${terminal}`;

export const park = `
  update actions set status = @status, waiting_for = @waiting_for, run_at = @run_at,
    attempts_made = attempts_made + @attempt, error = coalesce(@error, error), state = coalesce(@state, state)
  where id = @id and fence = @fence and status = 'running'`;

export const finish = `
  update actions set status = @status, waiting_for = null, run_at = null, finished_at = @at,
    complexity = coalesce(@complexity, complexity), tier = @tier, model = @model, quality = @quality,
    degraded = @degraded, cached = @cached, reason = @reason, answer = @answer, error = @error,
    trail = coalesce(@trail, trail)
  where id = @id and fence = @fence and status not in ${terminal}`;

/** What a child that has ended did not need; its own open calls keep what they reserved. */
export const selectUnspent = `
  select parent_id, budget_nano - cost_nano - reserved_nano - carved_nano - returned_nano as unspent_nano
  from actions where id = ? and parent_id is not null and budget_nano is not null and status in ${terminal}`;
export const returnBudget = `update actions set returned_nano = returned_nano + @amount where id = @id`;
export const takeBack = `update actions set carved_nano = max(0, carved_nano - @amount) where id = @id`;
export const selectReturned = `
  select parent_id, returned_nano from actions where id = ? and parent_id is not null and returned_nano > 0`;

export const selectOpenDescendants = `
  with recursive below (id, level) as (
    select @id, 0
    union all select child.id, level + 1 from actions child join below on child.parent_id = below.id
  )
  select below.id as id from below join actions on actions.id = below.id
  where actions.status not in ${terminal} order by level desc`;
export const cancel = `
  update actions set status = 'cancelled', waiting_for = null, run_at = null, finished_at = @at,
    fence = fence + 1, reason = @reason
  where id = @id and status not in ${terminal}`;

export const releaseFromBudget = `
  update actions set status = 'queued', waiting_for = null, run_at = null
  where status = 'delayed' and waiting_for in (select value from json_each(@waits))
  returning ${summaryColumns}`;

export const retry = `
  update actions set status = 'queued', waiting_for = null, run_at = null, fence = fence + 1, attempts_made = 0,
    crashes = 0, finished_at = null, error = null, answer = null, quality = null, degraded = null, cached = 0,
    reason = null, state = null
  where id = @id and status in ('failed', 'cancelled')`;

export const selectChildren = `select ${summaryColumns} from actions where parent_id = ? order by seq`;
export const countPendingChildren = `
  select count(*) as count from actions where parent_id = ? and status not in ${terminal}`;
export const selectTree = `select ${summaryColumns} from actions where root_id = ? order by seq`;
export const selectOpen = `
  select ${summaryColumns} from actions
  where status not in ${terminal} and seq > coalesce((select seq from actions where id = @after), 0)
  order by seq limit @limit`;
export const selectWaitingCounts = `
  select waiting_for, count(*) as count from actions
  where status in ('waiting', 'delayed') and waiting_for is not null group by waiting_for`;
export const selectCounts = `select status, count from _action_counts`;

export function selectActions(conditions: readonly string[]): string {
  const where = conditions.length === 0 ? '' : `where ${conditions.join(' and ')}`;
  return `select ${summaryColumns} from actions ${where} order by seq desc limit @limit`;
}
