import { until } from '@flight/local';
import { createLogger, Fault } from '@flight/mesh';
import { expect } from 'chai';
import type { ChangeBatch, Changes } from '../src/domain/changes.js';
import { createResumedFeed, type ResumedFeedOptions } from '../src/infra/resumed-feed.js';
import { refusalOf } from './support/refusal.js';

const log = createLogger({ service: 'tests', instance: 'tests_1', level: 'silent' });
const changes: Changes = { flights: [], bookings: [], users: [], subscriptions: [], flightUpdates: [] };
const SILENT_MS = 50;
const NEVER = new AbortController().signal;

function batch(token: string, isLast = false): ChangeBatch {
  return { changes, token, checkpoint: isLast ? { asOf: new Date(0), counts: {} } : undefined };
}

/** A feed of which each opening does what the next script says. */
function feedOf(...scripts: readonly (() => AsyncIterable<ChangeBatch>)[]) {
  const opened: string[] = [];
  const open: ResumedFeedOptions['open'] = (token) => {
    opened.push(token);
    const script = scripts[Math.min(opened.length, scripts.length) - 1];
    if (script === undefined) throw new Error('there is no script');
    return script();
  };
  const feed = createResumedFeed({ source: 'user-service', open, log, random: () => 0, silentMs: SILENT_MS });
  return { feed, opened };
}

async function tokensOf(messages: AsyncIterable<ChangeBatch>): Promise<readonly string[]> {
  const tokens: string[] = [];
  for await (const { token } of messages) tokens.push(token);
  return tokens;
}

async function* breaking(...tokens: readonly string[]) {
  for (const token of tokens) yield batch(token);
  throw new Fault('unavailable', 'UNREACHABLE', 'Gone');
}

async function* silent() {
  yield batch('a');
  await new Promise<never>(() => undefined);
}

async function* ending() {
  yield batch('y');
  yield batch('z', true);
}

describe('a resumed feed', () => {
  it('goes on behind the last message, and ends with the checkpoint', async () => {
    const { feed, opened } = feedOf(() => breaking('a', 'b'), ending);
    expect(await tokensOf(feed.read('', 5, NEVER))).to.deep.equal(['a', 'b', 'y', 'z']);
    expect(opened).to.deep.equal(['', 'b']);
  });

  it('takes a stream for broken that ends before its checkpoint', async () => {
    const { feed, opened } = feedOf(async function* () {
      yield batch('a');
    }, ending);
    expect(await tokensOf(feed.read('', 5, NEVER))).to.deep.equal(['a', 'y', 'z']);
    expect(opened).to.deep.equal(['', 'a']);
  });

  it('leaves a stream that falls silent, and does not wait for it to end', async () => {
    const { feed, opened } = feedOf(silent, ending);
    expect(await tokensOf(feed.read('', 5, NEVER))).to.deep.equal(['a', 'y', 'z']);
    expect(opened).to.deep.equal(['', 'a']);
  });

  it('gives up after some failures in a row, each of which costs a longer pause', async () => {
    const { feed, opened } = feedOf(() => breaking());
    expect((await refusalOf(tokensOf(feed.read('t', 5, NEVER)))).reason).to.equal('UNREACHABLE');
    expect(opened).to.deep.equal(['t', 't', 't', 't', 't', 't']);
  });

  it('does not ask again what was refused', async () => {
    // biome-ignore lint/correctness/useYield: it refuses instead
    const { feed, opened } = feedOf(async function* () {
      throw new Fault('failed_precondition', 'CHANGE_TOKEN_LOST', 'Another database');
    });
    expect((await refusalOf(tokensOf(feed.read('t', 5, NEVER)))).reason).to.equal('CHANGE_TOKEN_LOST');
    expect(opened).to.deep.equal(['t']);
  });

  it('does not count the time that its reader takes as silence', async () => {
    const { feed, opened } = feedOf(ending);
    const tokens: string[] = [];
    for await (const { token } of feed.read('', 5, NEVER)) {
      tokens.push(token);
      const since = performance.now();
      await until('more than the silence to pass', () => performance.now() - since > 2 * SILENT_MS);
    }
    expect([tokens, opened]).to.deep.equal([['y', 'z'], ['']]);
  });
});
