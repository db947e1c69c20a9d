-- Pages go by flight code, so codes sort bytewise whatever the database's locale is.
create table subscription (
  id          bigint generated always as identity primary key,
  user_id     bigint             not null
              constraint subscription_user_id_fkey references user_account (id) on delete cascade,
  flight_code text collate "C"   not null check (flight_code ~ '^[A-Z0-9]{2,10}$'),
  created_at  timestamptz        not null,
  constraint subscription_user_flight_key unique (user_id, flight_code)
);
