#!/usr/bin/env bash
# Renders what draw.py draws: the symbolic SVGs, the pixmaps for Linux in each size, the templates
# for macOS, and the sheet that shows all of them. Needs python3, rsvg-convert, and a font.
set -euo pipefail
cd -P "$(dirname "${BASH_SOURCE[0]}")"

sizes=(16 22 24 32 44 48)
mapfile -t names < <(python3 draw.py names)

rm -rf icons pixmaps
mkdir icons
for name in "${names[@]}"; do
  python3 draw.py symbolic "$name" >"icons/inneros-$name-symbolic.svg"
  python3 draw.py template "$name" |
    rsvg-convert --width 44 --height 44 --format png --output "icons/$name.png"
  for size in "${sizes[@]}"; do
    mkdir -p "pixmaps/$size"
    python3 draw.py pixmap "$name" "$size" |
      rsvg-convert --width "$size" --height "$size" --format png \
        --output "pixmaps/$size/$name.png"
  done
done

# picture FILE X Y SIZE: a PNG within the sheet, pixel by pixel.
picture() {
  printf '<image x="%s" y="%s" width="%s" height="%s" image-rendering="pixelated" ' \
    "$2" "$3" "$4" "$4"
  printf 'href="data:image/png;base64,%s"/>\n' "$(base64 -w0 "$1")"
}

# recoloured NAME COLOUR X Y SIZE: the symbolic one, as a desktop colours it.
recoloured() {
  printf '<svg x="%s" y="%s" width="%s" height="%s" viewBox="0 0 16 16">\n' "$3" "$4" "$5" "$5"
  sed -e '1d;$d' -e "s/class=\"ColorScheme-Text\" fill=\"[^\"]*\"/fill=\"$2\"/" \
    "icons/inneros-$1-symbolic.svg"
  echo '</svg>'
}

# panel X BACKGROUND: the pixmaps of the row at $y at 16, 22 and 48 pixels.
panel() {
  printf '<rect x="%s" y="%s" width="132" height="52" fill="%s"/>\n' "$1" "$y" "$2"
  picture "pixmaps/16/$name.png" "$(($1 + 10))" "$((y + 18))" 16
  picture "pixmaps/22/$name.png" "$(($1 + 38))" "$((y + 15))" 22
  picture "pixmaps/48/$name.png" "$(($1 + 74))" "$((y + 2))" 48
}

# symbolic X BACKGROUND COLOUR: the symbolic one of the row at $y at 16 pixels and larger.
symbolic() {
  printf '<rect x="%s" y="%s" width="84" height="52" fill="%s"/>\n' "$1" "$y" "$2"
  recoloured "$name" "$3" "$(($1 + 8))" "$((y + 18))" 16
  recoloured "$name" "$3" "$(($1 + 34))" "$((y + 6))" 40
}

mkdir -p screenshots
{
  height=$((28 + 52 * ${#names[@]}))
  printf '<svg xmlns="http://www.w3.org/2000/svg" width="588" height="%s">\n' "$height"
  echo '<rect width="100%" height="100%" fill="#fff"/>'
  echo '<g font-family="sans-serif" font-size="13" fill="#1d1d1d">'
  echo '<text x="260" y="20" text-anchor="middle">pixels</text>'
  echo '<text x="498" y="20" text-anchor="middle">symbolic</text>'
  y=28
  for name in "${names[@]}"; do
    printf '<text x="12" y="%s">%s</text>\n' "$((y + 31))" "$name"
    panel 128 '#f6f5f4'
    panel 264 '#2e2e2e'
    symbolic 412 '#f6f5f4' '#2e3436'
    symbolic 500 '#2e2e2e' '#eeeeec'
    y=$((y + 52))
  done
  echo '</g></svg>'
} | rsvg-convert --format png --output screenshots/icons.png
