import { FAR_DEADLINES } from '../src/far-deadlines.js';
import { openSystem, type System } from '../src/system.js';
import { describeBookings } from './public/bookings.js';
import { describeConversation } from './public/conversation.js';
import { describeGrpc } from './public/grpc.js';
import { describeManners } from './public/manners.js';
import { describeUpdates } from './public/updates.js';

// One system for all: each part leaves it working, and makes users of its own. The conversation needs a new one and comes first.
describe('a system through its public faces:', function () {
  this.timeout(180_000);
  let system: System;
  const getSystem = () => system;
  const getStack = () => {
    if (system.stack === undefined) throw new Error('this part needs a system of its own');
    return system.stack;
  };

  before(async () => {
    system = await openSystem({ counts: { edge: 2 }, environment: FAR_DEADLINES });
  });

  after(() => system?.close());

  describeConversation(getSystem);
  describeBookings(getSystem);
  describeManners(getSystem);
  // Behind the front door of somebody else's system nothing can be called or killed.
  if (process.env.SYSTEM_UNDER_TEST) return;
  describeGrpc(getStack);
  describeUpdates(getStack);
});
