import { expect } from 'chai';
import protobuf from 'protobufjs';
import * as booking from '../src/booking.js';
import * as etl from '../src/etl.js';
import * as mesh from '../src/mesh.js';
import * as user from '../src/user.js';
import { findAll, loadContracts } from './contracts.js';

interface Codec {
  encode(message: unknown): { finish(): Uint8Array };
  decode(bytes: Uint8Array): unknown;
}

const GENERATED: Readonly<Record<string, object>> = { ...user, ...booking, ...etl, ...mesh };
const root = await loadContracts();
const types = findAll(root.lookup('flight') as protobuf.Namespace, protobuf.Type);

/** A value for a field that is not its default, so that leaving it out would show. */
function sampleOf(field: protobuf.Field): unknown {
  const one = sampleOfType(field);
  return field.repeated ? [one, one] : one;
}

function sampleOfType(field: protobuf.Field): unknown {
  const { resolvedType } = field;
  if (resolvedType instanceof protobuf.Enum) return Math.max(...Object.values(resolvedType.values));
  if (resolvedType instanceof protobuf.Type) return sampleMessage(resolvedType);
  switch (field.type) {
    case 'string':
      return `${field.name} — ☃`;
    case 'bool':
      return true;
    case 'int32':
    case 'int64':
      return field.id * 1_000_003;
    case 'double':
      return field.id / 16;
    default:
      throw new Error(`no sample for ${field.fullName}: ${field.type}`);
  }
}

function sampleMessage(type: protobuf.Type): Record<string, unknown> {
  // ts-proto reads timestamps into dates, which keep milliseconds and no more.
  if (type.fullName === '.google.protobuf.Timestamp') return { seconds: 1_700_000_000, nanos: 123_000_000 };
  return Object.fromEntries(type.fieldsArray.map((field) => [field.name, sampleOf(field)]));
}

describe('the generated code', () => {
  it('covers every message of the contracts', () => {
    expect(types.length).to.be.above(30);
    expect(types.map(({ name }) => name).filter((name) => GENERATED[name] === undefined)).to.deep.equal([]);
  });

  for (const type of types) {
    it(`reads and writes ${type.name} as an independent codec does`, () => {
      const generated = GENERATED[type.name] as Codec;
      const sample = sampleMessage(type);
      const bytes = type.encode(type.fromObject(sample)).finish();
      const rewritten = generated.encode(generated.decode(bytes)).finish();
      const options = { longs: Number };
      expect(type.toObject(type.decode(rewritten), options)).to.deep.equal(
        type.toObject(type.decode(bytes), options),
      );
    });
  }
});
