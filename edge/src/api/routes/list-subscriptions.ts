import { z } from 'zod';
import type { Accounts } from '../../domain/accounts.js';
import { assertMayListSubscriptions, type Policy } from '../../domain/policy.js';
import { pageToken, pathId } from '../fields.js';
import { linkToNextPage, NEXT_PAGE_HEADERS } from '../next-page.js';
import { answer, defineRoute, type Route } from '../route.js';

export function listSubscriptions(accounts: Accounts, policy: Policy): Route {
  const strict = policy === 'strict';
  return defineRoute({
    method: 'GET',
    path: '/api/auth/user-subscriptions/{user_id}',
    operationId: 'listSubscriptions',
    tag: 'Accounts',
    summary: "List a user's flight subscriptions",
    description: strict
      ? 'Your own. Staff may list those of everybody.'
      : 'Needs no token; one that is sent must be valid. Under the strict policy: your own, or any for staff.',
    auth: strict ? 'bearer' : 'optional',
    deadline: 'read',
    params: z.object({ user_id: pathId('Whose subscriptions.') }),
    query: z.object({ page_token: pageToken }),
    answers: {
      200: {
        description: 'The codes of the flights. None is an empty list.',
        schema: z.strictObject({ userId: z.int(), flights: z.array(z.string()).readonly() }),
        example: { userId: 1, flights: ['FL001', 'FL002'] },
        headers: NEXT_PAGE_HEADERS,
      },
    },
    refusals: [
      { status: 404, reason: 'USER_NOT_FOUND', message: 'User not found' },
      ...(strict
        ? [{ status: 403, reason: 'NOT_OWNER', message: 'You can only see your own subscriptions' }]
        : []),
    ],
    async handle({ params: { user_id: userId }, query: { page_token = '' }, identity, call }) {
      assertMayListSubscriptions(policy, identity, userId);
      const { items, nextPageToken } = await accounts.listSubscriptions(userId, page_token, call);
      const link = linkToNextPage(`/api/auth/user-subscriptions/${userId}`, {}, nextPageToken);
      return answer(200, { userId, flights: items }, link);
    },
  });
}
