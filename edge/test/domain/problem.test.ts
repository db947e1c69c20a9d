import { Fault, type FaultKind } from '@flight/mesh';
import { expect } from 'chai';
import { toProblem } from '../../src/domain/problem.js';
import { Refusal } from '../../src/domain/refusal.js';

const BY_KIND: readonly (readonly [FaultKind, number])[] = [
  ['invalid_argument', 400],
  ['failed_precondition', 400],
  ['out_of_range', 400],
  ['unauthenticated', 401],
  ['permission_denied', 403],
  ['not_found', 404],
  ['already_exists', 409],
  ['aborted', 409],
  ['resource_exhausted', 429],
  ['cancelled', 499],
  ['unknown', 500],
  ['internal', 500],
  ['data_loss', 500],
  ['unimplemented', 501],
  ['unavailable', 503],
  ['deadline_exceeded', 504],
];

const BY_REASON: readonly (readonly [FaultKind, string, number, string])[] = [
  ['already_exists', 'ACCOUNT_EXISTS', 400, 'Username or Email already exists'],
  ['unauthenticated', 'CREDENTIALS_INVALID', 401, 'Invalid username or password'],
  ['not_found', 'USER_NOT_FOUND', 404, 'User not found'],
  ['not_found', 'FLIGHT_NOT_FOUND', 404, 'Flight not found'],
  ['failed_precondition', 'FLIGHT_SOLD_OUT', 409, 'Flight is sold out'],
  ['failed_precondition', 'FLIGHT_CANCELLED', 409, 'Flight is cancelled'],
  ['not_found', 'BOOKING_NOT_FOUND', 404, 'Booking not found'],
];

describe('the problem that a failure is', () => {
  for (const [kind, status] of BY_KIND)
    it(`is ${status} for ${kind}`, () => {
      expect(toProblem(new Fault(kind, 'SOMETHING', 'words')).status).to.equal(status);
    });

  for (const [kind, reason, status, message] of BY_REASON)
    it(`is ${status} "${message}" for ${reason}, whatever the service's words`, () => {
      expect(toProblem(new Fault(kind, reason, 'other words'))).to.include({ status, reason, message });
    });

  it('is told in the words of the service when the client can act on them', () => {
    const fault = new Fault('invalid_argument', 'INVALID_FIELD', 'email must be an e-mail address');
    expect(toProblem(fault).message).to.equal('email must be an e-mail address');
  });

  for (const kind of [
    'unknown',
    'internal',
    'data_loss',
    'unimplemented',
    'unavailable',
    'deadline_exceeded',
  ] as const)
    it(`never shows what a service says of its ${kind} failures`, () => {
      const { message } = toProblem(new Fault(kind, 'SOMETHING', 'relation "user_account" does not exist'));
      expect(message).to.not.include('relation').and.to.not.equal('');
    });

  it('is an error that tells nothing for what is no fault', () => {
    expect(toProblem(new TypeError('x is not a function'))).to.include({
      status: 500,
      reason: 'INTERNAL',
      message: 'An error occurred. Please try again later.',
    });
    expect(toProblem(undefined).status).to.equal(500);
  });

  it('says when to come back: what the service said, else a second', () => {
    const later = new Fault('resource_exhausted', 'SIGN_IN_BUSY', 'busy', {}, { retryAfterMs: 2500 });
    expect(toProblem(later).retryAfterMs).to.equal(2500);
    expect(toProblem(new Fault('unavailable', 'UNREACHABLE', 'away')).retryAfterMs).to.equal(1000);
    expect(toProblem(new Refusal('TOO_MANY_SIGN_INS', undefined, 60_000)).retryAfterMs).to.equal(60_000);
    expect(toProblem(new Refusal('NOTHING_HERE')).retryAfterMs).to.equal(undefined);
  });

  it('is not led astray by reasons that are names of object members', () => {
    expect(toProblem(new Fault('not_found', 'constructor', 'words'))).to.include({
      status: 404,
      message: 'words',
    });
  });
});
