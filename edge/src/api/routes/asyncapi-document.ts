import { z } from 'zod';
import type { AsyncApi } from '../asyncapi.js';
import { answer, defineRoute, type Route } from '../route.js';

/** @param read answers the document, once it is known where the edge listens */
export function asyncApiDocument(read: () => AsyncApi): Route {
  return defineRoute({
    method: 'GET',
    path: '/asyncapi.json',
    operationId: 'getAsyncApi',
    tag: 'Operations',
    summary: 'The WebSocket API, for programs',
    auth: 'none',
    deadline: 'read',
    answers: {
      200: {
        description: 'An AsyncAPI 3.0 document.',
        schema: z.looseObject({ asyncapi: z.string() }),
        example: { asyncapi: '3.0.0' },
      },
    },
    async handle() {
      return answer(200, read());
    },
  });
}
