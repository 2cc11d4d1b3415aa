#!/bin/sh
# Runs what needs Node.js or Chromium, and installs that first where it is missing.
set -eu
cd "$(dirname "$0")/../.."

fail() {
    echo "e2e: $1" >&2
    exit 1
}

# Installs Debian packages unless there is such a program.
need() {
    program=$1
    shift
    command -v "$program" >/dev/null && return
    [ "$(id -u)" -eq 0 ] || fail "$program is missing; as root, run: apt-get install $*"
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y "$@" >/dev/null ||
        fail "$* could not be installed"
    command -v "$program" >/dev/null || fail "$program is missing after $* was installed"
}

command -v cargo >/dev/null || fail "the Rust toolchain is missing"
need node nodejs npm
need npm npm
need chromium chromium chromium-driver
[ "$(node -p 'parseInt(process.versions.node)')" -ge 20 ] ||
    fail "Node.js is $(node --version); it has to be 20 or newer"
npm ci --prefix testing/e2e --ignore-scripts --no-audit --no-fund --loglevel=error ||
    fail "the packages of testing/e2e/package-lock.json could not be installed"

echo "== against oidc-provider"
cargo test -p e2e --test oidc_provider

echo "== in Chromium"
# Built before, so that the time it takes is not counted against the programs' start.
cargo build --quiet -p connect -p stand-in
CHROMIUM=$(command -v chromium) node testing/e2e/browser.mjs
