# shellcheck shell=bash
# The suites of the project: the folders of knative/ that have a namespace.

all_suites() {
  (cd "$root/knative" && for each in */namespace.yaml; do echo "${each%/*}"; done)
}

# Fails as wrong usage unless each is a suite.
check_suites() {
  local each
  for each in "$@"; do
    [ -f "$root/knative/$each/namespace.yaml" ] || wrong_usage "there is no suite \"$each\"; there are: $(all_suites | tr '\n' ' ')"
  done
}
