/** The user id that an access token was given to, without looking at its signature. */
export function readTokenOwner(token: string): number {
  const [, claims = ''] = token.split('.');
  return Number((JSON.parse(Buffer.from(claims, 'base64url').toString()) as { readonly sub: string }).sub);
}
