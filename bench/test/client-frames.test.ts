import { expect } from 'chai';
import { createFrameReader, OPCODE, toClientFrame } from '../src/updates/client-frames.js';

/** A frame as a server sends it. */
function toServerFrame(opcode: number, text: string): Buffer {
  const payload = Buffer.from(text);
  const size = payload.length < 126 ? [payload.length] : [126, payload.length >> 8, payload.length & 0xff];
  return Buffer.concat([Buffer.from([0x80 | opcode, ...size]), payload]);
}

describe('the frames of a load client', () => {
  const texts = ['', 'a', 'b'.repeat(125), 'c'.repeat(126), 'd'.repeat(5000), 'e'];
  const stream = Buffer.concat(texts.map((text) => toServerFrame(OPCODE.text, text)));

  it('are read whole, however the network cuts them', () => {
    for (const size of [1, 2, 3, 4, 7, 127, 1000, stream.length]) {
      const read: string[] = [];
      const reader = createFrameReader((opcode, payload) => {
        expect(opcode).to.equal(OPCODE.text);
        read.push(payload.toString());
      });
      for (let at = 0; at < stream.length; at += size) reader.take(stream.subarray(at, at + size));
      expect(read).to.deep.equal(texts);
    }
  });

  it('tell pings from texts', () => {
    const opcodes: number[] = [];
    const reader = createFrameReader((opcode) => opcodes.push(opcode));
    reader.take(Buffer.concat([toServerFrame(OPCODE.ping, ''), toServerFrame(OPCODE.text, 'x')]));
    expect(opcodes).to.deep.equal([OPCODE.ping, OPCODE.text]);
  });

  it('are masked with zeros on the way out, as a server asks for', () => {
    expect([...toClientFrame(OPCODE.text, Buffer.from('hi'))]).to.deep.equal([
      0x81, 0x82, 0, 0, 0, 0, 0x68, 0x69,
    ]);
    const long = toClientFrame(OPCODE.text, Buffer.alloc(300));
    expect([...long.subarray(0, 8)]).to.deep.equal([0x81, 0xfe, 1, 44, 0, 0, 0, 0]);
    expect(long).to.have.length(308);
  });
});
