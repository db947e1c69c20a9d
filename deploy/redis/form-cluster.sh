#!/bin/sh
# Makes one cluster of the nodes in $NODES (names, the first half masters), or of the cluster that they were before all of them
# came up at other addresses. May be run again at any time.
set -eu

REDISCLI_AUTH=$(cat "$REDIS_PASSWORD_FILE")
export REDISCLI_AUTH
first=${NODES%% *}

ask() { node=$1; shift; timeout 5 redis-cli -h "$node" "$@"; }
address() { getent ahostsv4 "$1" | awk '{ print $1; exit }'; }
fact() { ask "$1" cluster info | tr -d '\r' | sed -n "s/^$2://p"; }
# Every node must see all slots served and itself linked to all others.
is_whole() {
  for node in $NODES; do
    [ "$(fact "$node" cluster_state)" = ok ] || return 1
    [ "$(fact "$node" cluster_slots_ok)" = 16384 ] || return 1
    [ "$(fact "$node" cluster_known_nodes)" = "$#" ] || return 1
  done
}

for node in $NODES; do
  until [ "$(ask "$node" ping)" = PONG ]; do sleep 1; done
done

addresses=$(for node in $NODES; do echo "$(address "$node"):6379"; done)
if [ "$(fact "$first" cluster_slots_assigned)" = 0 ]; then
  # shellcheck disable=SC2086
  redis-cli --cluster create $addresses --cluster-replicas 1 --cluster-yes
else
  for node in $NODES; do ask "$first" cluster meet "$(address "$node")" 6379 >/dev/null; done
fi

tries=60
# shellcheck disable=SC2086
until is_whole $NODES; do
  tries=$((tries - 1))
  [ "$tries" -gt 0 ] || { ask "$first" cluster nodes; echo 'the nodes are no cluster' >&2; exit 1; }
  sleep 1
done
echo 'the cluster is whole'
