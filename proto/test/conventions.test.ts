import { expect } from 'chai';
import protobuf from 'protobufjs';
import {
  BookingChangeServiceDefinition,
  BookingServiceDefinition,
  FlightServiceDefinition,
} from '../src/booking.js';
import { type DescribedOptions, findDeadlineMs } from '../src/deadline.js';
import { EtlServiceDefinition } from '../src/etl.js';
import { FaultInjectionServiceDefinition } from '../src/mesh.js';
import {
  FlightUpdateServiceDefinition,
  UserChangeServiceDefinition,
  UserServiceDefinition,
} from '../src/user.js';
import { findAll, loadContracts } from './contracts.js';

const root = await loadContracts();
const methods = findAll(root.lookup('flight') as protobuf.Namespace, protobuf.Service).flatMap(
  ({ methodsArray }) => methodsArray,
);

/** Methods that have nothing to recognise: they store nothing, or repeating them is their point. */
const WITHOUT_REQUEST_ID = new Set(['Login', 'SimulateFailure']);

function optionsOf(method: protobuf.Method): DescribedOptions & { readonly idempotencyLevel?: string } {
  const definitions = [
    UserServiceDefinition,
    FlightUpdateServiceDefinition,
    UserChangeServiceDefinition,
    FlightServiceDefinition,
    FaultInjectionServiceDefinition,
    BookingServiceDefinition,
    BookingChangeServiceDefinition,
    EtlServiceDefinition,
  ];
  for (const { fullName, methods: described } of definitions) {
    if (`.${fullName}` !== method.parent?.fullName) continue;
    const found = Object.values(described).find(({ name }) => name === method.name);
    return found?.options ?? {};
  }
  throw new Error(`no definition for ${method.fullName}`);
}

describe('the contracts', () => {
  it('have methods to look at', () => {
    expect(methods.length).to.be.above(14);
  });

  for (const method of methods) {
    it(`give ${method.name} a request and a response of its own`, () => {
      expect(method.requestType.split('.').pop()).to.equal(`${method.name}Request`);
      expect(method.responseType.split('.').pop()).to.equal(`${method.name}Response`);
      expect(method.requestStream ?? false).to.equal(false);
    });

    const options = optionsOf(method);
    const level = options.idempotencyLevel ?? 'IDEMPOTENCY_UNKNOWN';
    it(`${method.responseStream ? 'let' : 'give'} ${method.name} ${method.responseStream ? 'last' : 'a deadline'}`, () => {
      const deadlineMs = findDeadlineMs(options);
      if (method.responseStream) expect(deadlineMs).to.equal(undefined);
      else expect(deadlineMs).to.be.within(100, 10_000);
    });

    if (level !== 'NO_SIDE_EFFECTS' && !WITHOUT_REQUEST_ID.has(method.name)) {
      it(`name each request of ${method.name}, which changes something, and let it be repeated`, () => {
        expect(level).to.equal('IDEMPOTENT');
        expect(method.resolvedRequestType?.fields).to.have.property('request_id');
      });
    }

    if (/^(List|Search)/.test(method.name)) {
      it(`page ${method.name} by an opaque token`, () => {
        expect(method.resolvedRequestType?.fields).to.include.keys('page_size', 'page_token');
        expect(method.resolvedResponseType?.fields).to.have.property('next_page_token');
      });
    }
  }
});
