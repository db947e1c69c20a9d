import { Fault } from '@flight/mesh/fault';
import { z } from 'zod';
import type { Accounts } from '../../domain/accounts.js';
import type { Discovery } from '../../domain/instances.js';
import { Refusal } from '../../domain/refusal.js';
import { defineRoute, type Route } from '../route.js';

const INSTANCE = /^user_service_\d{1,6}$/;

export function simulateFailure(accounts: Accounts, discovery: Discovery): Route {
  return defineRoute({
    method: 'GET',
    path: '/api/auth/simulate-failure',
    operationId: 'simulateFailure',
    tag: 'Testing',
    summary: 'Make an instance of the user service fail',
    description:
      'Always fails: for trying out the circuit breaker. 500 while it is closed, 503 once it is open; 404 for an ' +
      'instance that discovery does not know. Does not exist under the strict policy.',
    auth: 'none',
    deadline: 'read',
    query: z.object({
      instance: z
        .string({ error: 'must be one text, not several' })
        .regex(INSTANCE, 'must look like user_service_1')
        .default('user_service_1')
        .meta({ description: 'Which instance is to fail.', examples: ['user_service_2'] }),
    }),
    answers: {},
    refusals: [
      { status: 500, reason: 'SIMULATED_FAILURE', message: 'An error occurred. Please try again later.' },
      {
        status: 503,
        reason: 'INSTANCE_UNAVAILABLE',
        message: 'user_service_1 is temporarily unavailable due to failures.',
      },
      { status: 404, reason: 'INSTANCE_UNKNOWN', message: 'user_service_9 is not a known instance' },
    ],
    async handle({ query: { instance }, call }) {
      const known = discovery.userServices();
      if (known.length > 0 && !known.some(({ id }) => id === instance)) {
        throw new Refusal('INSTANCE_UNKNOWN', `${instance} is not a known instance`);
      }
      try {
        return await accounts.simulateFailure(instance, call);
      } catch (error) {
        if (!(error instanceof Fault) || error.reason !== 'BREAKER_OPEN') throw error;
        const message = `${instance} is temporarily unavailable due to failures.`;
        throw new Refusal('INSTANCE_UNAVAILABLE', message, error.retryAfterMs);
      }
    },
  });
}
