import { join } from 'node:path';
import { openTemporaryFolder, type Stack, startStack, type TemporaryFolder } from '@flight/local';
import { expect } from 'chai';
import type { Language } from '../../src/built.js';
import { type Place, thisPlace } from '../../src/place.js';
import { builtOrSkipped } from './support/built-or-skipped.js';
import { writeFirstCall } from './support/first-call.js';
import { openGoProject } from './support/go-project.js';
import type { Project } from './support/project.js';
import { openPythonProject } from './support/python-project.js';
import { openTypeScriptProject } from './support/typescript-project.js';

/** How a language's users work. */
interface Way {
  readonly openProject: (place: Place, built: string) => Promise<Project>;
  /** The story's file below sdk/examples. */
  readonly story: string;
  readonly firstCall: string;
}

const WAYS: Readonly<Record<Language, Way>> = {
  typescript: { openProject: openTypeScriptProject, story: 'story.ts', firstCall: 'first-call.ts' },
  go: { openProject: openGoProject, story: 'main.go', firstCall: 'main.go' },
  python: { openProject: openPythonProject, story: 'story.py', firstCall: 'first_call.py' },
};

/** What every example prints; numbers that depend on who came before stand as N. */
const STORY = `registered as user N
signed in as user N
FL001 WizzAir 2024-10-01 10:00 200 ON_TIME
FL002 FlyOne 2024-10-02 15:00 180 ON_TIME
FL006 Ryanair 2024-10-07 17:00 150 CANCELLED
booked FL001: booking N, paid 200
refused: FLIGHT_CANCELLED flight_code=FL006
bookings: 1
canceled booking N
update 1: Gate opens
update 2: Boarding
update 3: Gate closed
done
`;

describe('the packages for other teams, installed into empty projects', function () {
  this.timeout(300_000);
  let place: Place;
  let stack: Stack;
  let folder: TemporaryFolder;

  before(async () => {
    place = await thisPlace();
    folder = await openTemporaryFolder('flight-first-call-');
    stack = await startStack({ counts: { 'user-service': 2, 'booking-service': 2 } });
    const seeded = await fetch(`${stack.edgeUrl}/seed`);
    expect(seeded.status).to.equal(201);
  });

  after(async () => {
    await stack?.close();
    await folder?.close();
  });

  for (const [language, { openProject, story, firstCall }] of Object.entries(WAYS) as [Language, Way][]) {
    describe(language, () => {
      let project: Project;

      before(async function () {
        // What it needs besides comes from a registry.
        this.timeout(600_000);
        project = await openProject(place, await builtOrSkipped(this, language));
      });

      after(() => project?.close());

      it('tell the story', async () => {
        const file = join(place.sdk, 'examples', language, story);
        const printed = await project.run(file, { FLIGHT_CONSUL: stack.consulUrl });
        const users = printed.match(/^\w.* as user \d+$/gm)?.map((line) => line.split(' ').pop());
        const bookings = printed.match(/booking \d+/g);
        expect(printed.replace(/(?<=user |booking )\d+/g, 'N')).to.equal(STORY);
        expect(new Set(users), 'who registered signed in').to.have.property('size', 1);
        expect(new Set(bookings), 'what was booked was canceled').to.have.property('size', 1);
      });

      it('make the first call of their README', async () => {
        const readme = join(place.sdk, language, 'README.md');
        const file = await writeFirstCall(readme, folder.path, firstCall, stack.consulUrl);
        const printed = await project.run(file, {});
        expect(printed).to.match(/^FL001 .*2024-10-01 10:00 200$/m);
      });
    });
  }
});
