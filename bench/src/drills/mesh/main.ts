import { carryOutAll } from '../carry-out.js';
import { chooseDrills } from '../choose-drills.js';
import { readContext } from './context.js';
import { DRILLS } from './rows.js';

process.exitCode = await carryOutAll({
  family: 'mesh',
  drills: chooseDrills(DRILLS, process.argv.slice(2)),
  context: readContext(process.env, (line) => process.stdout.write(`${line}\n`)),
});
