import type { Drill } from './drill.js';
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
export const DRILLS: readonly Drill[] = [
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

/**
 * The drills that were asked for, all without a wish.
 *
 * @throws Error naming those that don't exist
 */
export function chooseDrills(drills: readonly Drill[], wishes: readonly string[]): readonly Drill[] {
  const names = drills.map(({ name }) => name);
  const unknown = wishes.filter((wish) => !names.includes(wish));
  if (unknown.length > 0) throw new Error(`there is no ${unknown.join(', ')}; there are ${names.join(', ')}`);
  return drills.filter(({ name }) => wishes.length === 0 || wishes.includes(name));
}
