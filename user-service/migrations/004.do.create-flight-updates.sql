-- How far the updates of each flight have come. Its row lock gives the numbers out: it is held until the commit, so
-- numbers have no gaps and are committed in their own order.
create table flight_position (
  flight_code     text collate "C" primary key check (flight_code ~ '^[A-Z0-9]{2,10}$'),
  latest_sequence bigint      not null check (latest_sequence > 0),
  -- An update is never dated before the one it follows, whatever the clocks of the instances say: what is dropped by
  -- age is then always the oldest by number too.
  latest_at       timestamptz not null
);

create table flight_update (
  flight_code text collate "C" not null references flight_position (flight_code),
  sequence    bigint           not null,
  update_text text             not null check (char_length(update_text) between 1 and 1000),
  created_at  timestamptz      not null,
  constraint flight_update_pkey primary key (flight_code, sequence)
);

create index flight_update_age on flight_update (created_at, sequence);

-- The calls that stored updates, so that their repeats are answered with the same update. Kept by age alone: a busy
-- flight's updates may be dropped while their calls are still being repeated.
create table flight_update_request (
  -- `user:17` or `service:booking-service`.
  caller        text             not null,
  request_id    text             not null,
  flight_code   text collate "C" not null,
  sequence      bigint           not null,
  update_sha256 bytea            not null,
  created_at    timestamptz      not null,
  constraint flight_update_request_pkey primary key (caller, request_id)
);

create index flight_update_request_age on flight_update_request (created_at);
