#!/bin/sh
# Starts a Redis node in a container: redis.conf, and what only a container knows. The password comes from a file into a file,
# since everybody can read a process' arguments.
set -eu

password=$(cat "$REDIS_PASSWORD_FILE") || { echo "the secret $REDIS_PASSWORD_FILE can not be read" >&2; exit 78; }
umask 077
{
  cat /etc/redis/redis.conf
  cat <<CONF
port 6379
cluster-port 16379
bind * -::*
dir /data
requirepass $password
masterauth $password
CONF
} >/tmp/redis.conf
exec redis-server /tmp/redis.conf
