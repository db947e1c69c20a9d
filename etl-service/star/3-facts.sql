-- Facts have no foreign keys: every key comes out of a join with its dimension, in the statement that stores the fact,
-- and checking it once more, row by row, would take longer than the load. Keys and triggers of a fact are made by
-- seal-<source>.sql, when its first window has been loaded: over many rows at once they cost a fraction.

create table fact_booking (
  booking_id bigint not null,
  user_key bigint not null,
  -- The version of the flight that was valid when it was booked.
  flight_key bigint not null,
  payment_method_key integer not null,
  booked_on date not null,
  canceled_on date,
  booked_at timestamptz not null,
  -- Null while the booking is confirmed.
  canceled_at timestamptz,
  -- What was paid.
  price integer not null
);
comment on table fact_booking is 'One row a booking, completed when it is canceled.';

create table fact_subscription (
  subscription_id bigint not null,
  user_key bigint not null,
  flight_code text collate "C" not null,
  subscribed_on date not null,
  ended_on date,
  subscribed_at timestamptz not null,
  -- Null while it lasts.
  ended_at timestamptz
);
comment on table fact_subscription is 'One row a subscription to the updates of a flight, completed when it ends.';

create table fact_flight_update (
  flight_code text collate "C" not null,
  day date not null,
  updates bigint not null,
  first_at timestamptz not null,
  last_at timestamptz not null,
  primary key (flight_code, day)
);
comment on table fact_flight_update is 'How many updates of a flight were published on a day.';
call keep_totals('fact_flight_update', '{flight_updates}', 'coalesce(sum(updates), 0)');
