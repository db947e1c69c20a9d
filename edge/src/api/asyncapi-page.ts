import type { AsyncApi, AsyncOperation } from './asyncapi.js';
import type { EventRefusal } from './socket-event.js';

/** Makes a page for people of an AsyncAPI document of ours. Nothing in it is active. */
export function toAsyncApiPage(document: AsyncApi): string {
  const { info, operations } = document;
  const all = Object.values(operations);
  const sections = all.map((operation) => toSection(operation, document));
  const { updates } = document.channels as { readonly updates: Channel };
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Flight updates over WebSocket</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="/docs/docs.css">
  </head>
  <body>
    <nav><a href="/docs">REST</a> <a href="/docs/websocket" aria-current="page">WebSocket</a> <a href="/asyncapi.json">AsyncAPI</a></nav>
    <main>
      <h1>Flight updates over WebSocket</h1>
      ${toParagraphs(info.description)}
      ${sections.join('\n      ')}
      <section>
        <h2>Errors</h2>
        <p>Any event may also be answered so:</p>
        ${toRefusals(updates['x-refusals'])}
      </section>
      <section>
        <h2>When the server closes</h2>
        <table>${updates['x-close-codes'].map(({ code, reason }) => `<tr><td><code>${code}</code></td><td>${escapeHtml(reason)}</td></tr>`).join('')}</table>
      </section>
    </main>
  </body>
</html>
`;
}

/** How the page looks, and the bar above both pages. What is in `main` leaves Swagger UI's own page alone. */
export const PAGE_STYLE = `body { margin: 0; }
nav { padding: 0.75rem 1.5rem; background: #1b1f24; font: 16px/1.5 system-ui, sans-serif; }
nav a { color: #fff; margin-right: 1.5rem; text-decoration: none; }
nav a:hover, nav a[aria-current] { text-decoration: underline; }
main { max-width: 52rem; margin: 0 auto; padding: 1rem 1.5rem 4rem; font: 16px/1.5 system-ui, sans-serif; color: #1b1f24; }
main section { border-top: 1px solid #d5dae0; margin-top: 2rem; }
main h2 small { color: #57606a; font-weight: normal; font-size: 1rem; margin-left: 0.75rem; }
main h3 { font-size: 1rem; margin: 1.25rem 0 0.25rem; }
main code, main pre { font: 0.9em ui-monospace, monospace; background: #f3f5f7; border-radius: 4px; }
main code { padding: 0.1em 0.3em; }
main pre { padding: 0.75rem 1rem; white-space: pre-wrap; overflow-wrap: anywhere; }
main table { border-collapse: collapse; }
main td { padding: 0.25rem 1rem 0.25rem 0; vertical-align: top; }
`;

interface Channel {
  readonly 'x-refusals': readonly EventRefusal[];
  readonly 'x-close-codes': readonly { readonly code: number; readonly reason: string }[];
}

function toSection(operation: AsyncOperation, document: AsyncApi): string {
  const sent = operation.action === 'send';
  const refusals = operation['x-refusals'] as readonly EventRefusal[] | undefined;
  const title = String(operation.title);
  return `<section>
        <h2><code>${escapeHtml(title)}</code><small>${escapeHtml(operation.summary)}</small></h2>
        ${operation.description === undefined ? '' : toParagraphs(operation.description)}
        <h3>${sent ? 'You get' : 'You send'}</h3>
        ${toFrame(title, document)}
        ${sent ? '' : `<h3>You get</h3>\n        ${toFrame(`${title}.answer`, document)}`}
        ${refusals === undefined ? '' : `<h3>Or an error</h3>\n        ${toRefusals(refusals)}`}
      </section>`;
}

/** An example of a message and what its fields mean. */
function toFrame(message: string, { components }: AsyncApi): string {
  const { examples = [], payload } = components.messages[message] ?? {};
  const fields = { ...payload?.properties, ...payload?.properties?.data?.properties };
  const rows = Object.entries(fields)
    .filter(([, field]) => field.description !== undefined)
    .map(
      ([name, field]) =>
        `<tr><td><code>${escapeHtml(name)}</code></td><td>${toText(field.description ?? '')}</td></tr>`,
    );
  const table = rows.length === 0 ? '' : `<table>${rows.join('')}</table>`;
  return `${examples.map((one) => `<pre>${escapeHtml(JSON.stringify(one.payload))}</pre>`).join('')}${table}`;
}

function toRefusals(refusals: readonly EventRefusal[]): string {
  const rows = refusals.map(
    ({ reason, message }) =>
      `<tr><td><code>${escapeHtml(reason)}</code></td><td>${escapeHtml(message)}</td></tr>`,
  );
  return `<table>${rows.join('')}</table>`;
}

function toParagraphs(text: string): string {
  return text
    .split('\n\n')
    .map((paragraph) => `<p>${toText(paragraph)}</p>`)
    .join('\n      ');
}

/** Markdown, as far as our descriptions use it. */
function toText(text: string): string {
  return escapeHtml(text).replaceAll(/`([^`]+)`/g, '<code>$1</code>');
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
