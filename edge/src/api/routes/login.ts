import { Fault } from '@flight/mesh/fault';
import { z } from 'zod';
import type { Accounts } from '../../domain/accounts.js';
import { describeRefusal } from '../../domain/refusal.js';
import type { SignInGuard } from '../../domain/sign-in-guard.js';
import { text } from '../fields.js';
import { answer, defineRoute, type Route } from '../route.js';

const SIGNED_IN = 'Login successful';

export function login(accounts: Accounts, guard: SignInGuard): Route {
  return defineRoute({
    method: 'POST',
    path: '/api/auth/login',
    operationId: 'login',
    tag: 'Accounts',
    summary: 'Sign in',
    description: 'Answers a token for `Authorization: Bearer`. Too many failures are refused for a while.',
    auth: 'none',
    deadline: 'sign-in',
    body: z.object({
      username: text({ max: 80, description: 'In any case.', example: 'johndoe' }),
      password: text({ max: 256, description: 'The password.', example: 'securepassword123' }),
    }),
    missing: 'Missing username or password',
    answers: {
      200: {
        description: 'Signed in.',
        schema: z.strictObject({ message: z.literal(SIGNED_IN), userId: z.int(), token: z.string() }),
        example: { message: SIGNED_IN, userId: 1, token: '<JWT token>' },
      },
    },
    refusals: [
      { status: 401, reason: 'CREDENTIALS_INVALID', message: 'Invalid username or password' },
      { reason: 'TOO_MANY_SIGN_INS', ...describeRefusal('TOO_MANY_SIGN_INS') },
    ],
    async handle({ body, network, call }) {
      await guard.admit(body.username, network);
      try {
        const { userId, token } = await accounts.signIn(body, call);
        await guard.succeeded(body.username, network);
        return answer(200, { message: SIGNED_IN, userId, token });
      } catch (error) {
        if (error instanceof Fault && error.reason === 'CREDENTIALS_INVALID') {
          await guard.failed(body.username, network);
        }
        throw error;
      }
    },
  });
}
