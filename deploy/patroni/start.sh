#!/bin/sh
# Starts Patroni in a container called $NODE of the cluster $PATRONI_SCOPE, with the passwords from the files that *_FILE name.
set -eu

read_secret() { cat "$1" || { echo "the secret $1 can not be read" >&2; exit 78; }; }

PATRONI_SUPERUSER_PASSWORD=$(read_secret "$SUPERUSER_PASSWORD_FILE")
PATRONI_REPLICATION_PASSWORD=$(read_secret "$REPLICATION_PASSWORD_FILE")
PATRONI_RESTAPI_PASSWORD=$(read_secret "$RESTAPI_PASSWORD_FILE")
# Rewinding asks for functions that only a superuser may call unless they are granted.
export PATRONI_SUPERUSER_USERNAME=postgres PATRONI_SUPERUSER_PASSWORD \
  PATRONI_REPLICATION_USERNAME=replicator PATRONI_REPLICATION_PASSWORD \
  PATRONI_REWIND_USERNAME=postgres PATRONI_REWIND_PASSWORD="$PATRONI_SUPERUSER_PASSWORD" \
  PATRONI_RESTAPI_USERNAME=patroni PATRONI_RESTAPI_PASSWORD

# The container's own name: it stays when the address changes.
export PATRONI_NAME="$NODE" \
  PATRONI_POSTGRESQL_LISTEN=0.0.0.0:5432 PATRONI_POSTGRESQL_CONNECT_ADDRESS="$NODE:5432" \
  PATRONI_POSTGRESQL_DATA_DIR=/var/lib/postgresql/patroni/data \
  PATRONI_POSTGRESQL_BIN_DIR=/usr/lib/postgresql/15/bin \
  PATRONI_POSTGRESQL_PGPASS=/tmp/pgpass \
  PATRONI_RESTAPI_LISTEN=0.0.0.0:8008 PATRONI_RESTAPI_CONNECT_ADDRESS="$NODE:8008"

exec patroni /etc/patroni
