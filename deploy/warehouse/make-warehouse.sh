#!/bin/sh
# Called by the image's entrypoint once, when the server is made: makes the warehouse with its owner, and the role of the analysts,
# which may enter, read what the owner lets it read, and hold nothing up for long. On one machine local/src/servers/create-database.ts
# does the same.
set -eu

superuser='user=postgres dbname=postgres'
create-database.sh "$superuser"

{
  printf '\\set name %s\n\\set analyst %s\n' "$DATABASE_NAME" "$ANALYST_ROLE"
  printf '\\set password `cat "$ANALYST_PASSWORD_FILE"`\n'
  cat <<'SQL'
create role :"analyst" login nosuperuser connection limit 20 password :'password';
grant connect on database :"name" to :"analyst";
alter role :"analyst" in database :"name" set default_transaction_read_only = on;
alter role :"analyst" in database :"name" set statement_timeout = '60s';
alter role :"analyst" in database :"name" set idle_in_transaction_session_timeout = '60s';
alter role :"analyst" in database :"name" set search_path = :"name";
SQL
} | psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 "$superuser"

# For start.sh.
: >"$PGDATA/warehouse-made"
