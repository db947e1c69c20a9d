create table dim_date (
  day date primary key,
  year smallint not null generated always as (extract(year from day)) stored,
  quarter smallint not null generated always as (extract(quarter from day)) stored,
  month smallint not null generated always as (extract(month from day)) stored,
  month_start date not null generated always as (day - (extract(day from day)::int - 1)) stored,
  day_of_month smallint not null generated always as (extract(day from day)) stored,
  iso_year smallint not null generated always as (extract(isoyear from day)) stored,
  iso_week smallint not null generated always as (extract(week from day)) stored,
  -- 1 is Monday, 7 Sunday.
  iso_weekday smallint not null generated always as (extract(isodow from day)) stored,
  weekday text not null generated always as (
    (array['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'])[extract(isodow from day)::int]
  ) stored,
  is_weekend boolean not null generated always as (extract(isodow from day) >= 6) stored
);
comment on table dim_date is 'Days, UTC. Other days are added when something happened on them.';

insert into dim_date (day)
select day::date
  from generate_series(timestamp '2020-01-01', timestamp '2039-12-31', interval '1 day') as day;

create table dim_payment_method (
  payment_method_key integer generated always as identity primary key,
  payment_method text not null constraint dim_payment_method_name unique
);
comment on table dim_payment_method is 'How bookings were paid, as users said it.';

-- Who is who. Not for analysts: without it nobody can tell whose rows those of a user_key are.
create table user_identity (
  user_id bigint primary key,
  user_key bigint not null generated always as identity
);

create table dim_user (
  user_key bigint primary key,
  -- False while bookings or subscriptions name the user and user-service has not told of the account.
  known boolean not null,
  staff boolean,
  created_at timestamptz,
  created_on date,
  -- Null while the account is there.
  removed_at timestamptz
);
comment on table dim_user is 'Accounts, under keys that mean nothing elsewhere: no name, no address.';
call keep_totals('dim_user', '{users}', 'count(*) filter (where known and removed_at is null)');

create table dim_flight (
  flight_key bigint generated always as identity primary key,
  -- The version's id at the source.
  version_id bigint not null constraint dim_flight_version_id unique,
  flight_code text collate "C" not null,
  -- The number of this version among those of its flight, from 1 up.
  version integer not null,
  airline text not null,
  -- Wall clock at from_city, and at to_city.
  departure timestamp not null,
  arrival timestamp not null,
  from_city text not null,
  to_city text not null,
  route text not null generated always as (from_city || ' - ' || to_city) stored,
  price integer not null,
  status text not null,
  seats_total integer not null,
  valid_from timestamptz not null,
  -- Where the next version's valid_from begins; 'infinity' for the current one.
  valid_to timestamptz not null,
  is_current boolean not null
);
comment on table dim_flight is 'Versions of flights (type 2): what a flight was like from valid_from until before valid_to.';
-- Leads to the version of a moment without passing those before it.
create index dim_flight_moment on dim_flight (flight_code, valid_to);
call keep_totals('dim_flight', '{flights}', 'count(*) filter (where is_current)');
