import { BinaryReader } from '@bufbuild/protobuf/wire';

/** The option flight.type.v1.deadline_ms: its field number and the wire type of a varint. */
const DEADLINE_MS_TAG = (50001 << 3) | 0;

/** What of a method's generated description the option is read from: options that the generator does not know. */
export interface DescribedOptions {
  readonly _unknownFields?: Readonly<Record<number, readonly Uint8Array[]>>;
}

/** How long a call of a method may take when its caller does not say, in milliseconds; undefined for a stream. */
export function findDeadlineMs({ _unknownFields }: DescribedOptions): number | undefined {
  const written = _unknownFields?.[DEADLINE_MS_TAG]?.at(-1);
  return written && new BinaryReader(written).int32();
}
