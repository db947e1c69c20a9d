import type { z } from 'zod';
import { requestParameters, sharedParameters } from './openapi-parameters.js';
import { documentRefusals } from './openapi-refusals.js';
import { type JsonSchema, toJsonSchema } from './openapi-schema.js';
import { Message, ProblemDetails } from './problem-details.js';
import type { AnswerSpec, Auth, Route, Tag } from './route.js';

const TAGS: Readonly<Record<Tag, string>> = {
  Status: 'How the system is.',
  Accounts: 'Registration, sign-in, subscriptions.',
  Flights: 'Search and status.',
  Bookings: 'Seats, sold and given back.',
  Testing: 'For trying things out. Not there under the strict policy.',
  Operations: 'For those who run the system and for programs.',
};

const DESCRIPTION = `Flights: search, book, cancel. Their updates come over WebSocket: see [/docs/websocket](/docs/websocket).

Every refusal is \`application/json\` with a \`message\`; with \`Accept: application/problem+json\` it is a problem
(RFC 9457) with a stable \`reason\`. Every answer carries \`X-Request-Id\`. Unknown fields of a body are ignored.`;

/** An OpenAPI 3.1 document. */
export interface OpenApi {
  readonly openapi: string;
  readonly [member: string]: unknown;
}

/** Makes the OpenAPI 3.1 document of a table of routes. */
export function createOpenApi(routes: readonly Route[]): OpenApi {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes.filter(({ undocumented }) => !undocumented)) {
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: toOperation(route) };
  }
  const used = new Set(routes.map(({ tag }) => tag));
  return {
    openapi: '3.1.0',
    info: { title: 'Flight booking', version: '0.1.0', description: DESCRIPTION, license: LICENSE },
    servers: [{ url: '/' }],
    tags: Object.entries(TAGS)
      .filter(([name]) => used.has(name as Tag))
      .map(([name, description]) => ({ name, description })),
    paths,
    components: {
      parameters: sharedParameters(),
      schemas: { Message: toJsonSchema(Message), ProblemDetails: toJsonSchema(ProblemDetails) },
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: 'The token that login answers.',
        },
      },
    },
  };
}

const LICENSE = { name: 'MIT', identifier: 'MIT' };

function toOperation(route: Route): Readonly<Record<string, unknown>> {
  return {
    operationId: route.operationId,
    tags: [route.tag],
    summary: route.summary,
    ...(route.description !== undefined && { description: route.description }),
    security: toSecurity(route.auth),
    parameters: requestParameters(route),
    ...(route.body && { requestBody: toRequestBody(route.body) }),
    responses: { ...documentRefusals(route), ...toResponses(route) },
  };
}

function toSecurity(auth: Auth): readonly object[] {
  switch (auth) {
    case 'none':
      return [];
    case 'optional':
      return [{ bearer: [] }, {}];
    case 'bearer':
      return [{ bearer: [] }];
  }
}

function toRequestBody(body: z.ZodType): object {
  const schema = toJsonSchema(body);
  return { required: true, content: { 'application/json': { schema, example: toExample(schema) } } };
}

/** An object of its fields' first examples. */
export function toExample(schema: JsonSchema): Readonly<Record<string, unknown>> {
  const fields = Object.entries(schema.properties ?? {});
  return Object.fromEntries(fields.map(([name, field]) => [name, field.examples?.[0]]));
}

function toResponses(route: Route): Readonly<Record<string, object>> {
  return Object.fromEntries(
    Object.entries(route.answers).map(([status, answer]) => [status, toResponse(answer)]),
  );
}

function toResponse({
  description,
  schema,
  example,
  headers,
  contentType = 'application/json',
}: AnswerSpec): object {
  const [mediaType = contentType] = contentType.split(';');
  return {
    description,
    ...(headers && { headers: toHeaders(headers) }),
    content: { [mediaType]: { schema: toJsonSchema(schema), example } },
  };
}

function toHeaders(headers: Readonly<Record<string, string>>): object {
  return Object.fromEntries(
    Object.entries(headers).map(([name, description]) => [name, { description, schema: { type: 'string' } }]),
  );
}
