import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openTemporaryFolder, runCommand } from '@flight/local';
import { expect } from 'chai';
import { packGo } from '../../src/build-go.js';
import { findGo, type GoToolchain } from '../../src/go-toolchain.js';
import { thisPlace } from '../../src/place.js';
import { builtOrSkipped } from './support/built-or-skipped.js';
import { codeOf } from './support/code-of.js';
import { type GoProject, openGoProject } from './support/go-project.js';

const place = await thisPlace();
const source = join(place.sdk, 'go');

describe('the Go SDK', function () {
  // Everything is compiled when Go's build cache is empty, grpc-go too.
  this.timeout(600_000);

  let packages: string;
  let go: GoToolchain;

  before(async function () {
    packages = await builtOrSkipped(this, 'go');
    go = await findGo(place, join(source, 'go.mod'));
  });

  it('is packed the same each time', async () => {
    const again = await openTemporaryFolder('flight-go-');
    try {
      await packGo(place, again.path);
      const archive = join('flight.example', 'sdk', '@v', `v${place.version}.zip`);
      const before = await readFile(join(packages, archive));
      expect(before.equals(await readFile(join(again.path, archive)))).to.equal(true);
    } finally {
      await again.close();
    }
  });

  it('is formatted', async () => {
    const root = (await go.run(['env', 'GOROOT'], { cwd: source })).trim();
    const unformatted = await runCommand(join(root, 'bin', 'gofmt'), [
      '-l',
      source,
      join(place.sdk, 'examples', 'go'),
    ]);
    expect(unformatted).to.equal('');
  });

  it('has nothing that go vet finds suspicious', async () => {
    await go.run(['vet', '-trimpath', './...'], { cwd: source });
    await go.run(['vet', '-trimpath', './...'], { cwd: join(source, 'tools') });
  });

  it('passes its own tests', async () => {
    const golden = join(place.checkout, 'proto', 'golden');
    await go.run(['test', '-trimpath', '.'], {
      cwd: source,
      environment: { ...go.environment, FLIGHT_GOLDEN: golden },
    });
  });

  describe('in an empty project', () => {
    let project: GoProject;

    before(async () => {
      project = await openGoProject(place, packages);
    });

    after(() => project?.close());

    it('does what its README says, as far as a compiler can tell', async () => {
      const readme = await readFile(join(source, 'README.md'), 'utf8');
      const [firstCall = '', ...fragments] = codeOf(readme, 'go');
      expect(firstCall).to.match(/^package main$/m);
      expect(fragments).to.have.length.above(3);
      await project.vet(firstCall);
      await project.vet(aroundFragments(fragments));
    });

    it('is what its example is written for', async () => {
      await project.vet(await readFile(join(place.sdk, 'examples', 'go', 'main.go'), 'utf8'));
    });
  });
});

/** A file whose functions are the fragments of a README, with what the words around them say is there. */
function aroundFragments(fragments: readonly string[]): string {
  const functions = fragments.map((fragment, index) => {
    // What a fragment declares is for the reader to use.
    const declared = [...fragment.matchAll(/^(\w+(?:, \w+)*) :=/gm)].map(
      ([, names]) => names?.split(', ') ?? [],
    );
    const uses = declared.flat().filter((name) => name !== '_');
    return `func fragment${index}(
	ctx context.Context, client, traveller *flight.Client, username, password string, request *bookingv1.BookFlightRequest,
) error {
	{
${fragment}${uses.map((name) => `_ = ${name}\n`).join('')}	}
	return nil
}
`;
  });
  return `package main

import (
	"context"
	"errors"
	"fmt"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	flight "flight.example/sdk"
	bookingv1 "flight.example/sdk/gen/flight/booking/v1"
	typev1 "flight.example/sdk/gen/flight/type/v1"
	userv1 "flight.example/sdk/gen/flight/user/v1"
)

var errNoSeat = errors.New("no seat is left")

${functions.join('\n')}`;
}
