import { expect } from 'chai';
import { moveSocket, NEW_SOCKET, type SocketEvent, type SocketState } from '../../src/domain/socket-state.js';

const PING: SocketEvent = { kind: 'ping-due' };
const HEARD: SocketEvent = { kind: 'heard' };

const after = (...events: readonly SocketEvent[]): SocketState => events.reduce(moveSocket, NEW_SOCKET);

describe("a socket's state", () => {
  it('bears two pings without an answer', () => {
    expect(after(PING, PING)).to.deep.equal({ kind: 'open', missedPings: 2 });
    expect(after(PING, PING, PING)).to.deep.equal({ kind: 'closing', cause: 'silent' });
  });

  it('takes any word for an answer', () => {
    expect(after(PING, PING, HEARD)).to.deep.equal(NEW_SOCKET);
    expect(after(PING, PING, HEARD, PING, PING)).to.deep.equal({ kind: 'open', missedPings: 2 });
  });

  it('is given up once, for the first cause', () => {
    const given = after(
      { kind: 'give-up', cause: 'slow' },
      { kind: 'give-up', cause: 'restart' },
      HEARD,
      PING,
    );
    expect(given).to.deep.equal({ kind: 'closing', cause: 'slow' });
  });

  it('stays closed', () => {
    const gone: SocketEvent = { kind: 'gone' };
    expect(after(gone, HEARD, PING, { kind: 'give-up', cause: 'expired' })).to.deep.equal({ kind: 'closed' });
    expect(after({ kind: 'give-up', cause: 'expired' }, gone)).to.deep.equal({ kind: 'closed' });
  });
});
