import { z } from 'zod';
import { PAGE_STYLE } from '../asyncapi-page.js';
import { answer, defineRoute, type Route } from '../route.js';

/** The parts of Swagger UI that the page needs, by file name. */
export interface DocsAssets {
  readonly stylesheet: string;
  readonly bundle: string;
}

const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Flight booking API</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="/docs/swagger-ui.css">
    <link rel="stylesheet" href="/docs/docs.css">
  </head>
  <body>
    <nav><a href="/docs" aria-current="page">REST</a> <a href="/docs/websocket">WebSocket</a> <a href="/openapi.json">OpenAPI</a></nav>
    <div id="swagger-ui"></div>
    <script src="/docs/swagger-ui-bundle.js"></script>
    <script src="/docs/start.js"></script>
  </body>
</html>
`;

const START = `SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#swagger-ui',
  deepLinking: true,
  displayRequestDuration: true,
  validatorUrl: null,
  presets: [SwaggerUIBundle.presets.apis],
  layout: 'BaseLayout',
});
`;

/** Nothing from elsewhere, nothing inline. Swagger UI draws its icons from data URLs. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const PAGE_HEADERS = {
  'Content-Security-Policy': CONTENT_SECURITY_POLICY,
  'Referrer-Policy': 'no-referrer',
};

/** The page changes with a release, and so may what it loads. */
const ASSET_HEADERS = { 'Cache-Control': 'public, max-age=3600' };

/**
 * The documentation's pages and what they load, all from here.
 *
 * @param readWebSocketPage answers the page about the WebSocket side
 */
export function docs(assets: DocsAssets, readWebSocketPage: () => string): readonly Route[] {
  return [
    asset('/docs', 'getDocs', 'text/html; charset=utf-8', PAGE, PAGE_HEADERS),
    asset('/docs/websocket', 'getSocketDocs', 'text/html; charset=utf-8', readWebSocketPage, PAGE_HEADERS),
    asset('/docs/docs.css', 'getDocsStyle', 'text/css; charset=utf-8', PAGE_STYLE, ASSET_HEADERS),
    asset('/docs/start.js', 'getDocsStart', 'text/javascript; charset=utf-8', START, ASSET_HEADERS),
    asset(
      '/docs/swagger-ui.css',
      'getDocsStylesheet',
      'text/css; charset=utf-8',
      assets.stylesheet,
      ASSET_HEADERS,
    ),
    asset(
      '/docs/swagger-ui-bundle.js',
      'getDocsBundle',
      'text/javascript; charset=utf-8',
      assets.bundle,
      ASSET_HEADERS,
    ),
  ];
}

function asset(
  path: string,
  operationId: string,
  contentType: string,
  body: string | (() => string),
  headers: Readonly<Record<string, string>>,
): Route {
  return defineRoute({
    method: 'GET',
    path,
    operationId,
    tag: 'Operations',
    summary: 'The documentation, for people',
    auth: 'none',
    deadline: 'read',
    undocumented: true,
    answers: { 200: { description: 'The file.', schema: z.string(), example: '', contentType } },
    async handle() {
      return answer(200, typeof body === 'string' ? body : body(), headers);
    },
  });
}
