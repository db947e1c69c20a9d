import {
  type DescMessage,
  type FileRegistry,
  fromBinary,
  fromJson,
  type JsonObject,
  type JsonValue,
  toBinary,
  toJson,
} from '@bufbuild/protobuf';

/** One message, written once: every reader, of whatever language and version, must find the same in both. */
export interface Golden {
  /** The message on the wire, base64: fields by number, no unknown ones. */
  readonly binary: string;
  /** The same as canonical ProtoJSON. */
  readonly json: JsonObject;
}

/** Writes a message both ways. @throws Error when the JSON is not one of the message */
export function toGolden(message: DescMessage, json: JsonObject, registry: FileRegistry): Golden {
  const parsed = fromJson(message, json, { registry });
  return {
    binary: Buffer.from(toBinary(message, parsed)).toString('base64'),
    json: toObject(toJson(message, parsed, { registry })),
  };
}

/** What the wire form says, as canonical ProtoJSON. @throws Error when it can't be read as that message */
export function readBinary(message: DescMessage, { binary }: Golden, registry: FileRegistry): JsonObject {
  const read = fromBinary(message, Buffer.from(binary, 'base64'));
  return toObject(toJson(message, read, { registry }));
}

function toObject(json: JsonValue): JsonObject {
  if (json === null || typeof json !== 'object' || Array.isArray(json))
    throw new Error(`not the JSON of a message: ${JSON.stringify(json)}`);
  return json;
}
