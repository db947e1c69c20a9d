import { z } from 'zod';
import { toExample } from './openapi.js';
import { type JsonSchema, toJsonSchema } from './openapi-schema.js';
import type { SocketEventSpec } from './socket-event.js';

/** A message in the document. */
export interface AsyncMessage {
  readonly name: string;
  readonly title: string;
  readonly summary: string;
  readonly payload: JsonSchema;
  readonly examples: readonly { readonly payload: object }[];
}

type NamedMessage = readonly [name: string, message: AsyncMessage];

const Id = { description: 'Anything. Comes back with the answer.', examples: [1] };

const UpdateFrame = z.strictObject({
  event: z.literal('flight_update'),
  room: z.templateLiteral(['flight_updates_', z.string()]),
  seq: z.int().min(1).meta({ description: "Counts the flight's updates from 1 up, without gaps." }),
  data: z.strictObject({ update: z.string() }),
});

const ErrorData = z.strictObject({
  message: z.string().meta({ description: 'What went wrong, for people.' }),
  reason: z.string().meta({ description: 'What went wrong, for programs. Stable.' }),
  event: z.string().optional().meta({ description: 'The event that failed, if the frame named one.' }),
});

/** What is sent for an event and what is answered. */
export function toMessages(spec: SocketEventSpec): readonly NamedMessage[] {
  const { event, summary, data, answer } = spec;
  const asked = toJsonSchema(data);
  const { after: _, ...example } = toExample(asked);
  return [
    [
      event,
      {
        name: event,
        title: event,
        summary,
        payload: toFrame(event, asked),
        examples: [{ payload: { event, data: example, id: 1 } }],
      },
    ],
    [
      `${event}.answer`,
      {
        name: event,
        title: `Answer to ${event}`,
        summary: 'It is done.',
        payload: toFrame(event, toJsonSchema(answer.schema)),
        examples: [{ payload: { event, id: 1, data: answer.example } }],
      },
    ],
  ];
}

/** What is sent besides answers. */
export const SENT_MESSAGES: readonly NamedMessage[] = [
  [
    'error',
    {
      name: 'error',
      title: 'error',
      summary: 'It was not done, and why.',
      payload: toFrame('error', toJsonSchema(ErrorData)),
      examples: [
        {
          payload: {
            event: 'error',
            id: 1,
            data: { message: 'Flight code is missing', reason: 'FIELD_MISSING', event: 'subscribe' },
          },
        },
      ],
    },
  ],
  [
    'flight_update',
    {
      name: 'flight_update',
      title: 'flight_update',
      summary: 'News of a flight, to everybody in its room.',
      payload: toJsonSchema(UpdateFrame),
      examples: [
        {
          payload: {
            event: 'flight_update',
            room: 'flight_updates_FL001',
            seq: 17,
            data: { update: 'Flight is now boarding' },
          },
        },
      ],
    },
  ],
];

function toFrame(event: string, data: JsonSchema): JsonSchema {
  return {
    type: 'object',
    properties: { event: { type: 'string', const: event }, id: Id, data },
    required: ['event', 'data'],
  };
}
