import type { TestBed } from '@flight/local';
import { EtlMode, EtlRunState } from '@flight/proto/etl';
import { expect } from 'chai';
import type { Boundary } from '../src/domain/boundary.js';
import { bookingMade, flightChange, soldFlight } from './support/booking-source.js';
import { type EtlBed, openEtlBed, openServers } from './support/etl-bed.js';
import { informedUsers } from './support/user-source.js';

/** In which kind of run each boundary is reached, and how often the run is begun when a process dies there. */
const DEATHS: readonly (readonly [Boundary, EtlMode, number])[] = [
  ['run.begun', EtlMode.INCREMENTAL, 2],
  ['extract.staged', EtlMode.INCREMENTAL, 2],
  ['extract.done', EtlMode.INCREMENTAL, 2],
  ['merge.uncommitted', EtlMode.INCREMENTAL, 2],
  ['merge.committed', EtlMode.INCREMENTAL, 2],
  ['compare.done', EtlMode.AUDIT, 2],
  ['swap.before', EtlMode.REBUILD, 2],
  ['swap.renamed', EtlMode.REBUILD, 2],
  ['run.ended', EtlMode.INCREMENTAL, 1],
];

const BOOKINGS = 300;

describe('an instance that is killed', function () {
  this.timeout(90_000);
  let servers: TestBed;
  let bed: EtlBed;

  before(async () => {
    servers = await openServers();
  });

  after(() => servers.close());

  beforeEach(async () => {
    bed = await openEtlBed(servers);
    bed.users.add(...informedUsers('DOOM1', 20));
    bed.bookings.add(...soldFlight('DOOM1', BOOKINGS));
  });

  afterEach(() => bed.close());

  for (const [boundary, mode, attempts] of DEATHS) {
    it(`at ${boundary} leaves a run that another one finishes, with every change in it once`, async () => {
      const doomed = await bed.spawnDoomed(boundary, { chunkRows: 50, batchRows: 20 });
      const asked = await doomed.run(mode);
      expect(await doomed.killedBy).to.equal('SIGKILL');
      const next = await bed.start();
      const run = await next.ended(asked);
      expect(run.parts.map(({ error }) => error)).to.deep.equal(['', '']);
      expect([run.state, run.attempts]).to.deep.equal([EtlRunState.SUCCEEDED, attempts]);
      expect(await bed.loaded()).to.deep.equal(bed.bookings.expected());

      // What comes later goes on where the dead one's successor ended.
      bed.bookings.add(flightChange(2, 'DOOM1', 120), bookingMade(BOOKINGS + 1, 'DOOM1', 120));
      const later = await next.ended(await next.run(EtlMode.INCREMENTAL));
      expect([later.state, later.parts[0]?.rows]).to.deep.equal([EtlRunState.SUCCEEDED, 2]);
      expect(await bed.loaded()).to.deep.equal(bed.bookings.expected());
    });
  }
});
