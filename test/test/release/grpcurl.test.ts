import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { findGrpcurl, MissingProgram, type Stack, startStack, thisMachine, until } from '@flight/local';
import { expect } from 'chai';
import { createClient } from '../../src/http-client.js';
import { recipesIn } from '../../src/recipes.js';

const SECTIONS = ['Call a service by hand', 'Make an instance misbehave'];
/** How long a recipe may take until it has shown what it is for, in milliseconds. */
const PATIENCE_MS = 20_000;

/** What each recipe shows, in their order: what is in its command, and what it prints. */
const SHOWS: readonly (readonly [string, RegExp])[] = [
  ['localhost:5000 list', /^flight\.user\.v1\.UserService$/m],
  [
    'describe flight.booking.v1.BookingService',
    /rpc BookFlight \( \.flight\.booking\.v1\.BookFlightRequest \)/,
  ],
  ['describe flight.booking.v1.BookFlightRequest', /string request_id = 3;/],
  ['SearchFlights', /"flightCode": "FL001"/],
  ['UserService/Register', /"userId": "\d+"/],
  ['UserService/Login', /^$/],
  ['BookFlight', /"status": "BOOKING_STATUS_CONFIRMED"/],
  ['Subscribe', /"flightCode": "FL001"/],
  ['PublishFlightUpdate', /"sequence": "1"/],
  ['FollowFlightUpdates', /"update": "Flight is now boarding"/],
  ['FL404', /Code: NotFound[\s\S]*FLIGHT_NOT_FOUND/],
  ['-max-time', /"seatsLeft": \d+[\s\S]*Response trailers received/],
  ['grep by-hand-3', /"request_id":"by-hand-3"/],
  ['"service":""}\' localhost:5000 grpc.health.v1.Health/Check', /"status": "SERVING"/],
  ['"service":"flight.user.v1.UserService"', /"status": "SERVING"/],
  ['Health/Watch', /"status": "SERVING"/],
  ['SearchFlights","error_rate":0.5', /"errorRate": 0\.5/],
  ['"latency":"0.3s"', /"latency": "0\.300s"/],
  ['black_hole_rate', /"blackHoleRate": 0\.1/],
  ['ListFaults', /"latency": "0\.300s"/],
  ['ClearFaults', /"cleared": 2/],
];

describe('the recipes of docs/operations.md for grpcurl', function () {
  this.timeout(360_000);
  let stack: Stack;
  let environment: NodeJS.ProcessEnv;

  before(async function () {
    const machine = thisMachine();
    const grpcurl = await findGrpcurl(machine).catch((error: unknown) => {
      if (!(error instanceof MissingProgram) || machine.environment.CI) throw error;
      console.error(`SKIPPED: ${error.message}`);
      return this.skip();
    });
    const path = [dirname(grpcurl.command), machine.environment.PATH].join(delimiter);
    environment = { ...machine.environment, PATH: path };
    const counts = { 'user-service': 1, 'booking-service': 1, 'etl-service': 1 };
    stack = await startStack({ counts, environment: { FAULT_INJECTION: 'on' } });
    await createClient(stack.edgeUrl)('GET', '/seed');
  });

  after(() => stack?.close());

  /** The command as it is for this stack: its ports, its logs. */
  function here(command: string): string {
    const addressOf = (id: string) => stack.instances.find((one) => one.id === id)?.grpcAddress ?? '';
    return command
      .replaceAll('localhost:5000', addressOf('user_service_1'))
      .replaceAll('localhost:5004', addressOf('booking_service_1'))
      .replaceAll('.local/logs', join(stack.dataDir, 'logs'));
  }

  it('show what they are there for, each of them', async () => {
    const page = await readFile(join(thisMachine().checkout, 'docs/operations.md'), 'utf8');
    const recipes = recipesIn(page, SECTIONS);
    expect(recipes.map(({ command }, index) => command.includes(SHOWS[index]?.[0] ?? '\n'))).to.deep.equal(
      SHOWS.map(() => true),
    );
    for (const [index, { command }] of recipes.entries()) {
      const [, shown = /^$/] = SHOWS[index] ?? [];
      const run = () => runRecipe(here(command), shown, environment);
      // A log is written a moment after the answer.
      if (command.startsWith('grep '))
        await until(command, () =>
          run().then(
            () => true,
            () => false,
          ),
        );
      else await run();
    }
  });
});

/**
 * Runs a command until it has shown what it is for. Variables that it sets are there for those that follow.
 *
 * @throws Error with what it printed instead
 */
async function runRecipe(command: string, shown: RegExp, environment: NodeJS.ProcessEnv): Promise<void> {
  const variable = /^(\w+)=/.exec(command)?.[1];
  const report = variable === undefined ? '' : `; printf %s "$${variable}" >&3`;
  const child = spawn('bash', ['-c', `${command}${report}`], {
    env: environment,
    // A group of its own, so that what it started ends with it.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  const printed = await printedUntil(child, shown);
  if (variable !== undefined) environment[variable] = printed.variable;
  const isShown = shown.test(printed.text) && (variable === undefined || printed.variable !== '');
  if (!isShown) throw new Error(`${command}\ndoes not show ${shown} but\n${printed.text}`);
}

/** What a command prints until it shows something, ends by itself, or takes too long. */
async function printedUntil(child: ChildProcess, shown: RegExp): Promise<{ text: string; variable: string }> {
  const printed = { text: '', variable: '' };
  const end = () => {
    if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  };
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => {
      printed.text += chunk;
      if (!shown.test('') && shown.test(printed.text)) end();
    });
  child.stdio[3]?.on('data', (chunk: Buffer) => {
    printed.variable += chunk;
  });
  const patience = setTimeout(end, PATIENCE_MS);
  await once(child, 'close');
  clearTimeout(patience);
  return printed;
}
