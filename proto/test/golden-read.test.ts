import { FieldDescriptorProto_Type } from '@bufbuild/protobuf/wkt';
import { expect } from 'chai';
import { readDescriptorSet } from '../src/descriptors.js';
import { findDifferences } from '../src/golden/find-differences.js';
import type { Golden } from '../src/golden/golden.js';
import { createContracts, getMessage } from '../src/registry.js';
import { changeField, changeMessage } from './changed-contracts.js';
import { generatedCodec } from './generated-codec.js';
import { bytesOf, loadSamples } from './golden-samples.js';
import { type LoaderCodec, loaderCodecs } from './loader-codec.js';

const CHANGED = 'flight.user.v1.LoginResponse';

const set = await readDescriptorSet();
const contracts = createContracts(set);
const sampled = await loadSamples(contracts);
const codecOf = await loaderCodecs(set);
const changedSamples = sampled.find(({ message }) => message.typeName === CHANGED)?.samples ?? [];

/** Writes what was read of a sample. */
function rewrite(codec: LoaderCodec, sample: Golden): string {
  return Buffer.from(codec.serialize(codec.deserialize(bytesOf(sample)))).toString('base64');
}

/** The fields of a message as JSON names them. */
function fieldsOf(message: object): readonly string[] {
  return Object.keys(message).map((name) =>
    name.replace(/_([a-z0-9])/g, (_, letter) => letter.toUpperCase()),
  );
}

describe('the golden messages are read', () => {
  for (const { message, samples } of sampled)
    it(`by protobuf-es, proto-loader and ts-proto, and written again as they were: ${message.typeName}`, async () => {
      const loader = codecOf(message.typeName);
      const generated = await generatedCodec(message);
      expect(samples).to.not.have.length(0);
      for (const sample of samples) {
        expect(findDifferences(message, sample, contracts)).to.deep.equal([]);
        expect(rewrite(loader, sample)).to.equal(sample.binary);
        expect(fieldsOf(loader.deserialize(bytesOf(sample)))).to.have.members(Object.keys(sample.json));
        // What a number can't hold, our services refuse rather than take for another number.
        if (generated.isBeyondNumbers(sample))
          expect(() => generated.rewrite(sample)).to.throw('MAX_SAFE_INTEGER');
        else expect(generated.rewrite(sample)).to.equal(sample.binary);
      }
    });
});

describe('a reader of the golden messages', () => {
  it('has samples of what is changed below', () => {
    expect(changedSamples.length).to.be.above(1);
  });

  const changes = [
    ['another name', { name: 'owner' }],
    ['another number', { number: 77 }],
    ['another type on the wire', { type: FieldDescriptorProto_Type.STRING }],
    ['another type with the same form on the wire', { type: FieldDescriptorProto_Type.SINT64 }],
  ] as const;
  for (const [what, change] of changes)
    it(`notices a field of ${what}`, async () => {
      const changed = await changeMessage(CHANGED, (message) => changeField(message, 'user_id', change));
      const message = getMessage(changed.contracts, CHANGED);
      const differences = changedSamples.flatMap((sample) =>
        findDifferences(message, sample, changed.contracts),
      );
      expect(differences).to.not.have.length(0);
    });

  it('notices a field of another name or number through proto-loader as well', async () => {
    for (const change of [{ name: 'owner' }, { number: 77 }]) {
      const changed = await changeMessage(CHANGED, (message) => changeField(message, 'user_id', change));
      const loader = (await loaderCodecs(changed.set))(CHANGED);
      const noticed = changedSamples.filter(
        (sample) =>
          rewrite(loader, sample) !== sample.binary ||
          fieldsOf(loader.deserialize(bytesOf(sample))).join() !== Object.keys(sample.json).join(),
      );
      expect(noticed, JSON.stringify(change)).to.not.have.length(0);
    }
  });
});
