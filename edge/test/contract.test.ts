import { expect } from 'chai';
import { toExample } from '../src/api/openapi.js';
import { listRefusals } from '../src/api/openapi-refusals.js';
import { toJsonSchema } from '../src/api/openapi-schema.js';
import type { Route } from '../src/api/route.js';
import { type AskOptions, type EdgeBed, openEdgeBed, type StartedEdge } from './support/edge-bed.js';

describe('every route of the table', () => {
  let bed: EdgeBed;
  let edge: StartedEdge;
  let token: string;

  before(async () => {
    bed = await openEdgeBed();
    edge = await bed.start();
    token = await bed.token();
  });
  after(() => bed.close());

  /** Sends a route's documented example; the bed holds the answer against the document. */
  function askByExample(route: Route, more: AskOptions = {}) {
    const body = route.body && toExample(toJsonSchema(route.body));
    return edge.ask(route.method, toExampleAddress(route), {
      ...(body && { body }),
      ...(route.auth !== 'none' && { token }),
      ...more,
    });
  }

  it('answers its example as documented', async () => {
    for (const route of edge.routes) {
      const { status } = await askByExample(route, { headers: { accept: '*/*' } });
      const expected = [
        ...Object.keys(route.answers),
        ...(route.refusals ?? []).map((refusal) => refusal.status),
      ];
      expect(expected.map(Number), `${route.method} ${route.path}`).to.include(status);
      if (Object.keys(route.answers).length > 0)
        expect(Object.keys(route.answers)).to.include(String(status));
    }
  });

  it('refuses a timeout that can not be read, as documented', async () => {
    for (const route of edge.routes)
      for (const accept of ['*/*', 'application/problem+json']) {
        const { status } = await askByExample(route, { headers: { 'x-request-timeout': 'soon', accept } });
        expect(status, `${route.method} ${route.path}`).to.equal(400);
      }
  });

  it('refuses other methods', async () => {
    for (const { path } of edge.routes) {
      const answer = await edge.askFreely('PUT', path.replaceAll(/\{\w+\}/g, '1'));
      expect(answer.status, path).to.equal(405);
      expect(answer.headers.get('allow'), path).to.not.equal(null);
    }
  });

  it('asks for the token that it says it asks for', async () => {
    for (const route of edge.routes.filter(({ auth }) => auth === 'bearer')) {
      const path = toExampleAddress(route);
      const body = route.body && toExample(toJsonSchema(route.body));
      const answer = await edge.ask(route.method, path, body ? { body } : {});
      expect(answer.status, path).to.equal(401);
    }
  });

  it('documents a message for each way to refuse', () => {
    for (const route of edge.routes)
      for (const { reason, message } of listRefusals(route))
        expect(message, `${route.path} ${reason}`).to.not.equal('');
  });
});

function toExampleAddress({ path, params, query }: Route): string {
  const values = params ? toExample(toJsonSchema(params)) : {};
  const address = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => String(values[name]));
  const { page_token: _, instance: __, ...fields } = query ? toExample(toJsonSchema(query)) : {};
  const search = new URLSearchParams(fields as Record<string, string>).toString();
  return search === '' ? address : `${address}?${search}`;
}
