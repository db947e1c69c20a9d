-- What changed, for whoever keeps a copy: rows are added by triggers and never changed or dropped, so nothing that
-- changes the tables, by hand too, can forget to say so. No names, addresses or texts.
--
-- changed_in is the transaction that a row became visible with: UserChangeService tells by it what is new since a
-- snapshot. A row that must be the last word on something says so itself, for transactions are numbered in another order
-- than they commit in.

-- With many accounts this takes longer than a statement of the service may.
set local statement_timeout = 0;

create table account_version (
  changed_in xid8        not null default pg_current_xact_id(),
  id         bigint      generated always as identity,
  user_id    bigint      not null,
  roles      text[]      not null,
  created_at timestamptz not null,
  -- Of one account, each version is a millisecond or more after the one before, whatever the clocks say.
  changed_at timestamptz not null,
  removed    boolean     not null,
  primary key (changed_in, id)
);

create index account_version_latest on account_version (user_id, changed_at);

create table subscription_change (
  changed_in      xid8             not null default pg_current_xact_id(),
  id              bigint           generated always as identity,
  subscription_id bigint           not null,
  user_id         bigint           not null,
  flight_code     text collate "C" not null,
  created_at      timestamptz      not null,
  -- Null in the row that says that it began.
  ended_at        timestamptz      check (ended_at >= created_at),
  primary key (changed_in, id)
);

-- Every update that was ever published, also those that flight_update has no more.
create table flight_update_change (
  changed_in   xid8             not null default pg_current_xact_id(),
  id           bigint           generated always as identity,
  flight_code  text collate "C" not null,
  sequence     bigint           not null,
  published_at timestamptz      not null,
  primary key (changed_in, id)
);

-- Which database the numbers in changed_in are of: this one. In a restored copy they are those of another.
create table change_feed_identity (identity text not null);

insert into change_feed_identity (identity)
select system_identifier || '.' || (select oid from pg_database where datname = current_database())
       || '.' || 'change_feed_identity'::regclass::oid
  from pg_control_system();

create function record_new_accounts() returns trigger language plpgsql as $$
begin
  insert into account_version (user_id, roles, created_at, changed_at, removed)
  select id, roles, created_at, created_at, false from made order by id;
  return null;
end $$;

create function record_changed_accounts() returns trigger language plpgsql as $$
begin
  insert into account_version (user_id, roles, created_at, changed_at, removed)
  select after.id, after.roles, after.created_at,
         greatest(statement_timestamp(), (
           select max(changed_at) + interval '1 millisecond' from account_version where user_id = after.id
         )),
         false
  from after join before using (id)
  where (after.roles, after.created_at) is distinct from (before.roles, before.created_at)
  order by after.id;
  return null;
end $$;

create function record_removed_accounts() returns trigger language plpgsql as $$
begin
  insert into account_version (user_id, roles, created_at, changed_at, removed)
  select id, roles, created_at,
         greatest(statement_timestamp(), (
           select max(changed_at) + interval '1 millisecond' from account_version where user_id = gone.id
         )),
         true
  from gone order by id;
  return null;
end $$;

create function record_begun_subscriptions() returns trigger language plpgsql as $$
begin
  insert into subscription_change (subscription_id, user_id, flight_code, created_at)
  select id, user_id, flight_code, created_at from made order by id;
  return null;
end $$;

create function record_ended_subscriptions() returns trigger language plpgsql as $$
begin
  insert into subscription_change (subscription_id, user_id, flight_code, created_at, ended_at)
  select id, user_id, flight_code, created_at, greatest(statement_timestamp(), created_at) from gone order by id;
  return null;
end $$;

create function record_published_updates() returns trigger language plpgsql as $$
begin
  insert into flight_update_change (flight_code, sequence, published_at)
  select flight_code, sequence, created_at from made order by flight_code, sequence;
  return null;
end $$;

-- What would go by the triggers below.
create function refuse_unrecorded_change() returns trigger language plpgsql as $$
begin
  raise exception '% of % can''t be recorded in its history: delete and insert rows instead', tg_op, tg_table_name;
end $$;

-- The triggers come before what is there is copied: from here on until the commit, nobody else writes these tables.
create trigger accounts_made after insert on user_account
  referencing new table as made for each statement execute function record_new_accounts();
create trigger accounts_changed after update on user_account
  referencing old table as before new table as after for each statement execute function record_changed_accounts();
create trigger accounts_removed after delete on user_account
  referencing old table as gone for each statement execute function record_removed_accounts();
create trigger accounts_truncated before truncate on user_account
  for each statement execute function refuse_unrecorded_change();

create trigger subscriptions_begun after insert on subscription
  referencing new table as made for each statement execute function record_begun_subscriptions();
create trigger subscriptions_ended after delete on subscription
  referencing old table as gone for each statement execute function record_ended_subscriptions();
create trigger subscriptions_changed before update on subscription
  for each row when (old.* is distinct from new.*) execute function refuse_unrecorded_change();
create trigger subscriptions_truncated before truncate on subscription
  for each statement execute function refuse_unrecorded_change();

create trigger updates_published after insert on flight_update
  referencing new table as made for each statement execute function record_published_updates();

insert into account_version (user_id, roles, created_at, changed_at, removed)
select id, roles, created_at, created_at, false from user_account order by id;

insert into subscription_change (subscription_id, user_id, flight_code, created_at)
select id, user_id, flight_code, created_at from subscription order by id;

-- Of updates that were dropped, the position knows the numbers. They were published no later than the oldest that is kept.
insert into flight_update_change (flight_code, sequence, published_at)
select position.flight_code, number.sequence, coalesce(kept.created_at, oldest.created_at, position.latest_at)
from flight_position position
left join lateral (
  select created_at from flight_update where flight_code = position.flight_code order by sequence limit 1
) oldest on true
cross join lateral generate_series(1, position.latest_sequence) number (sequence)
left join flight_update kept on kept.flight_code = position.flight_code and kept.sequence = number.sequence
order by position.flight_code, number.sequence;
