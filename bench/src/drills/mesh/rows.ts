import type { MeshDrill } from './context.js';
import { breakerDrill } from './rows/breaker.js';
import { churnDrill } from './rows/churn.js';
import { consulFrozenDrill } from './rows/consul-frozen.js';
import { consulLiesDrill } from './rows/consul-lies.js';
import { consulLostDrill } from './rows/consul-lost.js';
import { deregisteredDrill } from './rows/deregistered.js';
import { everyRpcDrill } from './rows/every-rpc.js';
import { freezeDrill } from './rows/freeze.js';
import { halfFailingDrill } from './rows/half-failing.js';
import { idleDrill } from './rows/idle.js';
import { killDrill } from './rows/kill.js';
import { notServingDrill } from './rows/not-serving.js';
import { pushBackDrill } from './rows/push-back.js';
import { rollDrill } from './rows/roll.js';

/** All drills of the mesh, in the order of their table. */
export const DRILLS: readonly MeshDrill[] = [
  killDrill,
  rollDrill,
  freezeDrill,
  consulFrozenDrill,
  consulLostDrill,
  consulLiesDrill,
  deregisteredDrill,
  notServingDrill,
  halfFailingDrill,
  pushBackDrill,
  breakerDrill,
  everyRpcDrill,
  idleDrill,
  churnDrill,
];
