import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { ServiceError } from '@grpc/grpc-js';
import protobuf from 'protobufjs';

/** google.rpc.ErrorInfo as an independent decoder reads it. */
export interface ErrorInfo {
  readonly reason: string;
  readonly domain: string;
  readonly metadata: Readonly<Record<string, string>>;
}

const protoFolder = dirname(createRequire(import.meta.url).resolve('@flight/proto/package.json'));

/** The ErrorInfo that a failed call carries; undefined when it carries none. */
export function errorInfoOf(error: ServiceError): ErrorInfo | undefined {
  const [carried] = error.metadata.get('grpc-status-details-bin');
  if (!(carried instanceof Buffer)) return undefined;
  const root = new protobuf.Root();
  root.resolvePath = (_origin, target) => join(protoFolder, target);
  root.loadSync(['google/rpc/status.proto', 'google/rpc/error_details.proto']);
  const status = root.lookupType('google.rpc.Status').decode(carried) as unknown as { details: Detail[] };
  const detail = status.details.find(({ type_url }) => type_url.endsWith('/google.rpc.ErrorInfo'));
  if (detail === undefined) return undefined;
  const type = root.lookupType('google.rpc.ErrorInfo');
  return type.toObject(type.decode(detail.value), { defaults: true }) as unknown as ErrorInfo;
}

interface Detail {
  readonly type_url: string;
  readonly value: Uint8Array;
}
