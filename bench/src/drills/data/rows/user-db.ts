import { setTimeout as pause } from 'node:timers/promises';
import type { PatroniNode } from '@flight/local';
import { loseAsynchronously } from '../asynchronous-control.js';
import { changeClusterSettings } from '../consul-settings.js';
import type { DataContext, DataDrill } from '../context.js';
import type { TrioSystem } from '../trio-system.js';
import { toUserDbDrill } from '../user-db-drill.js';
import type { UserDbFault } from '../user-db-fault.js';

const FIXED = { kind: 'fixed address', reconnects: true } as const;
/** Without Patroni's help, a standby is waited for as long as this: longer than the bound, shorter than the leader's ttl. */
const PATRONI_FROZEN_MS = 7000;
/** Patroni gives Consul 4 s, then steps down. */
const UNSAFE_FREEZE_MS = 20_000;

const postmaster: UserDbFault = {
  name: 'user-db-postmaster',
  demand: 'kill -9 of the primary PostgreSQL: gap ≤ 8 s, 0 lost',
  gapMs: 8000,
  strike: ({ cluster }, { id }) => cluster.kill(id, 'postmaster'),
  // The same server comes back at the same address: only who keeps a connection is lost.
  control: { kind: 'fixed address', reconnects: false },
};

const node: UserDbFault = {
  name: 'user-db-node',
  demand: 'loss of the primary node, ttl 10: gap ≤ 15 s, 0 lost',
  gapMs: 15_000,
  strike: ({ cluster }, { id }) => cluster.kill(id, 'node'),
  repair: ({ cluster }, { id }) => cluster.start(id),
  control: FIXED,
  async furtherControl({ report }) {
    const { acknowledged, lost } = await loseAsynchronously(report);
    return {
      figures: { 'asynchronous: acknowledged': acknowledged, lost },
      bounds: [[lost > 0, 'an asynchronous cluster loses acknowledged rows']],
    };
  },
};

const slowNode: UserDbFault = {
  name: 'user-db-node-ttl-20',
  demand: 'loss of the primary node, ttl 20: gap ≤ 25 s, 0 lost',
  gapMs: 25_000,
  options: { ttlS: 20 },
  strike: ({ cluster }, { id }) => cluster.kill(id, 'node'),
  repair: ({ cluster }, { id }) => cluster.start(id),
  control: FIXED,
};

const switchover: UserDbFault = {
  name: 'user-db-switchover',
  demand: 'switchover: gap ≤ 5 s, 0 lost',
  gapMs: 5000,
  strike: ({ cluster }) => cluster.switchover(),
  control: FIXED,
};

const standby: UserDbFault = {
  name: 'user-db-standby',
  demand: 'loss of a standby: gap ≤ 5 s, 0 lost',
  gapMs: 5000,
  strike: async ({ cluster }, primary) => cluster.kill(findStandby(cluster.nodes, primary).id, 'node'),
  repair: ({ cluster }, primary) => cluster.start(findStandby(cluster.nodes, primary).id),
  control: {
    kind: 'unprotected',
    without: 'nobody stops waiting for it',
    async strike({ cluster }, primary) {
      const { id } = findStandby(cluster.nodes, primary);
      const patronis = cluster.nodes
        .filter((one) => one.id !== id)
        .flatMap(({ patroniPid }) => patroniPid ?? []);
      for (const pid of patronis) process.kill(pid, 'SIGSTOP');
      try {
        await cluster.kill(id, 'node');
        await pause(PATRONI_FROZEN_MS);
      } finally {
        for (const pid of patronis) process.kill(pid, 'SIGCONT');
      }
      await cluster.start(id);
    },
  },
};

const frozen: UserDbFault = {
  name: 'user-db-frozen',
  demand: 'frozen primary node: gap ≤ 20 s, 0 lost',
  gapMs: 20_000,
  strike: async ({ cluster }, { id }) => cluster.freeze(id),
  repair: async ({ cluster }, { id }) => cluster.thaw(id),
  control: FIXED,
};

const consul: UserDbFault = {
  name: 'user-db-consul',
  demand: 'Consul frozen for 60 s: gap ≤ 1 s, 0 lost',
  gapMs: 1000,
  watchMs: ({ freezeSeconds }: DataContext) => freezeSeconds * 1000,
  strike: async (system) => system.signalConsul('SIGSTOP'),
  repair: async (system) => system.signalConsul('SIGCONT'),
  control: {
    kind: 'unprotected',
    without: 'failsafe mode off',
    async strike(system: TrioSystem) {
      await changeClusterSettings(system, { failsafe_mode: false });
      system.signalConsul('SIGSTOP');
      try {
        await pause(UNSAFE_FREEZE_MS);
      } finally {
        system.signalConsul('SIGCONT');
      }
    },
  },
};

/** The first standby in the order of the nodes: the same one as long as the primary is. */
function findStandby(nodes: readonly PatroniNode[], primary: PatroniNode): PatroniNode {
  const found = nodes.find(({ id }) => id !== primary.id);
  if (found === undefined) throw new Error('a cluster of one has no standby');
  return found;
}

/** What happens to the users' database, each on a cluster of its own. */
export const USER_DB_DRILLS: readonly DataDrill[] = [
  postmaster,
  node,
  slowNode,
  switchover,
  standby,
  frozen,
  consul,
].map(toUserDbDrill);
