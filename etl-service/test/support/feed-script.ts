import { Fault } from '@flight/mesh';

/** What a change feed is asked for. */
export interface FeedRequest {
  readonly token: string;
  readonly batchSize: number;
  readonly follow: boolean;
}

/** A message of a feed; `upTo` comes with the checkpoint and says how many changes there had been. */
export interface ScriptedMessage<Change> {
  readonly changes: readonly Change[];
  readonly token: string;
  readonly upTo: number | undefined;
}

/** A source's changes in memory, told as the contract says: in windows, from a token on. */
export interface FeedScript<Change> {
  readonly changes: readonly Change[];
  /** Every request that came, in order. */
  readonly requests: readonly FeedRequest[];
  add(...changes: readonly Change[]): void;
  /** Carries something out before each message, which it may keep from going out by throwing; -1 is the checkpoint. */
  beforeMessage(work: (message: number) => void | Promise<void>): void;
  /** Says nothing more before messages. */
  flow(): void;
  /** The source is another database from now on: what tokens are known is lost. */
  loseTokens(): void;
  stream(request: FeedRequest): AsyncIterable<ScriptedMessage<Change>>;
}

/** @param rankOf in which order the kinds of changes come within a window */
export function createFeedScript<Change>(rankOf: (change: Change) => number): FeedScript<Change> {
  const changes: Change[] = [];
  const requests: FeedRequest[] = [];
  const atOnce = () => undefined;
  let before: (message: number) => void | Promise<void> = atOnce;
  let epoch = 1;

  /** A token is the epoch, the window's first and last change, and how many of the window were told. */
  function parse(token: string) {
    if (token === '') return { from: 0, to: changes.length, told: 0 };
    const [of, from = 0, to = 0, told = 0] = token.split('.').map(Number);
    if (of !== epoch)
      throw new Fault('failed_precondition', 'CHANGE_TOKEN_LOST', 'Another database than before');
    return from + told < to ? { from, to, told } : { from: to, to: changes.length, told: 0 };
  }

  return {
    changes,
    requests,
    add: (...added) => void changes.push(...added),
    beforeMessage(work) {
      before = work;
    },
    flow() {
      before = atOnce;
    },
    loseTokens() {
      epoch += 1;
    },
    async *stream(request) {
      requests.push(request);
      const { from, to, told } = parse(request.token);
      const size = request.batchSize || 1000;
      const window = changes.slice(from, to).toSorted((one, other) => rankOf(one) - rankOf(other));
      let message = 0;
      for (let at = told; at < window.length; at += size) {
        await before(message);
        message += 1;
        const batch = window.slice(at, at + size);
        yield { changes: batch, token: [epoch, from, to, at + batch.length].join('.'), upTo: undefined };
      }
      await before(-1);
      yield { changes: [], token: [epoch, from, to, window.length].join('.'), upTo: to };
    },
  };
}
