import { Client, credentials, type status } from '@grpc/grpc-js';
import type { Service } from '../../src/service.js';

/** Calls a method with bytes as they are, and answers the status code that comes back. */
export function sendBytes({ address }: Service, path: string, bytes: Buffer): Promise<status> {
  const client = new Client(address, credentials.createInsecure());
  const deadline = Date.now() + 10_000;
  const asIs = (same: Buffer) => same;
  return new Promise((resolve) => {
    const call = client.makeUnaryRequest(path, asIs, asIs, bytes, { deadline }, () => undefined);
    call.on('status', ({ code }) => {
      client.close();
      resolve(code);
    });
  });
}
