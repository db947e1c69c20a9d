import { openCrowd } from './crowd.js';
import type { CrowdTarget } from './crowd-socket.js';
import type { CrowdCommand } from './remote-crowd.js';

// A crowd in a process of its own, told what to do by its parent; it ends with it.
const crowd = await openCrowd(JSON.parse(process.argv[2] ?? '{}') as CrowdTarget);

async function carryOut(command: CrowdCommand): Promise<unknown> {
  switch (command.kind) {
    case 'resize':
      return crowd.resize(command.members);
    case 'tell':
      return crowd.tellOneByOne(command.updates);
    case 'flood':
      return crowd.flood(command.seconds, command.inFlight);
  }
}

process.on('disconnect', () => process.exit(0));
process.on('message', (command: CrowdCommand) => {
  void carryOut(command).then((result) => process.send?.({ result }));
});
process.send?.({ result: 'open' });
