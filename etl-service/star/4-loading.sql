-- Changes on their way in. Unlogged, all of them: a crash of the server empties the rows and the position together.
-- `ordinal` is the order in which the changes came.

create unlogged table stage_position (
  source text primary key,
  token text not null,
  rows bigint not null,
  -- Set when the window is complete.
  as_of timestamptz,
  counts jsonb
);

create unlogged table stage_flight (
  ordinal bigint not null,
  version_id bigint not null,
  flight_code text collate "C" not null,
  airline text not null,
  departure timestamp not null,
  arrival timestamp not null,
  from_city text not null,
  to_city text not null,
  price integer not null,
  status text not null,
  seats_total integer not null,
  changed_at timestamptz not null
) with (autovacuum_enabled = off);

create unlogged table stage_booking (
  ordinal bigint not null,
  booking_id bigint not null,
  user_id bigint not null,
  flight_code text collate "C" not null,
  payment_method text not null,
  price integer not null,
  -- Milliseconds since the epoch: most of what is loaded are bookings, and numbers are read and written in less time.
  booked_ms bigint not null,
  canceled_ms bigint
) with (autovacuum_enabled = off);

create unlogged table stage_user (
  ordinal bigint not null,
  user_id bigint not null,
  staff boolean not null,
  created_at timestamptz not null,
  changed_at timestamptz not null,
  removed boolean not null
) with (autovacuum_enabled = off);

create unlogged table stage_subscription (
  ordinal bigint not null,
  subscription_id bigint not null,
  user_id bigint not null,
  flight_code text collate "C" not null,
  subscribed_at timestamptz not null,
  ended_at timestamptz
) with (autovacuum_enabled = off);

create unlogged table stage_flight_update (
  ordinal bigint not null,
  flight_code text collate "C" not null,
  published_at timestamptz not null
) with (autovacuum_enabled = off);

-- Up to where each source has been merged.
create table position (
  source text primary key,
  token text not null,
  as_of timestamptz not null,
  merged_at timestamptz not null
);

-- Which shape this star has, and which run builds it, if it is not the live one.
create table star_version (
  version integer not null,
  run_id bigint
);
