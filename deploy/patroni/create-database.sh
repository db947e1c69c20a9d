#!/bin/sh
# Called by Patroni once, when the cluster is made, with the superuser's connection string.
set -eu

# Through psql's own variables and standard input: a process' arguments can be read by everybody.
{
  printf '\\set name %s\n\\set owner %s\n' "$DATABASE_NAME" "$DATABASE_USER"
  printf '\\set password `cat "$DATABASE_PASSWORD_FILE"`\n'
  cat <<'SQL'
create role :"owner" login nosuperuser password :'password';
create database :"name" owner :"owner";
revoke all on database :"name" from public;
SQL
} | psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 "$1"
