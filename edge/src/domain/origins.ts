/** Stands for pages of this machine, on any port, in a list of allowed origins. */
export const LOCALHOST = 'localhost';

const LOCAL_HOSTS = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * Whether a page may open a WebSocket here. Pages of the edge's own host may, and those that are listed. What sends no
 * Origin is not a browser, and not what this protects against.
 *
 * @param host the request's Host header
 * @param allowed origins such as `https://app.example.com`, or `localhost`
 * @see https://www.rfc-editor.org/rfc/rfc6455#section-10.2
 */
export function isAllowedOrigin(
  origin: string | undefined,
  host: string | undefined,
  allowed: readonly string[],
): boolean {
  if (origin === undefined) return true;
  const page = findUrl(origin);
  if (page === undefined || !/^https?:$/.test(page.protocol)) return false;
  return (
    isSameHost(page, host) ||
    allowed.includes(page.origin) ||
    (allowed.includes(LOCALHOST) && LOCAL_HOSTS.has(page.hostname))
  );
}

/** Hosts are compared with the page's scheme, so that its usual port may be left out on either side. */
function isSameHost(page: URL, host: string | undefined): boolean {
  return host !== undefined && findUrl(`${page.protocol}//${host}`)?.host === page.host;
}

function findUrl(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}
