#!/usr/bin/env bash
# Installs the real servers that tests start for themselves: RabbitMQ, Redis, Prometheus, one that speaks MongoDB's protocol.
# Usage: bash test/servers/install.sh [rabbitmq] [redis] [mongodb] [prometheus]   (all of them when none is named; as root, on Debian)
# What is there already is left alone. Nothing is started, not even by the packages; jars go to ~/.cache/skiff
# (or $XDG_CACHE_HOME/skiff). Afterwards `SKIFF_TEST_REQUIRE_SERVERS=1 npm test` fails where a server is missing.
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=../debian-packages.sh
. ../debian-packages.sh

install_rabbitmq() { need rabbitmq-server rabbitmq-server; }
install_redis() { need redis-server redis-server; }
install_prometheus() { need prometheus prometheus; }
install_mongodb() {
  local jars=${SKIFF_TEST_JARS:-${XDG_CACHE_HOME:-$HOME/.cache}/skiff/mongodb-jars}
  # The launcher is a source file: the compiler is needed, not only the machine.
  need javac default-jdk-headless
  compgen -G "$jars/mongo-java-server-h2-backend-*.jar" >/dev/null && return
  need mvn maven
  mvn -q -B -f mongodb/pom.xml dependency:copy-dependencies -DoutputDirectory="$jars"
}

[ $# -gt 0 ] || set -- rabbitmq redis mongodb prometheus
for server in "$@"; do
  "install_$server"
  echo "$server is installed"
done
