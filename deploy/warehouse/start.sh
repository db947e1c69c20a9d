#!/bin/sh
# The image's entrypoint takes a server that it was interrupted over for a finished one, so that it would never get its database.
# There is nothing in such a server: it is made anew.
set -eu

[ -e "$PGDATA/warehouse-made" ] || find "$PGDATA" -mindepth 1 -delete
exec docker-entrypoint.sh "$@"
