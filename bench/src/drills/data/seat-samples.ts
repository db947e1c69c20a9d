import type pg from 'pg';

/** What a flight's row and its bookings said of it, each time in one statement. */
export interface SeatSamples {
  readonly samples: number;
  /** Samples while seats were being sold: some were gone, some were left. */
  readonly between: number;
  /** Samples in which the seats that were gone were not the bookings that were confirmed. */
  readonly disagreeing: number;
}

/** How often it is looked on after the last seat is gone. */
const SAMPLES_AFTER = 100;
const LONGEST_S = 120;

/**
 * Looks at a flight without pause until it is sold out. It does so inside the server, because a client that makes load
 * has no time to look; each look is a statement and a snapshot of its own.
 *
 * @param client a connection that does nothing else meanwhile
 */
export async function sampleSeats(client: pg.Client, flightCode: string): Promise<SeatSamples> {
  await client.query('create temp table seat_sample (taken int, seats int, confirmed int)');
  await client.query(
    `do $$
     declare
       finish timestamptz := clock_timestamp() + interval '${LONGEST_S} s';
       look seat_sample;
       after int := 0;
     begin
       while after < ${SAMPLES_AFTER} and clock_timestamp() < finish loop
         select f.seats_total - f.seats_left, f.seats_total,
                (select count(*) from booking b where b.flight_id = f.id and b.status = 'Confirmed')
           into look
           from flight f
          where f.flight_code = '${flightCode}';
         insert into seat_sample values (look.*);
         if look.taken = look.seats then
           after := after + 1;
         end if;
         perform pg_sleep(0.001);
       end loop;
     end $$`,
  );
  const { rows } = await client.query<SeatSamples>(
    `select count(*)::int as samples,
            count(*) filter (where taken > 0 and taken < seats)::int as between,
            count(*) filter (where taken <> confirmed)::int as disagreeing
       from seat_sample`,
  );
  const [samples] = rows;
  if (samples === undefined) throw new Error('an aggregate without a row');
  return samples;
}
