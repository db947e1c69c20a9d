const PASSWORD = 'correct horse battery staple';

/** Registers somebody, signs them in, and answers the access token. */
export async function signUp(edgeUrl: string, username: string): Promise<string> {
  await post(edgeUrl, '/api/auth/register', {
    username,
    password: PASSWORD,
    email: `${username}@example.com`,
  });
  const { token } = (await post(edgeUrl, '/api/auth/login', { username, password: PASSWORD })) as {
    token: string;
  };
  return token;
}

async function post(edgeUrl: string, path: string, body: object): Promise<unknown> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`${edgeUrl}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
  return response.json();
}
