/** An answer of the edge, read whole. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed when it is JSON, text otherwise. */
  readonly body: unknown;
  readonly text: string;
}

/** What a request may carry. */
export interface Question {
  readonly token?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as it is. */
  readonly raw?: string | Uint8Array<ArrayBuffer>;
}

/** A REST client of one edge. */
export type Ask = (method: string, path: string, question?: Question) => Promise<Answer>;

/** Makes a client that asks one edge over HTTP, as any client would. */
export function createClient(edgeUrl: string): Ask {
  return async (method, path, { token, headers = {}, json, raw } = {}) => {
    const response = await fetch(`${edgeUrl}${path}`, {
      method,
      headers: {
        ...(json !== undefined && { 'content-type': 'application/json' }),
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...headers,
      },
      ...(json !== undefined && { body: JSON.stringify(json) }),
      ...(raw !== undefined && { body: raw }),
    });
    const text = await response.text();
    const isJson = /[/+]json/.test(response.headers.get('content-type') ?? '');
    return {
      status: response.status,
      headers: response.headers,
      text,
      body: isJson ? JSON.parse(text) : text,
    };
  };
}
