import { join } from 'node:path';
import { expect } from 'chai';
import { thisMachine } from '../src/machine.js';
import { createPortChooser } from '../src/processes/free-port.js';
import { planFull } from '../src/stack/full-plan.js';
import { openSecrets } from '../src/stack/secrets.js';
import { withScratch } from './scratch.js';

describe('the full stack, as it is planned,', function () {
  // The first run on a machine fetches programs.
  this.timeout(180_000);

  it('gives one server to a database that can be made anew, and a cluster to any other', () =>
    withScratch(async (folder) => {
      const plan = await planFull({
        machine: thisMachine(),
        serverDir: folder,
        logDir: join(folder, 'logs'),
        choosePort: createPortChooser('random'),
        durable: false,
        keepsData: false,
        redisPassword: 'secret',
        singleDatabases: [],
        openSecrets: (names) => openSecrets(folder, names),
        databases: [
          { service: 'first-db', name: 'first', user: 'first', password: 'first' },
          { service: 'made-of-it', name: 'made', user: 'made', password: 'made', derived: true },
        ],
      });
      expect(plan.homes.get('first-db')?.servers).to.deep.equal(['first_db_1', 'first_db_2', 'first_db_3']);
      expect(plan.homes.get('made-of-it')?.servers).to.deep.equal(['postgres']);
      const started = plan.stages.flat().flatMap(({ servers }) => servers.map(({ spec }) => spec.id));
      expect(started).to.include.members(['postgres', 'first_db_1', 'prometheus']);
    }));
});
