#!/usr/bin/env bash
# Renders every icons/*.svg to a 44x44 RGBA PNG beside it. Needs rsvg-convert.
set -euo pipefail

cd -- "$(dirname -- "${BASH_SOURCE[0]}")/icons"

for svg in *.svg; do
  rsvg-convert --width 44 --height 44 --format png --output "${svg%.svg}.png" "$svg"
done
