-- Uniqueness ignores case in every script, so what must be unique is the folded text that the service computes:
-- lower() would fold as the database's locale says, which under "C" is ASCII only.
create table user_account (
  id           bigint generated always as identity primary key,
  username     text        not null check (char_length(username) between 1 and 80),
  username_key text        not null constraint user_account_username_key unique,
  -- An argon2id hash in PHC string form. Never the password.
  password     text        not null check (password like '$argon2id$%'),
  email        text        not null check (char_length(email) between 3 and 120),
  email_key    text        not null constraint user_account_email_key unique,
  roles        text[]      not null default '{}' check (roles <@ array['staff']),
  -- The Register call that made the account: its repeats are answered with the same account.
  request_id   text        not null constraint user_account_request_id_key unique,
  created_at   timestamptz not null
);
