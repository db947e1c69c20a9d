/** Rows that the warehouse has of a source: each statement answers a text `key`, in bytewise order, and a text `state`. */
export interface WarehouseRows {
  readonly name: string;
  /** The source's database, by its name in Consul. */
  readonly source: 'booking-db' | 'user-db';
  readonly atSource: string;
  readonly inWarehouse: string;
}

/** The feeds tell times to the millisecond. */
function moment(expression: string): string {
  return `extract(epoch from date_trunc('milliseconds', ${expression}))`;
}

function toRows(key: string, state: readonly string[], from: string): string {
  return `select key, state
            from (select (${key})::text as key, jsonb_build_array(${state.join(', ')})::text as state ${from}) r
           order by key collate "C"`;
}

const FLIGHT = ['flight_code', 'airline', 'departure', 'arrival', 'from_city', 'to_city', 'price', 'status'];

/** Everything that the warehouse takes over, each beside the tables of the service that it comes from. */
export const WAREHOUSE_ROWS: readonly WarehouseRows[] = [
  {
    name: 'dim_flight, current',
    source: 'booking-db',
    atSource: toRows('flight_code', [...FLIGHT, 'seats_total'], 'from flight'),
    inWarehouse: toRows(
      'flight_code',
      [...FLIGHT, 'seats_total'],
      `from warehouse.dim_flight where is_current and valid_to = 'infinity'`,
    ),
  },
  {
    name: 'dim_flight',
    source: 'booking-db',
    atSource: toRows(
      'id',
      [
        ...FLIGHT,
        'seats_total',
        moment('changed_at'),
        moment(`lead(changed_at, 1, 'infinity') over versions`),
      ],
      'from flight_version window versions as (partition by flight_code order by id)',
    ),
    inWarehouse: toRows(
      'version_id',
      [...FLIGHT, 'seats_total', moment('valid_from'), moment('valid_to')],
      'from warehouse.dim_flight',
    ),
  },
  {
    name: 'fact_booking',
    source: 'booking-db',
    atSource: toRows(
      'b.id',
      [
        ...['b.user_id', 'f.flight_code', 'b.payment_method', 'b.price'],
        ...[moment('b.created_at'), moment('b.canceled_at'), 'true'],
      ],
      'from booking b join flight f on f.id = b.flight_id',
    ),
    inWarehouse: toRows(
      'b.booking_id',
      [
        ...['i.user_id', 'f.flight_code', 'p.payment_method', 'b.price'],
        ...[moment('b.booked_at'), moment('b.canceled_at')],
        // Whether it leads to the version that was valid when it was booked, and to the days of its moments.
        `(b.booked_at >= f.valid_from or f.version = 1) and b.booked_at < f.valid_to
         and b.booked_on = (b.booked_at at time zone 'UTC')::date
         and b.canceled_on is not distinct from (b.canceled_at at time zone 'UTC')::date`,
      ],
      `from warehouse.fact_booking b
       left join warehouse.user_identity i using (user_key)
       left join warehouse.dim_flight f using (flight_key)
       left join warehouse.dim_payment_method p using (payment_method_key)`,
    ),
  },
  {
    name: 'dim_user',
    source: 'user-db',
    atSource: toRows(
      'id',
      [`'staff' = any (roles)`, moment('created_at'), moment('removed_at')],
      `from (
         select id, roles, created_at, null::timestamptz as removed_at from user_account
         union all
         select user_id, roles, created_at, changed_at from account_version where removed
       ) account`,
    ),
    inWarehouse: toRows(
      'i.user_id',
      ['u.staff', moment('u.created_at'), moment('u.removed_at')],
      'from warehouse.dim_user u left join warehouse.user_identity i using (user_key) where u.known',
    ),
  },
  {
    name: 'fact_subscription',
    source: 'user-db',
    atSource: toRows(
      'id',
      ['user_id', 'flight_code', moment('created_at'), moment('ended_at')],
      `from (
         select id, user_id, flight_code, created_at, null::timestamptz as ended_at from subscription
         union all
         select subscription_id, user_id, flight_code, created_at, ended_at from subscription_change
          where ended_at is not null
       ) subscription`,
    ),
    inWarehouse: toRows(
      's.subscription_id',
      ['i.user_id', 's.flight_code', moment('s.subscribed_at'), moment('s.ended_at')],
      'from warehouse.fact_subscription s left join warehouse.user_identity i using (user_key)',
    ),
  },
  {
    name: 'fact_flight_update, by flight',
    source: 'user-db',
    atSource: toRows('flight_code', ['latest_sequence'], 'from flight_position'),
    inWarehouse: toRows(
      'flight_code',
      ['sum(updates)'],
      'from warehouse.fact_flight_update group by flight_code',
    ),
  },
  {
    name: 'fact_flight_update',
    source: 'user-db',
    atSource: toRows(
      `flight_code || ' ' || (published_at at time zone 'UTC')::date`,
      ['count(*)', moment('min(published_at)'), moment('max(published_at)')],
      `from flight_update_change group by flight_code, (published_at at time zone 'UTC')::date`,
    ),
    inWarehouse: toRows(
      `flight_code || ' ' || day`,
      ['updates', moment('first_at'), moment('last_at')],
      'from warehouse.fact_flight_update',
    ),
  },
];
