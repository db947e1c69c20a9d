import { z } from 'zod';
import type { Accounts } from '../../domain/accounts.js';
import { text } from '../fields.js';
import { answer, defineRoute, type Route } from '../route.js';

const REGISTERED = 'User registered successfully';

export function register(accounts: Accounts): Route {
  return defineRoute({
    method: 'POST',
    path: '/api/auth/register',
    operationId: 'register',
    tag: 'Accounts',
    summary: 'Register a new user',
    auth: 'none',
    deadline: 'sign-in',
    body: z.object({
      username: text({ max: 80, description: 'Unique, whatever its case.', example: 'johndoe' }),
      password: text({
        max: 256,
        description: 'Under the strict policy at least 8 characters and not a common one.',
        example: 'securepassword123',
      }),
      email: text({ max: 120, description: 'Unique, whatever its case.', example: 'johndoe@example.com' }),
    }),
    missing: 'Missing username, password, or email',
    answers: {
      201: {
        description: 'The account is there.',
        schema: z.strictObject({ message: z.literal(REGISTERED), userId: z.int() }),
        example: { message: REGISTERED, userId: 1 },
      },
    },
    refusals: [{ status: 400, reason: 'ACCOUNT_EXISTS', message: 'Username or Email already exists' }],
    async handle({ body, mutationId, call }) {
      const userId = await accounts.register(body, mutationId, call);
      return answer(201, { message: REGISTERED, userId });
    },
  });
}
