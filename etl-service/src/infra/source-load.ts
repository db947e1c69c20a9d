import type { Reached } from '../domain/boundary.js';
import type { Checkpoint } from '../domain/changes.js';
import type { Source } from '../domain/source.js';
import type { Count, Progress, SourceLoad } from '../domain/warehouse.js';
import { analyzeAfter, mergeWindow, planMerge, sealAfter } from './merge-window.js';
import { copyChanges, STAGE_TABLES } from './stage-changes.js';
import { clearStaged, readProgress, writePosition, writeStaged } from './star-position.js';
import type { Session } from './star-session.js';

/**
 * Loads a source over a connection that holds the source's lock.
 *
 * @param reached told before and after a merge is committed
 */
export async function createSourceLoad(
  session: Session,
  source: Source,
  reached: Reached,
): Promise<SourceLoad> {
  // Nobody else writes it while the lock is held, so what this load wrote last is what is there.
  let progress = await readProgress(session, source);

  return {
    progress: async () => progress,

    async stage(changes, token, checkpoint) {
      const before = progress;
      if (before.complete) throw new Error('a complete window waits for its merge');
      progress = await session.transaction(async () => {
        // What is lost with the server's crash is lost with its tables, so that no commit need wait for the disk.
        await session.query('set local synchronous_commit = off');
        // The changes that a token ends with are stored with it: told of again, they are there already.
        const count = token === before.token ? 0 : await copyChanges(session, changes, before.staged);
        const after: Progress = { token, staged: before.staged + count, complete: checkpoint };
        await writeStaged(session, source, after);
        return after;
      });
    },

    async merge() {
      const { token, staged, complete } = progress;
      if (!complete) throw new Error('there is no complete window to merge');
      const plan = await planMerge(session, source, staged);
      const counts = await session.transaction(async () => {
        if (staged > 0) {
          await mergeWindow(session, source, plan);
          await session.query(`truncate ${STAGE_TABLES[source].join(', ')}`);
        }
        await sealAfter(session, source, plan);
        await writePosition(session, source, token, complete);
        await clearStaged(session, source);
        const compared = await compareCounts(session, complete);
        await reached('merge.uncommitted');
        return compared;
      });
      progress = { token, staged: 0, complete: undefined };
      await reached('merge.committed');
      await analyzeAfter(session, source, plan);
      return { rows: staged, counts };
    },

    async close() {
      session.close();
    },
  };
}

async function compareCounts(session: Session, { counts }: Checkpoint): Promise<readonly Count[]> {
  const names = Object.keys(counts);
  const rows = await session.query<{ name: string; value: number }>(
    'select name, value from total where name = any($1)',
    [names],
  );
  const totals = new Map(rows.map(({ name, value }) => [name, value]));
  return names.map((name) => {
    const warehouse = totals.get(name);
    if (warehouse === undefined) throw new Error(`the warehouse does not count ${name}`);
    return { name, source: counts[name] ?? 0, warehouse };
  });
}
