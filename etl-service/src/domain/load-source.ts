import type { Reached } from './boundary.js';
import type { ChangeBatch, ChangeFeed, Changes, Checkpoint } from './changes.js';
import { createChunk } from './chunk.js';
import { PartFailure, toSourceFailure } from './part-failure.js';
import type { PartLog } from './part-log.js';
import type { Count, SourceLoad, StarName, Warehouse } from './warehouse.js';

/** What loading a source takes. */
export interface LoadParts {
  readonly warehouse: Pick<Warehouse, 'open'>;
  readonly feed: ChangeFeed;
  readonly log: PartLog;
  /** Changes that are stored aside together. */
  readonly chunkRows: number;
  readonly reached: Reached;
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly signal: AbortSignal;
}

/** What a star has of a source after a load. */
export interface Loaded {
  readonly asOf: Date;
  readonly counts: readonly Count[];
}

/**
 * How many failures of a feed in a row are borne. A load of the live star gives up within a second: the next run goes on
 * where it stopped, and until this one has ended, the other source has to wait for its next load too. What builds a star
 * from the beginning bears a failover of the source.
 */
const FAILURES_MAX: Readonly<Record<StarName, number>> = { live: 3, shadow: 8 };

/** A process that died may keep its lock until the database has noticed, in milliseconds. */
const LOCK_PATIENCE_MS = 10_000;
/** The first pause; it doubles. The one that this process held itself a moment ago is gone at once. */
const LOCK_PAUSE_MS = 10;

/**
 * Brings a star up to what a source is now: reads the window of changes since the last one, stores it aside chunk by
 * chunk, and merges it whole. A window that an earlier attempt left is finished first.
 *
 * @throws PartFailure, or what the warehouse throws
 */
export async function loadSource(star: StarName, parts: LoadParts): Promise<Loaded> {
  const load = await openLoad(star, parts);
  try {
    const { staged, complete } = await load.progress();
    parts.log.note({ kind: 'found', rows: staged });
    if (complete !== undefined) await merge(load, parts);
    const checkpoint = await parts.log.step('extract', () => extract(load, star, parts));
    await parts.reached('extract.done');
    const counts = await merge(load, parts);
    return { asOf: checkpoint.asOf, counts };
  } finally {
    await load.close();
  }
}

async function openLoad(star: StarName, { warehouse, log, pause, signal }: LoadParts): Promise<SourceLoad> {
  const { source } = log.part;
  for (let pauseMs = LOCK_PAUSE_MS; pauseMs < LOCK_PATIENCE_MS; pauseMs *= 2) {
    const load = await warehouse.open(star, source, signal);
    if (load !== undefined) return load;
    await pause(pauseMs, signal);
    signal.throwIfAborted();
  }
  throw new PartFailure('busy', `Another process is loading ${source}`);
}

/** Reads the next messages while the ones before are stored: one chunk ahead, and no further. */
async function extract(load: SourceLoad, star: StarName, parts: LoadParts): Promise<Checkpoint> {
  const { token } = await load.progress();
  const chunk = createChunk();
  let storing: Promise<void> = Promise.resolve();
  try {
    for await (const batch of readFeed(token, star, parts)) {
      chunk.add(batch);
      if (chunk.rows < parts.chunkRows && batch.checkpoint === undefined) continue;
      await storing;
      storing = store(load, parts, chunk.take(), batch);
      // Heard where it is awaited, which may be after the next message.
      storing.catch(() => undefined);
      if (batch.checkpoint === undefined) continue;
      await storing;
      return batch.checkpoint;
    }
  } finally {
    await storing.catch(() => undefined);
  }
  throw new PartFailure('refused', `${parts.log.part.source} ended its changes without a checkpoint`);
}

async function* readFeed(token: string, star: StarName, { feed, log, signal }: LoadParts) {
  try {
    yield* feed.read(token, FAILURES_MAX[star], signal);
  } catch (error) {
    signal.throwIfAborted();
    throw toSourceFailure(log.part.source, error);
  }
}

async function store(
  load: SourceLoad,
  { log, reached }: LoadParts,
  { changes, rows }: { readonly changes: Changes; readonly rows: number },
  { token, checkpoint }: Pick<ChangeBatch, 'token' | 'checkpoint'>,
): Promise<void> {
  await load.stage(changes, token, checkpoint);
  await reached('extract.staged');
  log.note({ kind: 'taken', rows });
}

async function merge(load: SourceLoad, { log }: LoadParts): Promise<readonly Count[]> {
  const { counts } = await log.step('merge', () => load.merge());
  return counts;
}
