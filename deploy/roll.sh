#!/bin/sh
# Replaces the containers of a service one at a time by new ones, made of the image and the settings as they are now. Nothing is lost
# meanwhile: a new one is ready before an old one is told to stop, and that one finishes what it has begun.
#   docker compose build booking-service && deploy/roll.sh booking-service
# Reads the same files as `docker compose` would here: COMPOSE_FILE names others.
set -eu

service=${1:?which service: user-service, booking-service, etl-service or edge?}
old=$(docker compose ps --quiet "$service")
[ -n "$old" ] || { echo "no container of $service runs" >&2; exit 1; }
count=$(echo "$old" | wc -l)

for container in $old; do
  docker compose up --detach --no-deps --no-recreate --no-build --wait --scale "$service=$((count + 1))" "$service"
  # Waits as long as stop_grace_period says.
  docker stop "$container" >/dev/null
  docker rm "$container" >/dev/null
done
