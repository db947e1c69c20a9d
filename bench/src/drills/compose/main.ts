import { randomUUID } from 'node:crypto';
import { createPortChooser } from '@flight/local';
import { signUp } from '../../sign-up.js';
import { readTokenOwner } from '../../token-owner.js';
import { carryOutAll } from '../carry-out.js';
import { chooseDrills } from '../choose-drills.js';
import { hasDocker, openEngine } from './engine.js';
import { DRILLS } from './rows.js';

const PROJECT = 'flight-booking-drill';

const report = (line: string) => process.stdout.write(`${line}\n`);

/** Starts the full stack in containers, carries the drills out and takes everything down again, volumes included. */
async function drill(): Promise<number> {
  const drills = chooseDrills(DRILLS, process.argv.slice(2));
  const choose = createPortChooser('random');
  const edge = await choose();
  const warehouse = await choose();
  const pages = [await choose(), await choose(), await choose()] as const;
  const engine = openEngine(PROJECT, { edge, warehouse, pages });
  const began = performance.now();
  const seconds = () => `${((performance.now() - began) / 1000).toFixed(0)} s`;
  try {
    report('builds the images …');
    await engine.compose('build');
    report(`built after ${seconds()}; starts the containers …`);
    await engine.compose('up', '--detach', '--wait');
    report(`all healthy after ${seconds()}, at ${engine.edgeUrl}`);
    const seeded = await fetch(`${engine.edgeUrl}/seed`);
    if (!seeded.ok) throw new Error(`/seed answered ${seeded.status}`);
    const token = await signUp(engine.edgeUrl, `drill-${randomUUID().slice(0, 8)}`);
    const user = { token, userId: readTokenOwner(token) };
    return await carryOutAll({
      family: 'compose',
      drills,
      context: { engine, user, report },
      columns: ['gap ms', 'acknowledged', 'lost'],
    });
  } finally {
    await engine.compose('down', '--volumes', '--timeout', '20');
  }
}

if (await hasDocker()) process.exitCode = await drill();
else report('SKIPPED: no Docker engine with Compose answers here, so nothing was shown');
