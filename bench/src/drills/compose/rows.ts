import type { Bound, Figures } from '../drill.js';
import type { ComposeContext, ComposeDrill } from './context.js';
import type { Engine } from './engine.js';
import { killFor } from './kill-for.js';
import { findConsulLeader, findPrimary, findRedisMaster, firstOf } from './roles.js';
import { drillUnderLoad, type Noticed } from './under-load.js';
import { userDbDrill } from './user-db.js';
import { WAREHOUSE_DRILLS } from './warehouse.js';

const nothingFails = ({ failed }: Noticed): readonly Bound[] => [[failed === 0, 'no request failed']];

function killDrill(
  name: string,
  demand: string,
  choose: (engine: Engine) => Promise<string>,
  bounds: (noticed: Noticed) => readonly Bound[],
): ComposeDrill {
  return {
    name,
    demand,
    run: (context) => {
      const act = async () => {
        const container = await choose(context.engine);
        context.report(`kills ${container}`);
        await killFor(context.engine, container);
        return {};
      };
      return drillUnderLoad(context, act, bounds);
    },
  };
}

/** Other numbers of both services, and back. */
async function scale({ engine, report }: ComposeContext): Promise<Figures> {
  const to = async (users: number, bookings: number) => {
    report(`scales to ${users} and ${bookings}`);
    const counts = ['--scale', `user-service=${users}`, '--scale', `booking-service=${bookings}`];
    const flags = ['--detach', '--no-deps', '--no-recreate', '--wait'];
    await engine.compose('up', ...flags, ...counts, 'user-service', 'booking-service');
  };
  await to(5, 4);
  const found = await (await fetch(`${engine.edgeUrl}/api/discovery/status`)).json();
  const { user_service: users = [], booking_service: bookings = [] } = (
    found as { readonly services: Readonly<Record<string, readonly unknown[]>> }
  ).services;
  await to(3, 3);
  return { 'user-service': users.length, 'booking-service': bookings.length };
}

/** All drills of the containers, in the order of their table. */
export const DRILLS: readonly ComposeDrill[] = [
  killDrill('booking-service', '0 failed', (engine) => firstOf(engine, 'booking-service'), nothingFails),
  killDrill('user-service', '0 failed', (engine) => firstOf(engine, 'user-service'), nothingFails),
  killDrill('edge', '0 failed of what may be repeated', (engine) => firstOf(engine, 'edge'), nothingFails),
  killDrill('redis-master', '0 failed', findRedisMaster, nothingFails),
  killDrill('consul-server', '0 failed', findConsulLeader, nothingFails),
  killDrill('consul-agent', '0 failed', (engine) => firstOf(engine, 'consul'), nothingFails),
  killDrill(
    'booking-db',
    '0 lost, gap <= 15 s',
    (engine) => findPrimary(engine, 'booking-db'),
    ({ bookingGapMs }) => [[bookingGapMs <= 15_000, 'bookings again within 15 s']],
  ),
  userDbDrill,
  ...WAREHOUSE_DRILLS,
  {
    name: 'scale',
    demand: '0 failed from 3 + 3 to 5 + 4 and back',
    run: async (context) => {
      let scaled: Figures = {};
      const act = async () => {
        scaled = await scale(context);
        return scaled;
      };
      return drillUnderLoad(context, act, (noticed) => [
        ...nothingFails(noticed),
        [scaled['user-service'] === 5 && scaled['booking-service'] === 4, 'five and four were found'],
      ]);
    },
  },
  ...['booking-service', 'edge'].map(
    (service): ComposeDrill => ({
      name: `roll-${service}`,
      demand: '0 failed while every container is replaced',
      run: async (context) => {
        const { engine } = context;
        const before = await engine.listContainers(service);
        let same = before;
        const act = async () => {
          await engine.run('deploy/roll.sh', service);
          const after = await engine.listContainers(service);
          same = before.filter((container) => after.includes(container));
          return { replaced: after.length - same.length };
        };
        return drillUnderLoad(context, act, (noticed) => [
          ...nothingFails(noticed),
          [same.length === 0, 'every container is a new one'],
        ]);
      },
    }),
  ),
];
