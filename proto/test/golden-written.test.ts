import { create } from '@bufbuild/protobuf';
import { FieldDescriptorProto_Type, OneofDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import { expect } from 'chai';
import { readDescriptorSet } from '../src/descriptors.js';
import { appendSamples, findMissing } from '../src/golden/append-samples.js';
import { messagesByFile, parseGoldenFile } from '../src/golden/golden-file.js';
import { renderGoldenFiles } from '../src/golden/golden-files.js';
import { readGoldenText } from '../src/golden/golden-folder.js';
import { createContracts, getMessage } from '../src/registry.js';
import { addField, changeMessage } from './changed-contracts.js';
import { loadSamples } from './golden-samples.js';

const CHANGED = 'flight.user.v1.FollowFlightUpdatesRequest';

const contracts = createContracts(await readDescriptorSet());
const sampled = await loadSamples(contracts);

describe('the golden messages', () => {
  it('are of every package that has messages, and of what errors carry', () => {
    const names = [...messagesByFile(contracts).keys()];
    expect(names).to.include.members(['flight.user.v1.json', 'flight.booking.v1.json', 'google.rpc.json']);
    expect(sampled.map(({ message }) => message.typeName)).to.include('google.rpc.BadRequest.FieldViolation');
    expect(sampled.length).to.be.above(90);
  });

  for (const { message, samples } of sampled) {
    it(`show ${message.typeName} empty, and each of its fields in every way it can be`, () => {
      expect(samples.map(({ binary }) => binary)).to.include('');
      const missing = findMissing(message, samples, contracts);
      expect(
        missing.map(({ field, variant }) => `${field.name}: ${variant.name}`),
        'run `make golden`',
      ).to.deep.equal([]);
    });
  }

  it('are what `make golden` leaves as it is', async () => {
    for (const [name, text] of await renderGoldenFiles(contracts, readGoldenText))
      expect(text === (await readGoldenText(name)), `run \`make golden\`: ${name} is not current`).to.equal(
        true,
      );
  });

  it('come out the same when all are written anew', async () => {
    const none = async () => undefined;
    expect(await renderGoldenFiles(contracts, none)).to.deep.equal(await renderGoldenFiles(contracts, none));
  });

  it('get a sample for a field that is new, and keep those that were there', async () => {
    const { contracts: changed } = await changeMessage(CHANGED, (message) =>
      addField(message, 'urgent', 77, FieldDescriptorProto_Type.BOOL),
    );
    const before = parseGoldenFile(await readGoldenText('flight.user.v1.json'))[CHANGED] ?? [];
    const after = appendSamples(getMessage(changed, CHANGED), before, changed);
    expect(after.slice(0, before.length)).to.deep.equal(before);
    expect(after.slice(before.length).map(({ json }) => json)).to.deep.equal([{ urgent: true }]);
  });

  it('show each member of a oneof, each alone', async () => {
    const { contracts: changed } = await changeMessage(CHANGED, (message) => {
      message.oneofDecl.unshift(create(OneofDescriptorProtoSchema, { name: 'reach' }));
      for (const field of message.field) if (field.proto3Optional) field.oneofIndex += 1;
      addField(message, 'gate', 77, FieldDescriptorProto_Type.BYTES, 0);
      addField(message, 'weight', 78, FieldDescriptorProto_Type.DOUBLE, 0);
    });
    const samples = appendSamples(getMessage(changed, CHANGED), [], changed);
    const members = samples.map(({ json }) =>
      [json.gate, json.weight].filter((value) => value !== undefined),
    );
    expect(Math.max(...members.map(({ length }) => length))).to.equal(1);
    expect(members.flat()).to.include.members([0, '', 78 / 16, -78 / 4]);
  });

  it('keep the samples of a message that went away', async () => {
    const kept = { binary: '', json: {} };
    const texts = await renderGoldenFiles(contracts, async () =>
      JSON.stringify({ 'flight.user.v1.AncientRequest': [kept] }),
    );
    expect(parseGoldenFile(texts.get('flight.user.v1.json'))).to.deep.include({
      'flight.user.v1.AncientRequest': [kept],
    });
  });
});
