import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import {
  compareNames,
  listAsked,
  listScriptNames,
  loadConfigReader,
  toEnvironment,
} from '../src/compose/environment.js';
import {
  ADDRESS_BOOKS,
  BASE,
  MAKE_SECRETS,
  OURS,
  OWN,
  PRODUCTION,
  ROOT,
  readText,
  SCRIPTS,
} from '../src/compose/files.js';
import { findSoftSpots } from '../src/compose/hardening.js';
import {
  GRAFANA_VARIABLES,
  NODE_VARIABLES,
  PATRONI_VARIABLES,
  POSTGRES_VARIABLES,
} from '../src/compose/known-variables.js';
import { readListeners } from '../src/compose/listeners.js';
import { findDeadAddresses, type Listeners, listOpenPorts } from '../src/compose/ports.js';
import {
  type ComposeService,
  type Composition,
  getService,
  readComposition,
} from '../src/compose/read-compose.js';
import { listReasons } from '../src/compose/reasons.js';
import { findLooseEnds, findSecretGaps } from '../src/compose/references.js';

const run = promisify(execFile);

describe('the compose files', function () {
  this.timeout(30_000);
  let secretsDir: string;
  let made: readonly string[];
  let own: Composition;
  let production: Composition;
  let listeners: Listeners;
  let reasons: ReadonlySet<string>;

  before(async () => {
    secretsDir = await mkdtemp(join(tmpdir(), 'secrets-'));
    await run('sh', [join(ROOT, MAKE_SECRETS), secretsDir]);
    made = await readdir(secretsDir);
    own = await readComposition(ROOT, [BASE, OWN]);
    production = await readComposition(ROOT, [BASE, PRODUCTION], { SECRETS_DIR: secretsDir });
    reasons = new Set([...listReasons(await readText(BASE)), ...listReasons(await readText(OWN))]);
    listeners = await readListeners(own, secretsDir);
  });

  after(() => rm(secretsDir, { recursive: true, force: true }));

  for (const [kind, compose] of [
    ['one’s own machine', () => own],
    ['production', () => production],
  ] as const) {
    describe(`for ${kind}`, () => {
      it('give every container a pinned image, an account of its own, limits and a health check', () => {
        expect(findSoftSpots(compose(), reasons)).to.deep.equal([]);
      });

      it('name only services, volumes, secrets, files and folders that exist', async () => {
        expect(await findLooseEnds(ROOT, compose())).to.deep.equal([]);
      });

      it('take every secret from a file, and give it to whoever asks for it', () => {
        expect(findSecretGaps(compose(), made)).to.deep.equal([]);
      });

      for (const name of OURS) {
        it(`tell ${name} only what its configuration asks for, in values that it takes`, async () => {
          const readConfig = await loadConfigReader(ROOT, name);
          const asked = listAsked(readConfig);
          expect(asked).to.include.keys('CONSUL_URL', 'CONSUL_URL_FILE', 'SERVICE_SECRET');
          const service = getService(compose(), name);
          const known = (variable: string) => asked.has(variable) || NODE_VARIABLES.has(variable);
          expect(compareNames(name, service, known)).to.deep.equal([]);
          expect(() => readConfig(toEnvironment(service, secretsDir))).not.to.throw();
        });
      }

      it('tell PostgreSQL, Redis and Grafana only what they or their scripts ask for, and all of it', async () => {
        const names = Object.keys(compose().services);
        const [patroni, warehouse, redis, forming] = await Promise.all(
          [SCRIPTS.patroni, SCRIPTS.warehouse, SCRIPTS.redis, SCRIPTS.redisCluster].map((scripts) =>
            listScriptNames(ROOT, scripts),
          ),
        );
        const check = (pattern: RegExp, found: typeof patroni, more: ReadonlySet<string> = new Set()) =>
          names
            .filter((name) => pattern.test(name))
            .flatMap((name) => {
              const needed = [...(found?.asked ?? [])].filter((variable) => !found?.own.has(variable));
              const known = (variable: string) => needed.includes(variable) || more.has(variable);
              return compareNames(name, getService(compose(), name), known, needed);
            });
        expect([...(patroni?.own ?? [])].filter((name) => !PATRONI_VARIABLES.has(name))).to.deep.equal([]);
        expect(check(/-db-\d$/, patroni, PATRONI_VARIABLES)).to.deep.equal([]);
        expect(check(/^warehouse$/, warehouse, POSTGRES_VARIABLES)).to.deep.equal([]);
        expect(check(/^redis-\d$/, redis)).to.deep.equal([]);
        expect(check(/^redis-cluster$/, forming)).to.deep.equal([]);
        expect(check(/^grafana$/, undefined, GRAFANA_VARIABLES)).to.deep.equal([]);
      });

      it('publish, check and name only ports at which somebody listens', async () => {
        const texts = await Promise.all(
          ADDRESS_BOOKS.map(async (file) => [file, await readText(file)] as const),
        );
        expect(findDeadAddresses(compose(), listeners, Object.fromEntries(texts))).to.deep.equal([]);
      });

      it('open one port to the world, that of the balancer', () => {
        expect(listOpenPorts(compose())).to.deep.equal(['balancer 4000:4000']);
      });
    });
  }

  it('start three of each service, two that load one warehouse, two edges, three Consul servers, two trios and six Redis nodes', () => {
    const count = (pattern: RegExp) => Object.keys(own.services).filter((name) => pattern.test(name)).length;
    expect(OURS.map((name) => getService(own, name).deploy?.replicas)).to.deep.equal([3, 3, 2, 2]);
    expect([count(/^consul-server-\d$/), count(/^user-db-\d$/), count(/^booking-db-\d$/)]).to.deep.equal([
      3, 3, 3,
    ]);
    expect(count(/^redis-\d$/)).to.equal(6);
  });

  it('are strict in production: the policy, no page without a password, no secret without a folder of secrets', async () => {
    // etl-service has no policy: it asks everybody who they are.
    for (const name of OURS.filter((one) => one !== 'etl-service')) {
      const readConfig = await loadConfigReader(ROOT, name);
      const config = readConfig(toEnvironment(getService(production, name), secretsDir));
      expect(config).to.have.property('policy', 'strict');
    }
    expect(getService(production, 'grafana').environment).to.include({ GF_AUTH_ANONYMOUS_ENABLED: 'false' });
    expect(Object.keys(production.services)).not.to.include('secrets');
    const published = Object.entries(production.services)
      .filter(([, { ports }]) => ports)
      .map(([name]) => name);
    expect(published).to.have.members(['balancer', 'grafana']);
    const without = await readComposition(ROOT, [BASE, PRODUCTION]).then(() => undefined, String);
    expect(without).to.include('SECRETS_DIR');
  });

  describe('would not get away with', () => {
    const changed = (name: string, change: Partial<ComposeService>): Composition => ({
      ...production,
      services: { ...production.services, [name]: { ...getService(production, name), ...change } },
    });
    const environmentOf = (name: string) => getService(production, name).environment ?? {};

    it('an image of any version, root, a writable root, no limits, no health check', () => {
      const soft = {
        image: 'redis:latest',
        user: 'root',
        read_only: false,
        deploy: {},
        healthcheck: {},
        cap_drop: [],
      };
      expect(findSoftSpots(changed('redis-3', soft), reasons)).to.deep.equal(
        ['image', 'user', 'read_only', 'cap_drop', 'limits', 'healthcheck'].map((key) => `redis-3: ${key}`),
      );
      expect(findSoftSpots(changed('redis-3', { restart: 'no' }), reasons)).to.deep.equal([
        'redis-3: healthcheck',
      ]);
    });

    it('a volume, a secret, a service, a file or a build that is not there', async () => {
      const gone = changed('edge', {
        volumes: ['nowhere:/data', './deploy/nothing:/nothing:ro'],
        secrets: ['no-such-secret'],
        depends_on: { nobody: { condition: 'service_healthy' } },
      });
      const found = (await findLooseEnds(ROOT, gone)).join('\n');
      for (const lost of ['nobody', 'no volume nowhere', 'no secret no-such-secret', './deploy/nothing'])
        expect(found).to.include(lost);
    });

    it('a secret in the environment, one that is missing, one too many', () => {
      const bare = changed('edge', { environment: { ...environmentOf('edge'), SERVICE_SECRET: 'x' } });
      expect(findSecretGaps(bare, made)).to.deep.equal([
        'edge: SERVICE_SECRET stands in the environment itself',
      ]);
      const missing = findSecretGaps(changed('edge', { secrets: ['redis'] }), made);
      expect(missing.join()).to.include('names the secret service, which is not there');
      const more = findSecretGaps(changed('edge', { secrets: ['redis', 'service', 'user-db'] }), made);
      expect(more.join()).to.include('is given the secret user-db');
    });

    it('a variable that nobody asks for, and one that a script misses', async () => {
      const asked = listAsked(await loadConfigReader(ROOT, 'edge'));
      const misspelt = changed('edge', {
        environment: { ...environmentOf('edge'), CONSUL_ADDRESS: 'http://consul:8500' },
      });
      expect(
        compareNames(
          'edge',
          getService(misspelt, 'edge'),
          (name) => asked.has(name) || NODE_VARIABLES.has(name),
        ),
      ).to.deep.equal(['edge: nobody asks for CONSUL_ADDRESS']);
      expect(compareNames('user-db-1', {}, () => true, ['NODE'])).to.deep.equal([
        'user-db-1: NODE is asked for and not set',
      ]);
    });

    it('a port, a health check or an address at which nobody listens', () => {
      const deaf = changed('edge', {
        ports: ['4000:4001'],
        healthcheck: { test: ['CMD', 'curl', 'http://127.0.0.1:4002/readyz'] },
        environment: { CONSUL_URL: 'http://consul:8501', REDIS_NODES: 'redis-0:6379,redis-1:6379' },
      });
      expect(
        findDeadAddresses(deaf, listeners, { 'some.conf': 'server redis-1:6380', 'other.conf': 'nothing' }),
      ).to.deep.equal([
        'edge publishes 4001, where it does not listen',
        'edge is asked for its health on 4002, where it does not listen',
        'edge names consul:8501, where nobody listens',
        'edge names redis-0:6379, where nobody listens',
        'some.conf names redis-1:6380, where nobody listens',
        'other.conf names no service at all',
      ]);
      expect(listOpenPorts(changed('prometheus', { ports: ['9090:9090'] }))).to.have.length(2);
    });
  });
});
