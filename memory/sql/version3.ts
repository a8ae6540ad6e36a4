/** Version 3: what each action type, agent and client has spent and reserved of a budget day. */
export const version3 = `
create table budget_scopes (
  day text not null,
  scope text not null,
  name text not null,
  spent_nano integer not null default 0,
  reserved_nano integer not null default 0,
  primary key (day, scope, name)
) strict, without rowid;
insert into budget_scopes (day, scope, name, spent_nano, reserved_nano)
  select day, scope, name, sum(cost_nano), sum(iif(settlement = 'open', reserved_nano, 0))
  from (
    select day, 'type' as scope, type as name, cost_nano, reserved_nano, settlement from calls
    union all select day, 'agent', agent, cost_nano, reserved_nano, settlement from calls
    union all select day, 'client', client, cost_nano, reserved_nano, settlement from calls
  ) where name is not null and reserved_nano > 0 group by day, scope, name;
`;
