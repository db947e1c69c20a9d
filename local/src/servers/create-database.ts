import pg from 'pg';
import { connectAsSuperuser, type PostgresFacts } from './postgres-server.js';

/** A database and the role that owns it: no superuser, and the only one that may connect, but for the reader. */
export interface DatabaseOwner {
  readonly name: string;
  readonly user: string;
  readonly password: string;
  readonly reader?: DatabaseReader;
}

/** A role that may enter a database and read what its owner grants. */
export interface DatabaseReader {
  readonly user: string;
  readonly password: string;
}

/** What readers may hold up at most: connections of all of them, and the time of a statement or of an idle transaction. */
const READER_CONNECTIONS = 20;
const READER_TIMEOUT = '60s';

/** Creates the roles and the database; on what is there already it only sets the passwords again. */
export async function createDatabase(server: PostgresFacts, owner: DatabaseOwner): Promise<void> {
  const client = await connectAsSuperuser(server, 'postgres');
  try {
    await createRole(client, owner);
    const database = pg.escapeIdentifier(owner.name);
    const databases = await client.query('select from pg_database where datname = $1', [owner.name]);
    if (databases.rowCount === 0)
      await client.query(`create database ${database} owner ${pg.escapeIdentifier(owner.user)}`);
    await client.query(`revoke all on database ${database} from public`);
    if (owner.reader) await admitReader(client, owner.name, owner.reader);
  } finally {
    await client.end();
  }
}

async function createRole(client: pg.Client, { user, password }: DatabaseReader): Promise<void> {
  const roles = await client.query('select from pg_roles where rolname = $1', [user]);
  const verb = roles.rowCount === 0 ? 'create' : 'alter';
  const role = pg.escapeIdentifier(user);
  await client.query(`${verb} role ${role} login nosuperuser password ${pg.escapeLiteral(password)}`);
}

/** deploy/warehouse/admit-analyst.sh does the same in containers. */
async function admitReader(client: pg.Client, name: string, reader: DatabaseReader): Promise<void> {
  await createRole(client, reader);
  const [database, role] = [pg.escapeIdentifier(name), pg.escapeIdentifier(reader.user)];
  await client.query(`alter role ${role} connection limit ${READER_CONNECTIONS}`);
  await client.query(`grant connect on database ${database} to ${role}`);
  const settings = {
    default_transaction_read_only: 'on',
    statement_timeout: READER_TIMEOUT,
    idle_in_transaction_session_timeout: READER_TIMEOUT,
    // The schema that is called like the database, so that its views need no qualifying.
    search_path: name,
  };
  for (const [setting, value] of Object.entries(settings))
    await client.query(
      `alter role ${role} in database ${database} set ${setting} = ${pg.escapeLiteral(value)}`,
    );
}
