import { CLOSE_CODES } from '../domain/socket-state.js';
import { type AsyncMessage, SENT_MESSAGES, toMessages } from './asyncapi-messages.js';
import { listEventRefusals, SHARED_REFUSALS } from './asyncapi-refusals.js';
import type { SocketEventSpec } from './socket-event.js';
import { SUBPROTOCOL } from './upgrade.js';

/** What may be sent or is sent. */
export interface AsyncOperation {
  readonly action: 'receive' | 'send';
  readonly summary: string;
  readonly description?: string;
  readonly [member: string]: unknown;
}

/** An AsyncAPI 3.0 document, as far as our own page reads it. */
export interface AsyncApi {
  readonly asyncapi: string;
  readonly info: { readonly description: string; readonly [member: string]: unknown };
  readonly operations: Readonly<Record<string, AsyncOperation>>;
  readonly components: {
    readonly messages: Readonly<Record<string, AsyncMessage>>;
    readonly [member: string]: unknown;
  };
  readonly [member: string]: unknown;
}

const DESCRIPTION = `Flight updates as they happen, over WebSocket at \`/ws\` (or \`/\`).

Send the token that login answers as \`Authorization: Bearer …\`, or, from a browser, as a subprotocol:
\`new WebSocket(url, ['${SUBPROTOCOL}', 'bearer.' + token])\`. Frames are texts of JSON. Each of yours is answered, in your order, by
a frame of the same \`event\` or by an \`error\`; an \`id\` of any kind comes back with the answer.

Updates of a flight are numbered by \`seq\` without gaps and come in order, each once. Remember the last one and connect
to the room with it as \`after\` when you come back: you miss nothing.`;

const CHANNEL = { $ref: '#/channels/updates' };

/**
 * Makes the AsyncAPI 3.0 document of a table of events.
 *
 * @param host where the edge is, with its port
 */
export function createAsyncApi(events: readonly SocketEventSpec[], host: string): AsyncApi {
  const messages = Object.fromEntries([...events.flatMap(toMessages), ...SENT_MESSAGES]);
  const operations = Object.fromEntries([...events.map(toOperation), SEND_UPDATE]);
  return {
    asyncapi: '3.0.0',
    info: { title: 'Flight updates', version: '0.1.0', description: DESCRIPTION, license: { name: 'MIT' } },
    defaultContentType: 'application/json',
    servers: {
      edge: {
        host,
        protocol: 'ws',
        description: 'The edge. Other servers speak the same.',
        security: [{ $ref: '#/components/securitySchemes/bearer' }],
      },
    },
    channels: {
      updates: {
        address: '/ws',
        title: 'Flight updates',
        messages: Object.fromEntries(
          Object.keys(messages).map((name) => [name, { $ref: `#/components/messages/${name}` }]),
        ),
        bindings: { ws: { method: 'GET', bindingVersion: '0.1.0' } },
        'x-close-codes': Object.values(CLOSE_CODES).map(([code, reason]) => ({ code, reason })),
        'x-refusals': SHARED_REFUSALS,
      },
    },
    operations,
    components: {
      messages,
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

function toOperation(spec: SocketEventSpec): readonly [name: string, operation: AsyncOperation] {
  const { event, operationId, summary, description } = spec;
  const operation = {
    action: 'receive',
    channel: CHANNEL,
    title: event,
    summary,
    ...(description !== undefined && { description }),
    messages: [toReference(event)],
    reply: { channel: CHANNEL, messages: [toReference(`${event}.answer`), toReference('error')] },
    'x-refusals': listEventRefusals(spec),
  } as const;
  return [operationId, operation];
}

const SEND_UPDATE = [
  'sendFlightUpdate',
  {
    action: 'send',
    channel: CHANNEL,
    title: 'flight_update',
    summary: 'News of a flight, to everybody in its room',
    messages: [toReference('flight_update')],
  },
] as const;

function toReference(message: string): object {
  return { $ref: `#/channels/updates/messages/${message}` };
}
