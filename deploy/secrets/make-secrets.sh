#!/bin/sh
# Makes every secret of the system that is not there yet, each a file of its own in the folder that is named:
#   deploy/secrets/make-secrets.sh /etc/flight-booking/secrets
# Those that are there stay as they are.
set -eu

folder=${1:?which folder?}
mkdir -p "$folder"
for name in \
  user-db booking-db postgres-superuser postgres-replication patroni-api warehouse warehouse-superuser warehouse-analyst \
  redis service signing-key grafana-admin; do
  file=$folder/$name
  [ -s "$file" ] && continue
  # 48 letters and digits, 285 bits: nothing that a connection string or a configuration file would read otherwise.
  tr -dc 'A-Za-z0-9' </dev/urandom | head -c 48 >"$file.new"
  # Who may enter the folder is its owner's affair. In a container the file is read by whichever account its program runs under.
  chmod 444 "$file.new"
  mv "$file.new" "$file"
  echo "made $name"
done
