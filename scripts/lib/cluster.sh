# shellcheck shell=bash
# What the scripts that speak to a cluster share: the context, and waiting.

context=${CONTEXT:-}

# kubectl on the chosen context.
on_cluster() {
  if [ -n "$context" ]; then run kubectl --context "$context" "$@"; else run kubectl "$@"; fi
}

# The same for questions: not printed, and asked in a dry run too when there is a cluster to ask.
ask() {
  if [ -n "$context" ]; then kubectl --context "$context" "$@"; else kubectl "$@"; fi
}

# The name of the context in use; "skiff" is that of the local runtime.
context_name() {
  if [ -n "$context" ]; then echo "$context"; else kubectl config current-context 2>/dev/null || true; fi
}

# Fails in one line when no cluster answers.
need_cluster() {
  [ -z "$dry_run" ] || return 0
  ask version >/dev/null 2>&1 || fail "no cluster answers at context \"$(context_name)\": scripts/cluster-up makes one, --context chooses another"
}

# Waits for all deployments of a namespace.
wait_for_deployments() {
  on_cluster wait deployment --all --namespace "$1" --for=condition=Available --timeout=300s
}

# Applies release files that other objects depend on: definitions must be known before they are used.
apply_crds() {
  on_cluster apply -f "$1"
  on_cluster wait crd --for=condition=Established --timeout=60s --selector "$2"
}
