/** What of a server's WebSocket frames a load client reads. */
export interface FrameReader {
  /** Takes what came from the server; calls back for each whole frame in it. */
  take(chunk: Buffer): void;
}

export const OPCODE = { text: 1, close: 8, ping: 9, pong: 10 } as const;

/**
 * Reads a server's frames (RFC 6455, 5.2) and does as little as it can with them, so that thousands of members fit
 * beside the server on a small machine. The benchmark's servers send whole, unmasked frames below 64 KiB.
 */
export function createFrameReader(onFrame: (opcode: number, payload: Buffer) => void): FrameReader {
  let rest: Buffer | undefined;
  return {
    take(chunk) {
      const bytes = rest === undefined ? chunk : Buffer.concat([rest, chunk]);
      let at = 0;
      for (let end = endOfFrame(bytes, at); end !== undefined; end = endOfFrame(bytes, at)) {
        onFrame((bytes[at] ?? 0) & 0x0f, bytes.subarray(payloadStart(bytes, at), end));
        at = end;
      }
      rest = at === bytes.length ? undefined : bytes.subarray(at);
    },
  };
}

function payloadStart(bytes: Buffer, at: number): number {
  return at + ((bytes[at + 1] ?? 0) < 126 ? 2 : 4);
}

/** Undefined while the frame is not there whole. */
function endOfFrame(bytes: Buffer, at: number): number | undefined {
  if (bytes.length < at + 4 && bytes.length < at + 2 + ((bytes[at + 1] ?? 126) & 0x7f)) return undefined;
  const length = bytes[at + 1] ?? 0;
  if (length >= 127) throw new Error('a frame of 64 KiB or more, or a masked one, came from a server');
  const end = payloadStart(bytes, at) + (length < 126 ? length : bytes.readUInt16BE(at + 2));
  return end <= bytes.length ? end : undefined;
}

/** A client's frame below 64 KiB, masked with a key of zeros, which leaves the payload as it is. */
export function toClientFrame(opcode: number, payload: Buffer): Buffer {
  const { length } = payload;
  const size = length < 126 ? [0x80 | length] : [0x80 | 126, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([0x80 | opcode, ...size, 0, 0, 0, 0]), payload]);
}
