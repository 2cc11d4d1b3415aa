#!/usr/bin/env bash
# What users pay for the crate, with and without default features: the crates that are compiled, the
# time of a clean build against that of a crate that only has the same dependencies, and the bytes
# that one lookup and one retry check add to a stripped release binary.
#
# Usage: benches/cost/run.sh [ROUNDS]   how often each is built, of which the fastest counts: 5 by
#                                       default
set -euo pipefail
shopt -s inherit_errexit

rounds=${1:-5}
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The same manifest up to what concerns only this repository, and no code.
mkdir -p "$work/dependencies/src"
sed -e '/^members = /d' -e '/^\[dev-dependencies\]/,$d' "$root/Cargo.toml" \
    >"$work/dependencies/Cargo.toml"
cp "$root/Cargo.lock" "$work/dependencies/"
echo 'fn main() {}' >"$work/dependencies/build.rs"
touch "$work/dependencies/src/lib.rs"

clean_build() { # directory, flags: prints the seconds it took
    local begun=$EPOCHREALTIME
    cargo build --quiet --lib --manifest-path "$1/Cargo.toml" --target-dir "$work/target" \
        "${@:2}" 2>/dev/null
    local ended=$EPOCHREALTIME
    rm -rf "$work/target"
    awk "BEGIN { print $ended - $begun }"
}

# What else the machine does can only add to a time.
fastest() { sort -n | head -1; }

program() { # name, dependency line, body: prints the bytes of the stripped binary
    mkdir -p "$work/$1/src"
    cat >"$work/$1/Cargo.toml" <<MANIFEST
[package]
name = "program"
version = "0.0.0"
edition = "2024"

[profile.release]
strip = true

[dependencies]
$2
MANIFEST
    cp "$root/Cargo.lock" "$work/$1/"
    echo "$3" >"$work/$1/src/main.rs"
    cargo build --quiet --release --manifest-path "$work/$1/Cargo.toml" \
        --target-dir "$work/target"
    wc -c <"$work/target/release/program"
    rm -rf "$work/target"
}

plain='fn main() {
    let value = std::env::args().nth(1).unwrap_or_default();
    println!("{} {}", value.is_empty(), value.is_ascii());
}'
asking='use dataportability_scopes::{ApiMethod, Grant, Scope};
fn main() {
    let value = std::env::args().nth(1).unwrap_or_default();
    let may_retry = |grant: Grant| grant.allows(ApiMethod::Retry);
    println!("{} {}", Scope::find(&value).is_some(), value.parse().is_ok_and(may_retry));
}'
bytes_without=$(program without "" "$plain")

for features in default no-default; do
    flags=()
    dependency="dataportability-scopes = { path = \"$root\" }"
    if [ $features = no-default ]; then
        flags=(--no-default-features)
        dependency="dataportability-scopes = { path = \"$root\", default-features = false }"
    fi

    crates=$(cargo tree --manifest-path "$root/Cargo.toml" "${flags[@]}" --edges normal,build \
        --prefix none --format '{p}' | sed 's/ (.*//' | sort -u | wc -l)
    echo "$features features: $((crates - 1)) crates besides this one"

    : >"$work/ours"
    : >"$work/theirs"
    for _ in $(seq "$rounds"); do
        clean_build "$root" "${flags[@]}" >>"$work/ours"
        clean_build "$work/dependencies" "${flags[@]}" >>"$work/theirs"
    done
    ours=$(fastest <"$work/ours")
    theirs=$(fastest <"$work/theirs")
    echo "$features features: clean build $ours s, its dependencies alone $theirs s"

    bytes_with=$(program "with-$features" "$dependency" "$asking")
    echo "$features features: $((bytes_with - bytes_without)) bytes added to $bytes_without"

    awk "BEGIN { printf \"ratio cost/build-$features-vs-dependencies %.2f\n\", $ours / $theirs }"
done
