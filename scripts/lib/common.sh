# shellcheck shell=bash
# What all scripts share: their words, their errors, and commands that are printed before they are run.

set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
script=$(basename "$0")
dry_run=${DRY_RUN:-}

# Settings of the caller come before the pinned ones.
# shellcheck source=../versions.env
. "$root/scripts/versions.env"

# The comment at the top of the script is its help.
help() {
  sed -n '2,/^[^#]/{/^#/!d;/^# shellcheck/d;s/^# \{0,1\}//;p;}' "$0"
  exit 0
}

fail() {
  echo "$script: $*" >&2
  exit 1
}

wrong_usage() {
  echo "$script: $* (see scripts/$script --help)" >&2
  exit 2
}

# The value of an option, which must be there: value OPTION "$@", the option being the first of the rest.
value() {
  case ${2:-} in '' | -*) wrong_usage "$1 takes a value" ;; esac
  printf '%s' "$2"
}

say() {
  echo "== $*"
}

# Prints a command as it could be typed, and runs it.
run() {
  shown "$@"
  [ -n "$dry_run" ] || "$@"
}

shown() {
  local word line=
  for word in "$@"; do
    case $word in
      '' | *[!A-Za-z0-9_./:=@,%+-]*) line="$line '${word//\'/\'\\\'\'}'" ;;
      *) line="$line $word" ;;
    esac
  done
  echo "+$line"
}

# All tools that are missing, in one line, before anything is done. A dry run needs none: need TOOL…
need() {
  [ -z "$dry_run" ] || return 0
  local tool missing=
  for tool in "$@"; do
    command -v "$tool" >/dev/null || missing="$missing $tool"
  done
  [ -z "$missing" ] || fail "needs$missing: install what is missing, versions are in scripts/versions.env"
}
