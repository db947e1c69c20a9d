#!/usr/bin/env bash
# Builds, then runs mocha over every test: first three files at a time, then one at a time the files named in ALONE. What failed is
# printed once more at the end.
#   ALONE='a.test.js b.test.js' test/run.sh 'room/dist/test/**/*.test.js' …
# TIMES=1 prints what the time was spent on.
set -euo pipefail
cd "$(dirname "$0")/.."

read -ra alone <<<"$ALONE"
mocha=(timeout --foreground 900 node_modules/.bin/mocha --enable-source-maps --exit --timeout 15000)
# A pipe is not a terminal, but what it is written on may be one.
[ ! -t 1 ] || mocha+=(--color)

scratch=$(mktemp -d)
trap 'rm -rf "$scratch" ${memory:+"$memory"}' EXIT

# Databases make thousands of small files: in memory that costs a tenth. Where it has no room, or may not execute what tests write
# into it, the usual folder does.
memory=
if [ "$(df --output=avail /dev/shm 2>/dev/null | tail -n 1)" -ge 4000000 ] 2>/dev/null; then
  memory=$(mktemp -d /dev/shm/flight-test-XXXXXX)
  # PostgreSQL runs under another account; its folder inside is its own.
  chmod 711 "$memory"
  printf '#!/bin/sh\n' >"$memory/probe" && chmod 755 "$memory/probe"
  if "$memory/probe" 2>/dev/null; then export TMPDIR=$memory; fi
  rm "$memory/probe"
fi
if [ -n "${TIMES:-}" ]; then
  export TEST_TIMES=$scratch/times
  mkdir "$TEST_TIMES"
  mocha+=(--require ./test/dist/src/times/recorder.js)
fi

# Runs a step; with TIMES, notes its name and how long it took: by the clock, and in CPU time of this machine's cores.
step() {
  local name=$1
  shift
  if [ -z "${TIMES:-}" ]; then "$@"; return; fi
  local result=0
  { TIMEFORMAT="$name %1R %1U %1S"; time "$@" 2>&3; } 3>&2 2>>"$scratch/steps" || result=$?
  return "$result"
}

# What stands below mocha's summary; the last words of a run that broke off before it.
what_failed() {
  local summary='^(\x1b\[[0-9;]*m)* +[0-9]+ failing'
  if grep -qP "$summary" "$scratch/log"; then sed -E "1,/$summary/d" "$scratch/log"; else tail -n 40 "$scratch/log"; fi
}

status=0
run() {
  "${mocha[@]}" "$@" 2>&1 | tee "$scratch/log" && return
  status=1
  what_failed >>"$scratch/failures"
}

for name in install generate build sdk; do step "$name" "${MAKE:-make}" "$name"; done
step together run --parallel --jobs 3 "${alone[@]/#/--ignore=}" "$@"
step alone run "${alone[@]}"

if [ -n "${TIMES:-}" ]; then
  node test/dist/src/times/main.js "$TEST_TIMES"
  printf '\nThe steps, in seconds:\n'
  { echo 'step wall user system'; cat "$scratch/steps"; } | column -t
fi
if [ "$status" != 0 ]; then
  echo 'What failed, once more:'
  cat "$scratch/failures"
fi
exit "$status"
