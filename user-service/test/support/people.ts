import type { RegisterRequest } from '@flight/proto/user';
import type { UserClient } from './user-bed.js';

export const PASSWORD = 'securepassword123';

let people = 0;

/** Somebody new who wants an account. */
export function somebody(wishes: Partial<RegisterRequest> = {}): RegisterRequest {
  people += 1;
  const username = `johndoe${people}`;
  return { username, password: PASSWORD, email: `${username}@example.com`, requestId: '', ...wishes };
}

/** Somebody new who has an account and is signed in. */
export async function signedIn(
  users: UserClient,
): Promise<{ username: string; userId: number; token: string }> {
  const { username, password, email, requestId } = somebody();
  await users.register({ username, password, email, requestId });
  const { userId, accessToken } = await users.login({ username, password });
  return { username, userId, token: accessToken };
}
