import { request } from 'node:http';
import { type Stack, until } from '@flight/local';
import { expect } from 'chai';
import pg from 'pg';
import { type Customer, makeCustomer } from '../../src/customer.js';
import { createClient } from '../../src/http-client.js';

export function describeCancellation(getStack: () => Stack): void {
  describe('a request whose client is gone', function () {
    this.timeout(180_000);
    let stack: Stack;
    let customer: Customer;
    /** Looks on from outside. */
    let onlooker: pg.Client;
    /** Holds a lock. It can't look on meanwhile: in a transaction, pg_stat_activity stays what it was at first sight. */
    let holder: pg.Client;

    before(async () => {
      stack = getStack();
      customer = await makeCustomer(createClient(stack.edgeUrl));
      [onlooker, holder] = await Promise.all([connect(), connect()]);
    });

    after(() => Promise.all([onlooker?.end(), holder?.end()]));

    async function connect(): Promise<pg.Client> {
      const booking = stack.databases.find(({ service }) => service === 'booking-db');
      if (booking === undefined) throw new Error('the stack has no booking-db');
      const { name, user, password } = booking;
      const { host, port } = stack.postgres;
      const client = new pg.Client({ host, port, user, password, database: name });
      await client.connect();
      return client;
    }

    /**
     * The listings of bookings that the database carries out. That one waits for a lock proves that it is under way; that
     * it does not proves nothing, since PostgreSQL wakes it now and then to look whether its client is still there.
     */
    async function listings(): Promise<readonly { readonly waits: string | null }[]> {
      const { rows } = await onlooker.query(
        `select wait_event_type as waits from pg_stat_activity
        where application_name like 'booking_service%' and state = 'active' and query like '%from booking b%'`,
      );
      return rows;
    }

    it('leaves no statement behind: closing the connection ends the wait in the database within 50 ms', async () => {
      await holder.query('begin');
      await holder.query('lock table booking in access exclusive mode');
      const times: number[] = [];
      for (let round = 0; round < 5; round++) {
        const listing = listBookings();
        await until('the listing to wait for the lock', async () =>
          (await listings()).some(({ waits }) => waits === 'Lock'),
        );
        const left = performance.now();
        listing.destroy();
        await until('the listing to be gone', async () => (await listings()).length === 0);
        times.push(performance.now() - left);
      }
      await holder.query('rollback');
      // The best of a few, for the machine is shared. Left alone, a listing would wait for its whole deadline.
      expect(Math.min(...times)).to.be.below(50);
    });

    /** Sends a request on a connection of its own. */
    function listBookings() {
      const { token, userId } = customer;
      const url = `${stack.edgeUrl}/api/flight/bookings/${userId}`;
      const sent = request(url, { agent: false, headers: { authorization: `Bearer ${token}` } });
      // Destroyed on purpose; unheard, its error would end the test.
      sent.on('error', () => undefined);
      sent.end();
      return sent;
    }
  });
}
