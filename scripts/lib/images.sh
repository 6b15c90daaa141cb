# shellcheck shell=bash
# What the scripts that speak of images share: which functions there are, and what their images are called.

registry=${REGISTRY:-dev.local}
tag=${TAG:-$(sed -n 's/^  "version": "\(.*\)",$/\1/p' "$root/package.json")}
engine=${ENGINE:-}

# All functions, as SUITE/SERVICE.
all_functions() {
  (cd "$root/functions" && for app in */*/app.ts; do echo "${app%/app.ts}"; done)
}

# Fails as wrong usage unless each is a function of the project.
check_functions() {
  local each
  for each in "$@"; do
    [ -f "$root/functions/$each/app.ts" ] || wrong_usage "there is no function \"$each\": functions/$each/app.ts is missing"
  done
}

image_of() {
  echo "$registry/$1:$tag"
}

# The first container engine there is, unless one was chosen.
choose_engine() {
  local each
  case $engine in
    docker | podman | buildah) need "$engine" && return ;;
    '') ;;
    *) wrong_usage "--engine is docker, podman or buildah, not \"$engine\"" ;;
  esac
  for each in docker podman buildah; do
    if command -v "$each" >/dev/null; then engine=$each && return; fi
  done
  [ -z "$dry_run" ] || { engine=docker && return; }
  fail "needs docker, podman or buildah: none of them is on the PATH"
}
