/** https://patroni.readthedocs.io/en/latest/ENVIRONMENT.html */
export const PATRONI_VARIABLES: ReadonlySet<string> = new Set(
  [
    'NAME SCOPE CONSUL_HOST',
    'POSTGRESQL_LISTEN POSTGRESQL_CONNECT_ADDRESS POSTGRESQL_DATA_DIR POSTGRESQL_BIN_DIR POSTGRESQL_PGPASS',
    'RESTAPI_LISTEN RESTAPI_CONNECT_ADDRESS RESTAPI_USERNAME RESTAPI_PASSWORD',
    'SUPERUSER_USERNAME SUPERUSER_PASSWORD REPLICATION_USERNAME REPLICATION_PASSWORD REWIND_USERNAME REWIND_PASSWORD',
  ].flatMap((names) => names.split(' ').map((name) => `PATRONI_${name}`)),
);

/** https://hub.docker.com/_/postgres */
export const POSTGRES_VARIABLES: ReadonlySet<string> = new Set([
  'POSTGRES_PASSWORD_FILE',
  'POSTGRES_INITDB_ARGS',
]);

/** https://grafana.com/docs/grafana/latest/setup-grafana/configure-grafana/: section and key, `__FILE` for what is in a file. */
export const GRAFANA_VARIABLES: ReadonlySet<string> = new Set(
  [
    'SECURITY_ADMIN_PASSWORD USERS_ALLOW_SIGN_UP AUTH_ANONYMOUS_ENABLED AUTH_ANONYMOUS_ORG_ROLE',
    'ANALYTICS_REPORTING_ENABLED ANALYTICS_CHECK_FOR_UPDATES ANALYTICS_CHECK_FOR_PLUGIN_UPDATES',
  ].flatMap((names) => names.split(' ').flatMap((name) => [`GF_${name}`, `GF_${name}__FILE`])),
);

/** Read by Node itself before our code. */
export const NODE_VARIABLES: ReadonlySet<string> = new Set(['NODE_OPTIONS']);
