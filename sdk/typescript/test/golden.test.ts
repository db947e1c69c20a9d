import { readdir, readFile } from 'node:fs/promises';
import {
  createRegistry,
  type DescMessage,
  fromBinary,
  fromJson,
  type JsonValue,
  toBinary,
  toJson,
} from '@bufbuild/protobuf';
import { expect } from 'chai';
import { file_google_rpc_error_details } from '../gen/google/rpc/error_details_pb.js';
import { file_google_rpc_status } from '../gen/google/rpc/status_pb.js';
import * as booking from '../src/booking.js';
import * as etl from '../src/etl.js';
import * as mesh from '../src/mesh.js';
import * as user from '../src/user.js';

interface Sample {
  readonly binary: string;
  readonly json: JsonValue;
}

const GOLDEN = new URL('../../../../proto/golden/', import.meta.url);
const registry = createRegistry(
  ...[booking, etl, mesh, user].flatMap<unknown>(Object.values).filter(isMessageSchema),
  file_google_rpc_error_details,
  file_google_rpc_status,
);

function isMessageSchema(exported: unknown): exported is DescMessage {
  return (
    typeof exported === 'object' && exported !== null && 'kind' in exported && exported.kind === 'message'
  );
}

async function readSamples(): Promise<readonly (readonly [string, Sample])[]> {
  const files = (await readdir(GOLDEN)).filter((name) => name.endsWith('.json'));
  const texts = await Promise.all(files.map((name) => readFile(new URL(name, GOLDEN), 'utf8')));
  return texts.flatMap((text) =>
    Object.entries(JSON.parse(text) as Record<string, Sample[]>).flatMap(([type, samples]) =>
      samples.map((sample) => [type, sample] as const),
    ),
  );
}

describe('the TypeScript SDK', () => {
  it('reads and writes every golden message, binary and JSON', async () => {
    const samples = await readSamples();
    expect(samples.length).to.be.above(60);
    for (const [type, { binary, json }] of samples) {
      const schema = registry.getMessage(type);
      if (schema === undefined) throw new Error(`the SDK does not know ${type}`);
      const message = fromBinary(schema, Buffer.from(binary, 'base64'));
      expect(toJson(schema, message, { registry }), type).to.deep.equal(json);
      expect(
        Buffer.from(toBinary(schema, fromJson(schema, json, { registry }))).toString('base64'),
        type,
      ).to.equal(binary);
    }
  });
});
