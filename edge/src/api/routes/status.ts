import { z } from 'zod';
import type { Discovery, KnownInstance } from '../../domain/instances.js';
import { answer, defineRoute, type Route } from '../route.js';

const InstanceList = z.array(z.strictObject({ url: z.url(), instance: z.string() })).readonly();

export function discoveryStatus(discovery: Discovery): Route {
  return defineRoute({
    method: 'GET',
    path: '/api/discovery/status',
    operationId: 'getDiscoveryStatus',
    tag: 'Status',
    summary: 'Which instances are known',
    auth: 'none',
    deadline: 'read',
    answers: {
      200: {
        description: 'The healthy instances of each service, by name. An empty list while none is known.',
        schema: z.strictObject({
          status: z.literal('Service Discovery is running'),
          services: z.strictObject({ user_service: InstanceList, booking_service: InstanceList }),
        }),
        example: {
          status: 'Service Discovery is running',
          services: {
            user_service: [{ url: 'http://127.0.0.1:5000', instance: 'user_service_1' }],
            booking_service: [{ url: 'http://127.0.0.1:5004', instance: 'booking_service_1' }],
          },
        },
      },
    },
    async handle() {
      const services = {
        user_service: toList(discovery.userServices()),
        booking_service: toList(discovery.bookingServices()),
      };
      return answer(200, { status: 'Service Discovery is running', services });
    },
  });
}

/** What the gateway tells about itself. */
export interface Gateway {
  /** The port that it really listens on. */
  port(): number;
  /** Seconds since the process began. */
  uptime(): number;
}

export function gatewayStatus(gateway: Gateway): Route {
  return defineRoute({
    method: 'GET',
    path: '/api/gateway/status',
    operationId: 'getGatewayStatus',
    tag: 'Status',
    summary: 'How the gateway is',
    auth: 'none',
    deadline: 'read',
    answers: {
      200: {
        description: 'It runs.',
        schema: z.strictObject({
          status: z.literal('Gateway is running'),
          port: z.int(),
          uptime: z.number().meta({ description: 'Seconds since its process began.' }),
        }),
        example: { status: 'Gateway is running', port: 4000, uptime: 482.399700277 },
      },
    },
    async handle() {
      return answer(200, { status: 'Gateway is running', port: gateway.port(), uptime: gateway.uptime() });
    },
  });
}

function toList(
  instances: readonly KnownInstance[],
): readonly { readonly url: string; readonly instance: string }[] {
  return instances
    .map(({ id, host, port }) => ({
      url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
      instance: id,
    }))
    .sort((a, b) => a.instance.localeCompare(b.instance, 'en', { numeric: true }));
}
