import type { Session } from './star-session.js';

/** What a subscription is after the window: its end is the last that happens to it, in whatever order it is told. */
const LATEST = `
  select distinct on (subscription_id) *
    from stage_subscription
   order by subscription_id, ended_at is null, ordinal desc`;

const MERGE_SUBSCRIPTIONS = `
  with latest as materialized (${LATEST}),
  completed as (
    update fact_subscription f
       set ended_at = l.ended_at, ended_on = (l.ended_at at time zone 'UTC')::date
      from latest l
     where f.subscription_id = l.subscription_id and f.ended_at is distinct from l.ended_at
  )
  insert into fact_subscription (subscription_id, user_key, flight_code, subscribed_on, ended_on, subscribed_at, ended_at)
  select l.subscription_id, u.user_key, l.flight_code, (l.subscribed_at at time zone 'UTC')::date,
         (l.ended_at at time zone 'UTC')::date, l.subscribed_at, l.ended_at
    from latest l
    join user_identity u on u.user_id = l.user_id
   where not exists (select from fact_subscription f where f.subscription_id = l.subscription_id)`;

export async function mergeSubscriptions(session: Session): Promise<void> {
  await session.query(MERGE_SUBSCRIPTIONS);
}

/** Adds up what was published. Counting needs every change once, which the staged token sees to. */
export async function mergeFlightUpdates(session: Session): Promise<void> {
  await session.query(`
    insert into fact_flight_update as f (flight_code, day, updates, first_at, last_at)
    select flight_code, (published_at at time zone 'UTC')::date as day, count(*), min(published_at), max(published_at)
      from stage_flight_update
     group by flight_code, day
    on conflict (flight_code, day) do update
       set updates = f.updates + excluded.updates,
           first_at = least(f.first_at, excluded.first_at),
           last_at = greatest(f.last_at, excluded.last_at)`);
}
