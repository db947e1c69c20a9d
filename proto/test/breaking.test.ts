import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { ContractRepository } from './contract-repository.js';

type Change = (contracts: ContractRepository) => Promise<void>;

const CANCEL_BOOKING = / *rpc CancelBooking\([^}]*}\n/;
const JSON_WEB_KEY = /\/\/ JsonWebKey is[^}]*}\n/;

/** What callers would notice: on the wire, in JSON, or when they compile. */
const REFUSED: Readonly<Record<string, Change>> = {
  'a renamed field': (contracts) =>
    contracts.edit('user/v1/user.proto', 'string username = 2;', 'string login_name = 2;'),
  'a field of another number': (contracts) =>
    contracts.edit('user/v1/user.proto', 'string email = 3;', 'string email = 8;'),
  'a field of another type': (contracts) =>
    contracts.edit('user/v1/user.proto', 'int64 id = 1;', 'string id = 1;'),
  'a field of another type with the same form on the wire and in JSON': (contracts) =>
    contracts.edit('booking/v1/flight.proto', 'int32 price = 7;', 'uint32 price = 7;'),
  'a list instead of one': (contracts) =>
    contracts.edit('booking/v1/flight.proto', 'string airline = 2;', 'repeated string airline = 2;'),
  'a deleted field, its number and name kept free': (contracts) =>
    contracts.edit('user/v1/user.proto', 'string email = 3;', 'reserved 3;\n  reserved "email";'),
  'a deleted RPC': (contracts) => contracts.edit('booking/v1/booking_service.proto', CANCEL_BOOKING, ''),
  'an RPC that streams its answer': (contracts) =>
    contracts.edit(
      'booking/v1/booking_service.proto',
      'returns (CancelBookingResponse)',
      'returns (stream CancelBookingResponse)',
    ),
  'an RPC that may no longer be repeated': (contracts) =>
    contracts.edit('booking/v1/booking_service.proto', '= IDEMPOTENT;', '= IDEMPOTENCY_UNKNOWN;'),
  'a deleted message': async (contracts) => {
    await contracts.edit('user/v1/user_service.proto', 'repeated JsonWebKey keys = 1;', '');
    await contracts.edit('user/v1/user.proto', JSON_WEB_KEY, '');
  },
  'a renamed message': async (contracts) => {
    await contracts.edit('user/v1/user.proto', 'message JsonWebKey {', 'message PublicKey {');
    await contracts.edit('user/v1/user_service.proto', 'repeated JsonWebKey', 'repeated PublicKey');
  },
  'a message in another file': async (contracts) => {
    await contracts.append(
      'user/v1/user_service.proto',
      await contracts.cut('user/v1/user.proto', JSON_WEB_KEY),
    );
  },
  'a deleted service': (contracts) =>
    contracts.edit('etl/v1/etl_service.proto', /service EtlService {[\s\S]*?\n}\n/, ''),
  'a deleted package': (contracts) =>
    rm(join(contracts.folder, 'proto/flight/etl'), { recursive: true, force: true }),
  'a deleted enum value': (contracts) =>
    contracts.edit('booking/v1/flight.proto', 'FLIGHT_STATUS_DIVERTED = 8;', 'reserved 8;'),
  'a deleted enum value, its number and name kept free': (contracts) =>
    contracts.edit(
      'booking/v1/flight.proto',
      'FLIGHT_STATUS_DIVERTED = 8;',
      'reserved 8;\n  reserved "FLIGHT_STATUS_DIVERTED";',
    ),
  'a renamed enum that no message has': (contracts) =>
    contracts.edit('type/v1/error_reason.proto', 'enum ErrorReason {', 'enum FailureReason {'),
  'a renamed enum value': (contracts) =>
    contracts.edit('booking/v1/flight.proto', 'FLIGHT_STATUS_DIVERTED', 'FLIGHT_STATUS_REROUTED'),
};

/** What callers need not notice. */
const PASSED: Readonly<Record<string, Change>> = {
  'an added field': (contracts) =>
    contracts.edit('user/v1/user.proto', 'string email = 3;', 'string email = 3;\n  string phone = 90;'),
  'an added RPC': async (contracts) => {
    await contracts.edit(
      'booking/v1/booking_service.proto',
      'service BookingService {',
      'service BookingService {\n  rpc GetBooking(GetBookingRequest) returns (GetBookingResponse);',
    );
    await contracts.append(
      'booking/v1/booking_service.proto',
      'message GetBookingRequest {}\nmessage GetBookingResponse {}\n',
    );
  },
  'an added message': (contracts) => contracts.append('user/v1/user.proto', 'message Passport {}\n'),
  'an added enum value': (contracts) =>
    contracts.edit(
      'booking/v1/flight.proto',
      'FLIGHT_STATUS_DIVERTED = 8;',
      'FLIGHT_STATUS_DIVERTED = 8;\n  FLIGHT_STATUS_LOST = 90;',
    ),
  'a deprecated field': (contracts) =>
    contracts.edit('user/v1/user.proto', 'string email = 3;', 'string email = 3 [deprecated = true];'),
  'other words in a comment': (contracts) =>
    contracts.edit('user/v1/user.proto', '// User is an account.', '// User is somebody with an account.'),
};

describe('make breaking, for contracts that were released,', function () {
  // Each starts buf and git several times.
  this.timeout(60_000);
  let contracts: ContractRepository;
  before(async () => {
    contracts = await ContractRepository.commit();
    await contracts.git('tag', 'v1.0.0');
  });
  afterEach(() => contracts.restore());
  after(() => contracts.remove());

  for (const [what, change] of Object.entries(REFUSED))
    it(`refuses ${what}`, async () => {
      await change(contracts);
      const { status, output } = await contracts.check();
      expect(output).to.include('FAILED, compared with the release v1.0.0');
      // Not because buf could not compile what was changed.
      expect(output).to.match(/^[^ ]+:\d+:\d+:(Previously present|Field|RPC|Enum value)/m);
      expect(status).to.equal(1);
    });

  for (const [what, change] of Object.entries(PASSED))
    it(`lets pass ${what}`, async () => {
      await change(contracts);
      const { status, output } = await contracts.check();
      expect(output).to.include('nothing breaks; compared with the release v1.0.0');
      expect(status).to.equal(0);
    });

  const GOLDEN = '../golden/flight.mesh.v1.json';

  it('refuses a golden message that is written anew', async () => {
    await contracts.edit(GOLDEN, '"CPEH"', '"CPIH"');
    const { status, output } = await contracts.check();
    expect(output).to.include('golden messages were changed since the release v1.0.0').and.include('"CPEH"');
    expect(status).to.equal(1);
  });

  it('refuses golden messages that are gone', async () => {
    await rm(join(contracts.folder, 'proto/golden'), { recursive: true });
    const { status, output } = await contracts.check();
    expect(output).to.include('golden messages were changed since the release v1.0.0');
    expect(status).to.equal(1);
  });

  it('lets pass golden messages that are added, at the end of a list and of a file', async () => {
    await contracts.edit(
      GOLDEN,
      /\n {2}\]\n}\n$/,
      ',\n    { "binary": "", "json": {} }\n  ],\n  "flight.mesh.v1.New": [\n    { "binary": "", "json": {} }\n  ]\n}\n',
    );
    const { status, output } = await contracts.check();
    expect(output).to.include('nothing breaks; compared with the release v1.0.0');
    expect(status).to.equal(0);
  });
});
