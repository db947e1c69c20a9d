create unique index fact_booking_id on fact_booking (booking_id);
-- Bookings come about in the order of their moments, so that a few bytes for every 32 pages find a period.
create index fact_booking_period on fact_booking using brin (booked_at) with (pages_per_range = 32, autosummarize = on);
call keep_totals(
  'fact_booking',
  '{bookings,canceled_bookings,booked_amount,canceled_amount}',
  'count(*), count(canceled_at), coalesce(sum(price), 0), coalesce(sum(price) filter (where canceled_at is not null), 0)'
);
