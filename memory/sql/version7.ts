/** Version 7: clients, known by the hash of their token. What others may read of them is the view. */
export const version7 = `
create table _clients (
  name text primary key,
  token_hash blob not null unique,
  scopes text not null,
  privacy text not null,
  role text,
  project text,
  chat_id text,
  created_at integer not null,
  token_made_at integer not null
) strict, without rowid;
create view clients as select name, scopes, privacy, role, project, chat_id, created_at, token_made_at from _clients;
`;
