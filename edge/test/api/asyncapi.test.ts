import { createRequire } from 'node:module';
import { Ajv } from 'ajv';
import { expect } from 'chai';
import type { AsyncApi } from '../../src/api/asyncapi.js';
import type { AsyncMessage } from '../../src/api/asyncapi-messages.js';
import { createConfig, NOWHERE, type StartedEdge, startEdge } from '../support/edge-bed.js';

const SPECIFICATION: object = createRequire(import.meta.url)('@asyncapi/specs/schemas/3.0.0.json');

describe('the AsyncAPI document', () => {
  let edge: StartedEdge;
  let document: AsyncApi;

  before(async () => {
    edge = await startEdge(createConfig(NOWHERE));
    document = (await edge.ask('GET', '/asyncapi.json')).body as AsyncApi;
  });
  after(() => edge.close());

  /** Checks a document against AsyncAPI's own schema; answers what is wrong. */
  function findFaults(candidate: unknown): string | undefined {
    // The specification brings JSON Schema's own schema along.
    const ajv = new Ajv({ strict: false, validateFormats: false, meta: false, validateSchema: false });
    return ajv.validate(SPECIFICATION, candidate) ? undefined : ajv.errorsText();
  }

  it('is valid AsyncAPI 3.0', () => {
    expect(findFaults(document)).to.equal(undefined);
    expect(document.asyncapi).to.equal('3.0.0');
  });

  it('would not pass if it were not', () => {
    const { operations } = document;
    const broken = { ...operations, subscribe: { ...operations.subscribe, action: 'listen' } };
    expect(findFaults({ ...document, operations: broken })).to.be.a('string');
  });

  it('points at nothing that is not there', () => {
    const pointers = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(
      ([, path = '']) => path,
    );
    expect(pointers).to.not.deep.equal([]);
    for (const pointer of pointers) {
      const target = pointer
        .split('/')
        .reduce<unknown>((value, name) => (value as Record<string, unknown>)?.[name], document);
      expect(target, pointer).to.not.equal(undefined);
    }
  });

  it('has every event of the table, and what is sent', () => {
    const received = Object.values(document.operations).filter(({ action }) => action === 'receive');
    expect(received.map(({ title }) => title)).to.have.members(edge.events.map(({ event }) => event));
    expect(document.operations.sendFlightUpdate?.action).to.equal('send');
  });

  it('gives examples that are what it says', () => {
    for (const { title, payload, examples } of Object.values<AsyncMessage>(document.components.messages)) {
      const ajv = new Ajv({ strict: false, validateFormats: false });
      for (const example of examples)
        expect(ajv.validate(payload, example.payload), `${title}: ${ajv.errorsText()}`).to.equal(true);
    }
  });

  it('is there for people, too', async () => {
    const page = await edge.ask('GET', '/docs/websocket');
    expect(page.status).to.equal(200);
    expect(page.headers.get('content-security-policy')).to.include("default-src 'none'");
    for (const { event, answer } of edge.events) {
      expect(page.body).to.include(`<code>${event}</code>`);
      expect(page.body).to.include(JSON.stringify(answer.example).replaceAll('"', '&quot;'));
    }
    expect(page.body).to.not.match(/<script|undefined/);
    expect((await edge.ask('GET', '/docs')).body).to.include('href="/docs/websocket"');
    expect((await edge.ask('GET', '/docs/docs.css')).headers.get('content-type')).to.include('text/css');
  });
});
