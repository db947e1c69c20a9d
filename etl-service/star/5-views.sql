create view revenue_by_day as
select day,
       sum(booked)::bigint as booked_amount,
       sum(refunded)::bigint as refunded_amount,
       sum(booked - refunded)::bigint as revenue
  from (
    select booked_on as day, price::bigint as booked, 0::bigint as refunded from fact_booking
    union all
    select canceled_on, 0, price from fact_booking where canceled_on is not null
  ) as movement
 group by day;
comment on view revenue_by_day is 'What came in on a day, and what was given back on it, whenever it had been paid.';

create view bookings_by_day as
select day, sum(booked)::bigint as bookings, sum(canceled)::bigint as cancellations
  from (
    select booked_on as day, 1 as booked, 0 as canceled from fact_booking
    union all
    select canceled_on, 0, 1 from fact_booking where canceled_on is not null
  ) as movement
 group by day;
comment on view bookings_by_day is 'How many bookings were made on a day, and how many canceled.';

create view bookings_by_weekday as
select d.iso_weekday, d.weekday, count(*) as bookings, sum(b.price)::bigint as booked_amount
  from fact_booking b
  join dim_date d on d.day = b.booked_on
 group by d.iso_weekday, d.weekday;
comment on view bookings_by_weekday is 'On which weekdays people book.';

create view revenue_by_month as
select d.month_start as month,
       sum(r.booked_amount)::bigint as booked_amount,
       sum(r.refunded_amount)::bigint as refunded_amount,
       sum(r.revenue)::bigint as revenue
  from revenue_by_day r
  join dim_date d on d.day = r.day
 group by d.month_start;
comment on view revenue_by_month is 'revenue_by_day, a row a month.';

create view revenue_by_route as
select f.route, f.from_city, f.to_city,
       count(*) as bookings,
       count(b.canceled_at) as canceled,
       coalesce(sum(b.price) filter (where b.canceled_at is null), 0)::bigint as revenue
  from fact_booking b
  join dim_flight f on f.flight_key = b.flight_key
 group by f.route, f.from_city, f.to_city;
comment on view revenue_by_route is 'Bookings of a route, and what was paid for those that still stand.';

create view revenue_by_airline as
select f.airline,
       count(*) as bookings,
       count(b.canceled_at) as canceled,
       coalesce(sum(b.price) filter (where b.canceled_at is null), 0)::bigint as revenue
  from fact_booking b
  join dim_flight f on f.flight_key = b.flight_key
 group by f.airline;
comment on view revenue_by_airline is 'Bookings of an airline, and what was paid for those that still stand.';

create view revenue_by_payment_method as
select p.payment_method,
       count(*) as bookings,
       coalesce(sum(b.price) filter (where b.canceled_at is null), 0)::bigint as revenue
  from fact_booking b
  join dim_payment_method p on p.payment_method_key = b.payment_method_key
 group by p.payment_method;
comment on view revenue_by_payment_method is 'How people pay.';

create view cancellation_rate_by_airline as
select f.airline,
       count(*) as bookings,
       count(b.canceled_at) as canceled,
       round(count(b.canceled_at)::numeric / count(*), 4) as cancellation_rate
  from fact_booking b
  join dim_flight f on f.flight_key = b.flight_key
 group by f.airline;
comment on view cancellation_rate_by_airline is 'Which share of an airline''s bookings was canceled, from 0 to 1.';

create view load_factor_by_flight as
select f.flight_code, f.airline, f.route, f.departure, f.seats_total,
       coalesce(s.seats_sold, 0) as seats_sold,
       round(coalesce(s.seats_sold, 0)::numeric / nullif(f.seats_total, 0), 4) as load_factor
  from dim_flight f
  left join (
    select v.flight_code, count(*) as seats_sold
      from fact_booking b
      join dim_flight v on v.flight_key = b.flight_key
     where b.canceled_at is null
     group by v.flight_code
  ) as s on s.flight_code = f.flight_code
 where f.is_current;
comment on view load_factor_by_flight is 'Which share of a flight''s seats is sold, from 0 to 1; null for a flight without seats.';

create view subscriptions_by_flight as
select s.flight_code, f.airline, f.route,
       count(*) filter (where s.ended_at is null) as subscribers,
       count(s.ended_at) as ended
  from fact_subscription s
  left join dim_flight f on f.flight_code = s.flight_code and f.is_current
 group by s.flight_code, f.airline, f.route;
comment on view subscriptions_by_flight is 'How many follow a flight now, and how many subscriptions ended.';

create view updates_by_flight as
select flight_code, sum(updates)::bigint as updates, min(first_at) as first_at, max(last_at) as last_at
  from fact_flight_update
 group by flight_code;
comment on view updates_by_flight is 'How many updates of a flight were published.';

create view freshness as
select source, as_of, now() - as_of as age from position;
comment on view freshness is 'Up to when the warehouse has each source''s changes.';
