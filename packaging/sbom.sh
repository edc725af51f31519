#!/usr/bin/env bash
# Writes what the programs are made of, a CycloneDX file for each platform:
#
#     packaging/sbom.sh [OUT]
#
# into OUT, or target/sbom. It needs `cargo install cargo-cyclonedx --locked`.
set -euo pipefail
out=$(realpath -m "${1:-$(dirname "${BASH_SOURCE[0]}")/../target/sbom}")
cd -P "$(dirname "${BASH_SOURCE[0]}")/.."

if ! command -v cargo-cyclonedx >/dev/null; then
  echo "error: cargo-cyclonedx is not installed" >&2
  echo "hint: cargo install cargo-cyclonedx --locked" >&2
  exit 1
fi
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
mkdir -p "$out"
# It writes beside Cargo.toml, and nowhere else.
name=sbom-$$
trap 'rm -f "$name.json"' EXIT
for target in {x86_64,aarch64}-unknown-linux-gnu {x86_64,aarch64}-apple-darwin; do
  # The same of the same source: no serial number, no path of the computer it was made on.
  SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)} \
    cargo cyclonedx --quiet --format json --spec-version 1.5 --all-features --no-build-deps \
    --target "$target" --override-filename "$name"
  file=$out/inneros-$version-$target.cdx.json
  sed "s|path+file://$PWD|path+file:///inneros-tray|g; s|file://$PWD|file:///inneros-tray|g" \
    "$name.json" >"$file"
  echo "$file"
done
