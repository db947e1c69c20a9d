#!/usr/bin/env bash
# Builds, then runs a suite of tests (test/src/run).
#   test/run.sh test|release
# With TIMES=1 it prints at the end what each step took.
set -euo pipefail
cd "$(dirname "$0")/.."

suite=$1
steps=(install generate build)
[ "$suite" != release ] || steps+=(sdk)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch" ${memory:+"$memory"}' EXIT

# Databases make thousands of small files, which cost a tenth in memory. Where there is no room for them, or nothing may be executed
# that tests write, the usual folder does.
memory=
if [ "$(df --output=avail /dev/shm 2>/dev/null | tail -n 1)" -ge 4000000 ] 2>/dev/null; then
  memory=$(mktemp -d /dev/shm/flight-test-XXXXXX)
  # PostgreSQL runs under another account; its folder inside is its own.
  chmod 711 "$memory"
  printf '#!/bin/sh\n' >"$memory/probe" && chmod 755 "$memory/probe"
  if "$memory/probe" 2>/dev/null; then export TMPDIR=$memory; fi
  rm "$memory/probe"
fi

# Runs a step, and notes how long it took by the clock and in CPU time.
step() {
  local name=$1 result=0
  shift
  { TIMEFORMAT="$name %1R %1U %1S"; time "$@" 2>&3; } 3>&2 2>>"$scratch/steps" || result=$?
  return "$result"
}

status=0
for name in "${steps[@]}"; do step "$name" "${MAKE:-make}" "$name"; done
step tests node test/dist/src/run/main.js "$suite" || status=$?
if [ -n "${TIMES:-}" ]; then
  echo
  { echo 'seconds by-the-clock user system'; cat "$scratch/steps"; } | column -t
fi
exit "$status"
