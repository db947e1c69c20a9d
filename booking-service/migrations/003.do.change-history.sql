-- Every change of a flight and of a booking, for those who keep a copy: BookingChangeService tells them. The rows are written
-- by triggers, so that nothing that changes a flight or a booking can forget to, and are kept for ever.

-- With many bookings this takes longer than a statement of the service may.
set local statement_timeout = 0;
-- In the order in which orders lock them, so that the two wait for each other at most one way.
lock table booking in share row exclusive mode;
lock table flight in access exclusive mode;

-- Which database the numbers of transactions below are of: this one. In a restored copy they are those of another.
create table change_feed_identity (identity text not null);

insert into change_feed_identity (identity)
select system_identifier || '.' || (select oid from pg_database where datname = current_database())
       || '.' || 'change_feed_identity'::regclass::oid
  from pg_control_system();

create table flight_version (
  changed_in xid8 not null default pg_current_xact_id(),
  id bigint generated always as identity,
  flight_id bigint not null,
  flight_code text collate "C" not null,
  airline text not null,
  departure timestamp not null,
  arrival timestamp not null,
  from_city text not null,
  to_city text not null,
  price integer not null,
  status text not null,
  seats_total integer not null,
  -- Of one flight never before the version before, whatever the clocks say.
  changed_at timestamptz not null,
  primary key (changed_in, id)
);

create index flight_version_flight_idx on flight_version (flight_id, changed_at);

create table booking_change (
  changed_in xid8 not null default pg_current_xact_id(),
  id bigint generated always as identity,
  booking_id bigint not null,
  user_id bigint not null,
  flight_id bigint not null,
  created_at timestamptz not null,
  -- Null in the change that made the booking.
  canceled_at timestamptz,
  price integer not null,
  payment_method text not null,
  primary key (changed_in, id)
);

create function note_added_flights() returns trigger language plpgsql as $$
begin
  insert into flight_version (flight_id, flight_code, airline, departure, arrival, from_city, to_city, price, status,
                              seats_total, changed_at)
  select id, flight_code, airline, departure, arrival, from_city, to_city, price, status, seats_total, updated_at
    from added
   order by id;
  return null;
end $$;

create trigger flight_added after insert on flight
  referencing new table as added
  for each statement execute function note_added_flights();

-- Row by row, for only such a trigger can name columns: a sale, which sets none of these, does not so much as ask.
create function note_changed_flight() returns trigger language plpgsql as $$
begin
  insert into flight_version (flight_id, flight_code, airline, departure, arrival, from_city, to_city, price, status,
                              seats_total, changed_at)
  values (new.id, new.flight_code, new.airline, new.departure, new.arrival, new.from_city, new.to_city, new.price,
          new.status, new.seats_total,
          greatest(coalesce(nullif(new.updated_at, old.updated_at), clock_timestamp()),
                   (select max(changed_at) from flight_version where flight_id = new.id)));
  return null;
end $$;

create trigger flight_changed
  after update of flight_code, airline, departure, arrival, from_city, to_city, price, status, seats_total on flight
  for each row
  when ((old.flight_code, old.airline, old.departure, old.arrival, old.from_city, old.to_city, old.price, old.status,
         old.seats_total)
        is distinct from
        (new.flight_code, new.airline, new.departure, new.arrival, new.from_city, new.to_city, new.price, new.status,
         new.seats_total))
  execute function note_changed_flight();

-- A booking that comes canceled was made and canceled.
create function note_made_bookings() returns trigger language plpgsql as $$
begin
  insert into booking_change (booking_id, user_id, flight_id, created_at, canceled_at, price, payment_method)
  select id, user_id, flight_id, created_at, null, price, payment_method
    from made
   union all
  select id, user_id, flight_id, created_at, canceled_at, price, payment_method
    from made
   where canceled_at is not null;
  return null;
end $$;

create trigger booking_made after insert on booking
  referencing new table as made
  for each statement execute function note_made_bookings();

create function note_changed_bookings() returns trigger language plpgsql as $$
begin
  insert into booking_change (booking_id, user_id, flight_id, created_at, canceled_at, price, payment_method)
  select b.id, b.user_id, b.flight_id, b.created_at, b.canceled_at, b.price, b.payment_method
    from after_change b
    join before_change prior on prior.id = b.id
   where prior.status <> b.status;
  return null;
end $$;

create trigger booking_changed after update on booking
  referencing old table as before_change new table as after_change
  for each statement execute function note_changed_bookings();

-- What all bookings of a flight come to, kept by the statements that make and cancel them in the update that they do
-- anyway: the totals cost a sum over the flights, however many bookings there are.
alter table flight
  add column bookings_made bigint not null default 0,
  add column bookings_canceled bigint not null default 0,
  add column amount_booked bigint not null default 0,
  add column amount_canceled bigint not null default 0;

update flight f
   set bookings_made = b.made, bookings_canceled = b.canceled,
       amount_booked = b.amount_booked, amount_canceled = b.amount_canceled
  from (select flight_id, count(*) as made, count(canceled_at) as canceled, sum(price) as amount_booked,
               coalesce(sum(price) filter (where canceled_at is not null), 0) as amount_canceled
          from booking
         group by flight_id) b
 where b.flight_id = f.id;

insert into flight_version (flight_id, flight_code, airline, departure, arrival, from_city, to_city, price, status,
                            seats_total, changed_at)
select id, flight_code, airline, departure, arrival, from_city, to_city, price, status, seats_total, updated_at
  from flight
 order by id;

insert into booking_change (booking_id, user_id, flight_id, created_at, canceled_at, price, payment_method)
select id, user_id, flight_id, created_at, null, price, payment_method
  from booking
 order by id;

insert into booking_change (booking_id, user_id, flight_id, created_at, canceled_at, price, payment_method)
select id, user_id, flight_id, created_at, canceled_at, price, payment_method
  from booking
 where canceled_at is not null
 order by canceled_at, id;
