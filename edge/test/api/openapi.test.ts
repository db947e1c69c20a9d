import { Validator } from '@seriousme/openapi-schema-validator';
import { expect } from 'chai';
import { toExample } from '../../src/api/openapi.js';
import { toJsonSchema } from '../../src/api/openapi-schema.js';
import type { Route } from '../../src/api/route.js';
import { createConfig, NOWHERE, type StartedEdge, startEdge } from '../support/edge-bed.js';

describe('the OpenAPI document', () => {
  let edge: StartedEdge;

  before(async () => {
    edge = await startEdge(createConfig(NOWHERE));
  });
  after(() => edge.close());

  const documented = (): readonly Route[] => edge.routes.filter(({ undocumented }) => !undocumented);

  it('is valid OpenAPI 3.1', async () => {
    const { valid, errors } = await new Validator().validate({ ...edge.document });
    expect(errors).to.equal(undefined);
    expect(valid).to.equal(true);
  });

  it('has every route of the table and no other', () => {
    const written = Object.entries(edge.document.paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(written).to.have.members(documented().map(({ method, path }) => `${method} ${path}`));
  });

  it('gives each operation a name of its own', () => {
    const names = edge.routes.map(({ operationId }) => operationId);
    expect(new Set(names)).to.have.property('size', names.length);
  });

  it('shows examples that are as documented themselves', () => {
    for (const { operationId, answers, body, query } of edge.routes) {
      for (const { schema, example } of Object.values(answers))
        expect(schema.safeParse(example).error, operationId).to.equal(undefined);
      for (const schema of [body, query])
        if (schema)
          expect(schema.safeParse(toExample(toJsonSchema(schema))).error, operationId).to.equal(undefined);
    }
  });

  it('takes identifiers for numbers and cities for required', () => {
    const text = JSON.stringify(edge.document.paths['/api/flight/bookings/{user_id}']);
    expect(text)
      .to.include('"name":"user_id","in":"path","required":true')
      .and.to.include('"type":"integer"');
    expect(JSON.stringify(edge.document.paths['/api/flight/search-flights'])).to.include(
      '"name":"from","in":"query","required":true',
    );
  });

  it('is what the documentation page shows, with everything from here', async () => {
    const page = await edge.ask('GET', '/docs');
    expect(page.status).to.equal(200);
    expect(page.headers.get('content-security-policy'))
      .to.include("default-src 'none'")
      .and.not.include('unsafe');
    const loaded = [...String(page.body).matchAll(/(?:src|stylesheet" href)="(\/[^"]+)"/g)].map(
      ([, address = '']) => address,
    );
    expect(loaded).to.have.length(4);
    for (const address of loaded) {
      const { status, headers } = await edge.ask('GET', address);
      expect(status, address).to.equal(200);
      expect(headers.get('content-type')).to.match(/^text\/(css|javascript)/);
    }
  });
});
