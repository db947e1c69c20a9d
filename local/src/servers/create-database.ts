import pg from 'pg';
import { connectAsSuperuser, type PostgresFacts } from './postgres-server.js';

/** A database and the role that owns it: no superuser, and the only one that may connect. */
export interface DatabaseOwner {
  readonly name: string;
  readonly user: string;
  readonly password: string;
}

/** Creates the role and its database; on what is there already it only sets the password again. */
export async function createDatabase(server: PostgresFacts, owner: DatabaseOwner): Promise<void> {
  const client = await connectAsSuperuser(server, 'postgres');
  try {
    const role = pg.escapeIdentifier(owner.user);
    const database = pg.escapeIdentifier(owner.name);
    const roles = await client.query('select from pg_roles where rolname = $1', [owner.user]);
    const verb = roles.rowCount === 0 ? 'create' : 'alter';
    await client.query(`${verb} role ${role} login nosuperuser password ${pg.escapeLiteral(owner.password)}`);
    const databases = await client.query('select from pg_database where datname = $1', [owner.name]);
    if (databases.rowCount === 0) await client.query(`create database ${database} owner ${role}`);
    await client.query(`revoke all on database ${database} from public`);
  } finally {
    await client.end();
  }
}
