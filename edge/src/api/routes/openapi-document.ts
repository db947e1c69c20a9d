import { z } from 'zod';
import type { OpenApi } from '../openapi.js';
import { answer, defineRoute, type Route } from '../route.js';

/** @param read answers the document, which is made from all routes, this one included */
export function openApiDocument(read: () => OpenApi): Route {
  return defineRoute({
    method: 'GET',
    path: '/openapi.json',
    operationId: 'getOpenApi',
    tag: 'Operations',
    summary: 'This API, for programs',
    auth: 'none',
    deadline: 'read',
    answers: {
      200: {
        description: 'An OpenAPI 3.1 document.',
        schema: z.looseObject({ openapi: z.string() }),
        example: { openapi: '3.1.0' },
      },
    },
    async handle() {
      return answer(200, read());
    },
  });
}
