#!/bin/sh
# Holds the contracts as they lie in the work tree, committed or not, against what callers may have built on, and the golden messages
# too, unless that is no git revision:
#   1. AGAINST, a git revision or any input of buf, when it is given;
#   2. the newest release (tag v1.2.3) before what is here;
#   3. on a branch, where it left main;
#   4. on main, what there was before the last change of the contracts.
# Ends with 0 when nothing breaks, and when there is nothing to compare with, which it says.
set -eu
cd "$(dirname "$0")/.."
buf=${BUF:-node_modules/.bin/buf}

say() { echo "breaking: $*"; }
skip() {
  echo "breaking: SKIPPED, nothing was compared: $*" >&2
  exit 0
}

commit_of() { git rev-parse --verify --quiet "$1^{commit}"; }
release_before() { git describe --tags --match 'v[0-9]*' --abbrev=0 "$1" 2>/dev/null; }
all_is_committed() { [ -z "$(git status --porcelain -- ':(glob)proto/**/*.proto' proto/golden)" ]; }

# $1: an input of buf, $2: what to call it
compare_with() {
  if "$buf" breaking --against "$1"; then
    say "nothing breaks; compared with $2"
  else
    say "FAILED, compared with $2; what may change: docs/compatibility.md" >&2
    exit 1
  fi
}

# $1: a commit, $2: what to call it. A golden message that may be rewritten shows nothing of messages that were written before. One
# that gets a successor gets a comma, too.
keep_golden() {
  lines() { sed 's/,$//'; }
  # Of those that were there, the ones that are not as they were.
  for file in $(git diff --name-only --no-renames --diff-filter=a "$1" -- ':(glob)proto/golden/**/*.json'); do
    git show "$1:$file" | lines >"$archive/before.json"
    { [ ! -f "$file" ] || cat "$file"; } | lines >"$archive/now.json"
    lost=$(diff --minimal "$archive/before.json" "$archive/now.json" | grep '^<' | head -n 5)
    [ -n "$lost" ] || continue
    echo "$file lacks, or has in another place:" "$lost" >&2
    say "FAILED, golden messages were changed since $2; make golden only adds some" >&2
    exit 1
  done
}

# A commit's contracts by `git archive`, not as buf's git input: that clones, which shallow clones and worktrees don't all bear.
compare_with_commit() {
  git ls-tree -r --name-only "$1" -- proto | grep -q '\.proto$' || skip "there are no contracts in $2"
  archive=$(mktemp -d)
  trap 'rm -rf "$archive"' EXIT
  trap 'exit 130' INT TERM
  git archive --output="$archive/before.tar" "$1" proto buf.yaml
  keep_golden "$1" "$2"
  compare_with "$archive/before.tar" "$2 ($(git rev-parse --short "$1"))"
  exit 0
}

in_git() { [ "$(git rev-parse --show-prefix 2>/dev/null || echo none)" = '' ]; }

if [ -n "${AGAINST:-}" ]; then
  if in_git && base=$(commit_of "$AGAINST"); then compare_with_commit "$base" "$AGAINST, as told"; fi
  compare_with "$AGAINST" "$AGAINST, as told"
  exit 0
fi

in_git || skip "this is no git work tree, name something by AGAINST=…; git says: $(git rev-parse --show-prefix 2>&1 | head -n 1)"
head=$(commit_of HEAD) || skip 'nothing was committed yet'

tag=$(release_before HEAD) || tag=
# A release is held against the one before: it can't break itself.
if [ -n "$tag" ] && [ "$(commit_of "$tag")" = "$head" ] && all_is_committed; then
  tag=$(release_before HEAD^) || tag=
fi
if [ -n "$tag" ]; then compare_with_commit "$(commit_of "refs/tags/$tag")" "the release $tag"; fi

for main in refs/heads/main refs/remotes/origin/main; do
  tip=$(commit_of "$main") || continue
  base=$(git merge-base "$tip" HEAD) || continue
  if [ "$base" != "$head" ]; then compare_with_commit "$base" "where this left ${main#refs/*/}"; fi
done

last=$(git log -1 --format=%H -- ':(glob)proto/**/*.proto')
[ -n "$last" ] || skip 'no contracts were committed yet'
if base=$(commit_of "$last^"); then compare_with_commit "$base" 'what was before the last change of the contracts'; fi
[ "$(git rev-parse --is-shallow-repository)" = false ] ||
  skip 'this clone is too shallow to know what was before; fetch more (git fetch --unshallow --tags), or AGAINST=…'
skip 'these contracts are the first, and no release was made'
