import { randomUUID } from 'node:crypto';
import type { Ask } from './http-client.js';

/** Somebody who signed up and in. */
export interface Customer {
  readonly userId: number;
  readonly username: string;
  readonly password: string;
  readonly token: string;
}

/** Signs a new customer up and in, under a name that nobody has. */
export async function makeCustomer(ask: Ask, name = 'customer'): Promise<Customer> {
  const username = `${name}-${randomUUID().slice(0, 8)}`;
  const password = `correct horse ${randomUUID()}`;
  const registered = await ask('POST', '/api/auth/register', {
    json: { username, password, email: `${username}@example.com` },
  });
  if (registered.status !== 201)
    throw new Error(`could not register: ${registered.status} ${registered.text}`);
  return { username, password, ...(await signIn(ask, username, password)) };
}

/** Signs a customer in. */
export async function signIn(
  ask: Ask,
  username: string,
  password: string,
): Promise<{ userId: number; token: string }> {
  const { status, body, text } = await ask('POST', '/api/auth/login', { json: { username, password } });
  if (status !== 200) throw new Error(`could not sign in: ${status} ${text}`);
  const { userId, token } = body as { userId: number; token: string };
  return { userId, token };
}
