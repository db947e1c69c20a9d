import { Metadata, status } from '@grpc/grpc-js';
import { expect } from 'chai';
import { Fault } from '../src/fault.js';
import { fromStatus, toStatus } from '../src/fault-status.js';

describe('a fault on the wire', () => {
  it('arrives as it was sent', () => {
    const sent = new Fault('failed_precondition', 'FLIGHT_SOLD_OUT', 'Flight is sold out', {
      flight_code: 'FL001',
    });
    const arrived = fromStatus(toStatus(sent, 'booking-service'));
    expect(arrived).to.deep.include({
      kind: 'failed_precondition',
      reason: 'FLIGHT_SOLD_OUT',
      message: 'Flight is sold out',
      facts: { flight_code: 'FL001' },
      domain: 'booking-service',
    });
  });

  it('carries when to come back', () => {
    const sent = new Fault('resource_exhausted', 'SIGN_IN_BUSY', 'Busy', {}, { retryAfterMs: 1500 });
    expect(fromStatus(toStatus(sent, 'user-service')).retryAfterMs).to.equal(1500);
  });

  it('tells that to gRPC’s own clients too, in whole milliseconds, and nothing where it does not know', () => {
    const pushBackOf = (retryAfterMs?: number) =>
      toStatus(new Fault('unavailable', 'X', 'x', {}, { retryAfterMs }), 'x').metadata?.get(
        'grpc-retry-pushback-ms',
      );
    expect(pushBackOf(1500)).to.deep.equal(['1500']);
    expect(pushBackOf(75.3)).to.deep.equal(['76']);
    expect(pushBackOf(0)).to.deep.equal(['0']);
    expect(pushBackOf()).to.deep.equal([]);
  });

  it('forbids them to try again when the call would be over by then', () => {
    const fault = new Fault('unavailable', 'X', 'x', {}, { retryAfterMs: 1000 });
    const pushBackWith = (leftMs: number) =>
      toStatus(fault, 'x', leftMs).metadata?.get('grpc-retry-pushback-ms');
    expect(pushBackWith(1001)).to.deep.equal(['1000']);
    expect(pushBackWith(1000)).to.deep.equal(['-1']);
    expect(pushBackWith(-5)).to.deep.equal(['-1']);
  });

  it('keeps the domain of the service that failed first', () => {
    const inner = fromStatus(toStatus(new Fault('not_found', 'X', 'x'), 'inner'));
    expect(fromStatus(toStatus(inner, 'outer')).domain).to.equal('inner');
  });

  it('gets a reason of the mesh and a text without addresses when no service of ours answered', () => {
    const details = 'No connection established. Last error: connect ECONNREFUSED 127.0.0.1:5000';
    const fault = fromStatus({ code: status.UNAVAILABLE, details, metadata: new Metadata() });
    expect(fault).to.deep.include({ kind: 'unavailable', reason: 'UNREACHABLE' });
    expect(fault.message).not.to.include('127.0.0.1');
  });

  it('survives details that are not what they should be', () => {
    const metadata = new Metadata();
    metadata.set('grpc-status-details-bin', Buffer.from([0xff, 0xff, 0xff]));
    expect(fromStatus({ code: status.INTERNAL, details: 'x', metadata }).reason).to.equal('INTERNAL');
  });
});
