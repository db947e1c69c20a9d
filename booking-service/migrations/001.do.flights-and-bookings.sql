create table flight (
  id bigint generated always as identity primary key,
  flight_code text collate "C" not null constraint flight_code_key unique
    constraint flight_code_form check (flight_code ~ '^[A-Z0-9]{2,10}$'),
  airline text not null,
  -- Wall-clock times of the cities: no zone is known, and none is guessed.
  departure timestamp not null,
  arrival timestamp not null,
  from_city text not null,
  to_city text not null,
  -- The cities as searches compare them. Written by the service, because lower() depends on the server's locale.
  from_city_key text collate "C" not null,
  to_city_key text collate "C" not null,
  price integer not null constraint flight_price_range check (price >= 0),
  status text not null constraint flight_status_known check (
    status in ('On Time', 'Delayed', 'Boarding', 'Gate Closed', 'Departed', 'Landed', 'Arrived', 'Diverted', 'Cancelled')
  ),
  seats_total integer not null constraint flight_seats_total_range check (seats_total >= 0),
  seats_left integer not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint flight_seats_left_range check (seats_left >= 0 and seats_left <= seats_total)
)
-- Every sale rewrites the row: room in its page lets that happen without touching an index (a HOT update).
with (fillfactor = 50);

create index flight_route_idx on flight (from_city_key, to_city_key, departure, flight_code);

create table booking (
  id bigint generated always as identity primary key,
  user_id bigint not null,
  flight_id bigint not null constraint booking_flight_fkey references flight (id),
  status text not null constraint booking_status_known check (status in ('Confirmed', 'Canceled')),
  payment_method text not null,
  -- What was paid: the flight's price at that moment.
  price integer not null,
  -- The request that made the booking, as '<user id>:<request id>', and what it asked for: a repeat is answered from
  -- here. One column, because of two the planner at times looks up the user alone and reads all his bookings.
  request_key text collate "C" not null constraint booking_request_key unique,
  fingerprint text not null,
  created_at timestamptz not null,
  canceled_at timestamptz,
  constraint booking_canceled_has_time check ((status = 'Canceled') = (canceled_at is not null))
);

create index booking_user_idx on booking (user_id, id);
create index booking_flight_idx on booking (flight_id);
