import { setTimeout as pause } from 'node:timers/promises';
import { type Stack, until } from '@flight/local';
import { expect } from 'chai';
import { type Customer, makeCustomer } from '../../src/customer.js';
import { type Answer, type Ask, createClient } from '../../src/http-client.js';

const FAILED = { message: 'An error occurred. Please try again later.' };
/** The first cooldown of a breaker, and time enough for its probe, in milliseconds. */
const RECOVERY_MS = 30_000;

export function describeSimulatedFailure(getStack: () => Stack): void {
  describe('a simulated failure', function () {
    this.timeout(120_000);
    let ask: Ask;
    let alice: Customer;

    before(async () => {
      ask = createClient(getStack().edgeUrl);
      alice = await makeCustomer(ask);
    });

    const fail = (instance?: string) =>
      ask('GET', `/api/auth/simulate-failure${instance === undefined ? '' : `?instance=${instance}`}`);
    const subscriptions = () => ask('GET', `/api/auth/user-subscriptions/${alice.userId}`);

    /** What the edge's metrics say of an instance's breaker: 0 closed, 1 half-open, 2 open. */
    async function breakerOf(instance: string): Promise<number> {
      const { text } = await ask('GET', '/metrics');
      const row = text
        .split('\n')
        .find((line) => line.startsWith('mesh_breaker_state{') && line.includes(`instance="${instance}"`));
      return Number(row?.split(' ').at(-1) ?? 0);
    }

    function toPair({ status, body }: Answer): readonly unknown[] {
      return [status, body];
    }

    it('answers 500 until the breaker of that instance opens, then 503 naming it', async () => {
      for (let n = 0; n < 5; n++) expect(toPair(await fail('user_service_2'))).to.deep.equal([500, FAILED]);
      const refused = await fail('user_service_2');
      expect(toPair(refused)).to.deep.equal([
        503,
        { message: 'user_service_2 is temporarily unavailable due to failures.' },
      ]);
      expect(refused.headers.get('retry-after')).to.match(/^\d+$/);
      expect(await breakerOf('user_service_2')).to.equal(2);
    });

    it('goes to user_service_1 when nobody says, whose breaker is another one', async () => {
      expect(toPair(await fail())).to.deep.equal([500, FAILED]);
    });

    it('is nothing that others notice, and is over after the cooldown, when one probe has succeeded', async () => {
      const others: Answer[] = [];
      await until(
        'the breaker to close',
        async () => {
          // At a pace at which each is answered at once: a rush has reasons of its own to be refused.
          others.push(...(await Promise.all([subscriptions(), subscriptions()])));
          await pause(25);
          return (await breakerOf('user_service_2')) === 0;
        },
        RECOVERY_MS,
      );
      expect(others.filter(({ status }) => status !== 200)).to.deep.equal([]);
      expect(others.length).to.be.above(20);
      expect(toPair(await fail('user_service_2'))).to.deep.equal([500, FAILED]);
    });
  });
}
