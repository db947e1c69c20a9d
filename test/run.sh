#!/usr/bin/env bash
# Runs mocha over every test: three files at a time those that bear company, then by themselves the files named in ALONE. What failed in
# either is printed once more at the end, below everything that passed.
#   ALONE='a.test.js b.test.js' test/run.sh 'room/dist/test/**/*.test.js' …
set -euo pipefail
cd "$(dirname "$0")/.."

read -ra alone <<<"$ALONE"
mocha=(timeout --foreground 900 node_modules/.bin/mocha --enable-source-maps --exit --timeout 15000)
# A pipe is not a terminal, but what it is written on may be one.
[ ! -t 1 ] || mocha+=(--color)

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

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

run --parallel --jobs 3 "${alone[@]/#/--ignore=}" "$@"
run "${alone[@]}"

if [ "$status" != 0 ]; then
  echo 'What failed, once more:'
  cat "$scratch/failures"
fi
exit "$status"
