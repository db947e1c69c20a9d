/** An access token, or what gives one: asked before every call, so that it can renew a token in time. */
export type TokenSource = string | (() => string | Promise<string>);

/** The value of the `authorization` metadata; undefined without a token. */
export async function toAuthorization(token: TokenSource | undefined): Promise<string | undefined> {
  const value = typeof token === 'function' ? await token() : token;
  return value === undefined ? undefined : `Bearer ${value}`;
}
