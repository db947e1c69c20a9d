import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { createPortChooser, until } from '@flight/local';
import { expect } from 'chai';
import { type EdgeBed, openEdgeBed, type StartedEdge } from '../support/edge-bed.js';

const EXAMPLE = fileURLToPath(new URL('../../../examples/flight-updates.mjs', import.meta.url));

describe('the example client', () => {
  let bed: EdgeBed;
  let edge: StartedEdge;
  let client: ChildProcess | undefined;

  before(async () => {
    bed = await openEdgeBed();
    // Of those that no outgoing connection takes while the edge is away.
    edge = await bed.start({ httpPort: await createPortChooser('random')() });
  });
  after(() => bed.close());
  afterEach(() => client?.kill());

  /** Starts it; answers what it prints. */
  function run(...parameters: readonly string[]) {
    const printed = { out: '', err: '' };
    client = spawn(process.execPath, [EXAMPLE, '--edge', edge.address.replace('http', 'ws'), ...parameters]);
    client.stdout?.on('data', (chunk) => {
      printed.out += String(chunk);
    });
    client.stderr?.on('data', (chunk) => {
      printed.err += String(chunk);
    });
    return printed;
  }

  it('prints updates, and misses none when its edge goes and comes back', async () => {
    const printed = run('--token', await bed.token(), '--say', 'hello', 'fl001');
    await until(() => printed.out === 'FL001 #1 hello\n');
    const { port } = new URL(edge.address);
    await edge.close();
    await until(() => printed.err.includes('closed: 1012'));
    bed.backends.updates.publish('FL001', 'while it was away');
    edge = await bed.start({ httpPort: Number(port) });
    await until(() => printed.out.includes('#2'));
    bed.backends.updates.publish('FL001', 'and on');
    await until(() => printed.out.includes('#3'));
    expect(printed.out).to.equal('FL001 #1 hello\nFL001 #2 while it was away\nFL001 #3 and on\n');
  });

  it('gives up with a token that is not good', async () => {
    const printed = run('--token', 'nonsense', 'FL001');
    const [code] = await once(client as ChildProcess, 'exit');
    expect(code).to.equal(1);
    expect(printed.err).to.include('refused: 401');
  });
});
