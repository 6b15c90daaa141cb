# shellcheck shell=bash
# Debian packages that tests need, for scripts that install them as root.
export DEBIAN_FRONTEND=noninteractive

# Installs packages unless the command is there: need COMMAND PACKAGE…
need() {
  command -v "$1" >/dev/null && return
  install_packages "${@:2}"
}

# What apt says is shown only when it fails. No package starts a service: that is what the refusal is for.
install_packages() {
  local log
  log=$(mktemp)
  if apt_update "$log" && without_services apt-get install -y -q --no-install-recommends "$@" >"$log" 2>&1; then
    rm -f "$log"
    return
  fi
  tail -n 20 "$log" >&2
  rm -f "$log"
  echo "could not install $*" >&2
  return 1
}

# Once a run: package lists may be missing or old.
apt_update() {
  [ -n "${apt_updated:-}" ] && return
  apt-get update -q >"$1" 2>&1 && apt_updated=1
}

without_services() (
  policy=/usr/sbin/policy-rc.d
  if [ ! -e "$policy" ]; then
    trap 'rm -f "$policy"' EXIT
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod +x "$policy"
  fi
  "$@"
)
