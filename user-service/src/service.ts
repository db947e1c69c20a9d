import {
  createServiceCredential,
  createTokenVerifier,
  implement,
  type MeshProcess,
  openProcess,
} from '@flight/mesh';
import { readDescriptorSet } from '@flight/proto/descriptors';
import { UserChangeServiceDefinition, UserServiceDefinition } from '@flight/proto/user';
import type { CryptoKey } from 'jose';
import { createUserChangeHandlers } from './api/user-change-handlers.js';
import { createUserHandlers } from './api/user-handlers.js';
import { toWireKey } from './api/wire.js';
import type { UserServiceConfig } from './config.js';
import { createKeyring, type Keyring, type KeyStore } from './domain/keyring.js';
import { toPolicyRules } from './domain/policy.js';
import { openFlightUpdates } from './flight-updates.js';
import { createKeySeal } from './infra/aes-key-seal.js';
import { openArgon2Passwords } from './infra/argon2-passwords.js';
import { loadCommonPasswords } from './infra/common-passwords.js';
import { createHashQueue } from './infra/hash-queue.js';
import { createPageTokens } from './infra/hmac-page-tokens.js';
import { createKeysmith } from './infra/jose-keysmith.js';
import { createTokenIssuer } from './infra/jose-tokens.js';
import { createPostgresAccounts } from './infra/postgres-accounts.js';
import { createPostgresChanges } from './infra/postgres-changes.js';
import { createPostgresFlightUpdates } from './infra/postgres-flight-updates.js';
import { createPostgresSigningKeys } from './infra/postgres-signing-keys.js';
import { createPostgresSubscriptions } from './infra/postgres-subscriptions.js';
import { createPostgresUpdateHistory } from './infra/postgres-update-history.js';
import { exportPasswordQueue } from './infra/prometheus-password-queue.js';
import { repeatedly } from './infra/repeatedly.js';

/** What tests may put in the place of the real world. */
export interface Seams {
  /** Milliseconds since the epoch: what keys, tokens and records are dated by. */
  readonly now: () => number;
}

/** A running user-service. */
export interface RunningService {
  /** Where gRPC is served: host:port. */
  readonly address: string;
  close(): Promise<void>;
}

const MIGRATIONS = new URL('../../migrations/', import.meta.url);
/** How long the first look at the signing keys may take, and each later one, in milliseconds. */
const KEYS_TIMEOUT_MS = 10_000;
/** Twice as long as verifiers remember a key set before they ask again, in milliseconds. */
const KEY_LEAD_MS = 600_000;

/**
 * Starts user-service: waits for its stores, migrates, agrees with the other instances on a signing key, and serves.
 *
 * @throws Error when the signing keys in the database can't be opened with the configured secret
 */
export async function start(
  config: UserServiceConfig,
  seams: Seams = { now: Date.now },
): Promise<RunningService> {
  const mesh = await openProcess(config.process);
  try {
    const { address } = await serve(mesh, config, seams);
    return { address, close: () => mesh.close() };
  } catch (error) {
    await mesh.close();
    throw error;
  }
}

async function serve(
  mesh: MeshProcess,
  config: UserServiceConfig,
  { now }: Seams,
): Promise<{ address: string }> {
  const database = await mesh.openDatabase(config.database, MIGRATIONS);
  const keyring = await openKeyring(mesh, config, createPostgresSigningKeys(database), now);
  const queue = createHashQueue({
    slots: config.signIn.parallel,
    maxWaitMs: config.signIn.maxWaitMs,
    now: Date.now,
  });
  exportPasswordQueue(mesh.metrics.registry, queue);
  const commonPasswords = config.policy === 'strict' ? await loadCommonPasswords() : new Set<string>();
  const { issuer, audience } = config.token;
  const shared = {
    rules: toPolicyRules(config.policy, commonPasswords),
    pageTokens: createPageTokens(config.signingKeys.secret),
    verifier: createTokenVerifier({
      keys: async () => keyring.published().map(toWireKey),
      issuer,
      audience,
      now,
    }),
    credentials: createServiceCredential({ service: config.process.service, secret: config.serviceSecret }),
    now,
  };
  const userHandlers = createUserHandlers({
    ...shared,
    accounts: createPostgresAccounts(database),
    subscriptions: createPostgresSubscriptions(database),
    passwords: await openArgon2Passwords(queue),
    tokens: createTokenIssuer(config.token, keyring, now),
    publicKeys: () => keyring.published(),
  });
  const flightUpdates = await openFlightUpdates(mesh, config, {
    ...shared,
    updates: createPostgresFlightUpdates(database),
    history: createPostgresUpdateHistory(database),
  });
  const changeHandlers = createUserChangeHandlers({
    ...shared,
    changes: createPostgresChanges(database, mesh.stopped, config.flightUpdates.keepAliveMs),
  });
  return mesh.serve(
    [
      implement(UserServiceDefinition, userHandlers),
      flightUpdates,
      implement(UserChangeServiceDefinition, changeHandlers),
    ],
    await readDescriptorSet(),
  );
}

async function openKeyring(
  mesh: MeshProcess,
  config: UserServiceConfig,
  store: KeyStore,
  now: () => number,
): Promise<Keyring<CryptoKey>> {
  const { secret, rotationMs, pollMs } = config.signingKeys;
  const retireMs = config.token.ttlMs + KEY_LEAD_MS;
  const keyring = createKeyring({
    store,
    smith: createKeysmith(createKeySeal(secret)),
    schedule: { rotationMs, leadMs: KEY_LEAD_MS, retireMs },
    now,
  });
  await keyring.refresh({ deadline: Date.now() + KEYS_TIMEOUT_MS, signal: mesh.stopped });
  const refreshing = repeatedly({
    work: keyring.refresh,
    everyMs: pollMs,
    timeoutMs: KEYS_TIMEOUT_MS,
    complaint: 'The signing keys could not be refreshed; the last known stay in use',
    log: mesh.log,
  });
  mesh.closing.add('signing keys', refreshing.close);
  return keyring;
}
