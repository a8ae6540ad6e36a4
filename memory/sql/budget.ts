/** The statements of `budget.ts`. */

/** Two rows at most: the action and its root, which for a root are one. */
export const chargeAction = `
  update actions set reserved_nano = max(0, reserved_nano - @reserved * (id = @action)),
    cost_nano = cost_nano + @cost * (id = @action),
    tree_cost_nano = tree_cost_nano + @cost * (parent_id is null)
  where id in (@action, (select root_id from actions where id = @action))`;
export const reserveForAction = `update actions set reserved_nano = reserved_nano + @reserved where id = @action`;
export const selectActionBudget = `
  select budget_nano, cost_nano + carved_nano + returned_nano as spent_nano, reserved_nano, type, agent, client
  from actions where id = ?`;
/** Of the whole tree that an action belongs to. */
export const selectTreeUse = `
  select root.tree_cost_nano as spent_nano,
    (select sum(reserved_nano) from actions where root_id = root.id) as reserved_nano
  from actions own join actions root on root.id = own.root_id where own.id = ?`;

export const selectDay = `
  select day, spent_nano, reserved_nano, unknown_nano, unknown_calls, api_calls from budget_days where day = ?`;
export const selectMonth = `
  select coalesce(sum(spent_nano), 0) as spent_nano, coalesce(sum(reserved_nano), 0) as reserved_nano
  from budget_days where day between @month || '-01' and @month || '-31'`;
export const reserveForDay = `
  insert into budget_days (day, reserved_nano, api_calls) values (@day, @reserved, 1)
  on conflict (day) do update set reserved_nano = reserved_nano + @reserved, api_calls = api_calls + 1`;
export const chargeDay = `
  insert into budget_days (day, spent_nano, unknown_nano, unknown_calls)
  values (@day, @cost, @unknown, @unknown_calls)
  on conflict (day) do update set spent_nano = spent_nano + @cost, reserved_nano = max(0, reserved_nano - @reserved),
    unknown_nano = unknown_nano + @unknown, unknown_calls = unknown_calls + @unknown_calls`;

export const selectScope = `
  select spent_nano, reserved_nano from budget_scopes where day = @day and scope = @scope and name = @name`;
export const reserveForScope = `
  insert into budget_scopes (day, scope, name, reserved_nano) values (@day, @scope, @name, @reserved)
  on conflict do update set reserved_nano = reserved_nano + @reserved`;
export const chargeScope = `
  insert into budget_scopes (day, scope, name, spent_nano) values (@day, @scope, @name, @cost)
  on conflict do update set spent_nano = spent_nano + @cost, reserved_nano = max(0, reserved_nano - @reserved)`;

/** Calls of a model that started in a window, for an import of the provider's usage report. */
export const selectPaidCalls = `
  select id, settlement, reserved_nano, cost_nano from calls
  where started_at >= @since and started_at < @until and reserved_nano > 0
    and (model = @model or model_id = @model) order by seq`;
