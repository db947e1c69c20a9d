import { z } from 'zod';
import type { KeySet } from '../../domain/accounts.js';
import type { Call } from '../../domain/call.js';
import { answer, defineRoute, type Route } from '../route.js';

const Key = z.record(z.string(), z.string());

export function jsonWebKeys(readKeys: (call: Call) => Promise<KeySet>): Route {
  return defineRoute({
    method: 'GET',
    path: '/.well-known/jwks.json',
    operationId: 'getJsonWebKeySet',
    tag: 'Operations',
    summary: 'The keys that tokens are verified with',
    description: 'A JSON Web Key Set (RFC 7517), for whoever wants to verify tokens without asking.',
    auth: 'none',
    deadline: 'read',
    answers: {
      200: {
        description: 'The public keys.',
        schema: z.strictObject({ keys: z.array(Key).readonly() }),
        example: {
          keys: [{ kid: 'k1', kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' }],
        },
      },
    },
    async handle({ call }) {
      return answer(200, { keys: await readKeys(call) }, { 'Cache-Control': 'public, max-age=300' });
    },
  });
}
