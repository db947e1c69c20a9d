-- Changes of status that user-service has not been told yet. A change and its row are stored together; the row goes when
-- user-service has the news. Rows of one flight are written under the lock of the flight's row, so their ids are in the
-- order of the changes.
create table flight_status_event (
  id bigint generated always as identity primary key,
  flight_code text collate "C" not null constraint flight_status_event_flight_fkey references flight (flight_code),
  status text not null,
  created_at timestamptz not null,
  -- Set when user-service refused the news for good: the row stays for a person to look at, and is not tried again.
  parked_at timestamptz,
  parked_reason text,
  constraint flight_status_event_parked_has_reason check ((parked_at is null) = (parked_reason is null))
);

create index flight_status_event_waiting_idx on flight_status_event (flight_code, id) where parked_at is null;
