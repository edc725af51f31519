#!/usr/bin/env bash
# Renders tile.svg and every icons/*.svg to a 44x44 RGBA PNG beside it, and the sheet that shows
# all of them, large and small, on light and dark panels. Needs rsvg-convert, and a font.
set -euo pipefail
cd -P "$(dirname "${BASH_SOURCE[0]}")"

for svg in tile.svg icons/*.svg; do
  rsvg-convert --width 44 --height 44 --format png --output "${svg%.svg}.png" "$svg"
done

# draw SVG COLOUR X Y SIZE: one picture within another.
draw() {
  printf '<svg x="%s" y="%s" width="%s" height="%s" viewBox="0 0 44 44">\n' "$3" "$4" "$5" "$5"
  sed -e '1d;$d;/<title>/d' -e "s/#000/$2/g" "$1"
  echo '</svg>'
}

# panel X BACKGROUND COLOUR [TILE]: the icon of the row at $y, large and small.
panel() {
  printf '<rect x="%s" y="%s" width="96" height="52" fill="%s"/>\n' "$1" "$y" "$2"
  for place in "$(($1 + 6)) $((y + 4)) 44" "$(($1 + 62)) $((y + 15)) 22"; do
    read -r left top size <<<"$place"
    [[ -z ${4-} ]] || draw "$4" '' "$left" "$top" "$size"
    draw "$svg" "$3" "$left" "$top" "$size"
  done
}

{
  echo '<svg xmlns="http://www.w3.org/2000/svg" width="520" height="552">'
  echo '<rect width="520" height="552" fill="#fff"/>'
  echo '<g font-family="sans-serif" font-size="13" fill="#1d1d1d">'
  echo '<text x="224" y="20" text-anchor="middle">macOS</text>'
  echo '<text x="420" y="20" text-anchor="middle">Linux</text>'
  y=28
  for state in running stopped starting stopping unhealthy crashed crash-looping foreign unknown \
    not-configured; do
    svg=icons/$state.svg
    printf '<text x="12" y="%s">%s</text>\n' "$((y + 31))" "${state/not-/not }"
    panel 128 '#f6f5f4' '#000'
    panel 224 '#2e2e2e' '#fff'
    panel 324 '#f6f5f4' '#fff' tile.svg
    panel 420 '#2e2e2e' '#fff' tile.svg
    y=$((y + 52))
  done
  echo '</g></svg>'
} | rsvg-convert --format png --output screenshots/icons.png
