#!/usr/bin/env bash
# Makes what a release hands out for Linux. See --help.
set -Eeuo pipefail

usage() {
  cat <<'TEXT'
Makes what a release hands out for Linux.

Usage: packaging/build.sh [--out DIR] archive|deb|checksums...

  archive     inneros-VERSION-TARGET.tar.gz: both programs, manual, completions, licences
  deb         the Debian package; needs cargo-deb, dpkg-dev and rsvg-convert
  checksums   SHA256SUMS, of every file in DIR
  --out DIR   where to put them [default: dist in Cargo's target folder]
  -h, --help  this

Environment:
  MAINTAINER         the maintainer of the Debian package, as "NAME <ADDRESS>"
  SOURCE_DATE_EPOCH  the time that files get [default: that of the last commit]
  CARGO_TARGET_DIR   Cargo's target folder

Example:
  packaging/build.sh archive deb checksums
TEXT
}

step() { printf '==> %s\n' "$*"; }
die() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}
refuse() {
  printf 'error: %s\nSee packaging/build.sh --help.\n' "$*" >&2
  exit 2
}
trap 'printf "error: packaging/build.sh, line %s: %s\n" "$LINENO" "$BASH_COMMAND" >&2' ERR

main() {
  root=$(CDPATH='' cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd -P)
  parse_options "$@"
  mkdir -p -- "$out"
  out=$(CDPATH='' cd -- "$out" && pwd -P)
  cd -- "$root"
  if [[ $archive || $deb ]]; then
    if [[ $deb ]]; then look_for_tools; fi
    version=$(cargo pkgid --locked)
    version=${version##*[@#]}
    target=$(rustc -vV | sed -n 's/^host: //p')
    # What `git archive` has packed has the time of the commit, too.
    epoch=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || stat --format %Y Cargo.toml)}
    # Cargo.toml names this folder.
    stage=$target_dir/release/package
    build
    stage
  fi
  if [[ $archive ]]; then make_archive; fi
  if [[ $deb ]]; then make_deb; fi
  if [[ $checksums ]]; then make_checksums; fi
}

parse_options() {
  archive='' deb='' checksums='' out=''
  while (($#)); do
    case $1 in
      archive) archive=yes ;;
      deb) deb=yes ;;
      checksums) checksums=yes ;;
      --out)
        if (($# < 2)) || [[ ! $2 ]]; then
          refuse "--out needs a folder"
        fi
        out=$2
        shift
        ;;
      -h | --help)
        usage
        exit
        ;;
      *) refuse "unknown argument '$1'" ;;
    esac
    shift
  done
  [[ $archive$deb$checksums ]] || refuse "say what to make"
  target_dir=$(realpath -m -- "${CARGO_TARGET_DIR:-$root/target}")
  out=${out:-$target_dir/dist}
}

look_for_tools() {
  cargo deb --version >/dev/null 2>&1 || die "no cargo-deb: \`cargo install cargo-deb --locked\`"
  command -v dpkg-shlibdeps >/dev/null || die "no dpkg-shlibdeps: it is in Debian's dpkg-dev"
  command -v rsvg-convert >/dev/null || die "no rsvg-convert: it is in Debian's librsvg2-bin"
}

# By `cargo install`, so that what is packed is what that command gives.
build() {
  step "Build $version for $target"
  rm -rf -- "$stage"
  CARGO_ENCODED_RUSTFLAGS=$(rust_flags)
  export CARGO_ENCODED_RUSTFLAGS
  cargo install --quiet --locked --path . --target-dir "$target_dir" --no-track --root "$stage"
}

# The user's flags, and then: panic messages do not tell where the program was built.
rust_flags() {
  local flags=()
  if [[ ${CARGO_ENCODED_RUSTFLAGS-} ]]; then
    IFS=$'\x1f' read -r -a flags <<<"$CARGO_ENCODED_RUSTFLAGS"
  elif [[ ${RUSTFLAGS-} ]]; then
    read -r -a flags <<<"$RUSTFLAGS"
  fi
  flags+=("--remap-path-prefix=$root=/inneros-tray"
    "--remap-path-prefix=$target_dir=/target"
    "--remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=/cargo")
  local IFS=$'\x1f'
  printf '%s' "${flags[*]}"
}

# What the archive and the package have in common.
stage() {
  local shell
  "$stage/bin/inneros" man --dir "$stage/man" >/dev/null
  "$stage/bin/inneros-tray" --man >"$stage/man/inneros-tray.1"
  mkdir -- "$stage/completions"
  for shell in bash:inneros.bash zsh:_inneros fish:inneros.fish; do
    "$stage/bin/inneros" completions "${shell%%:*}" >"$stage/completions/${shell#*:}"
  done
  packaging/notices.py "$target" >"$stage/THIRD-PARTY-NOTICES"
}

make_archive() {
  local name=inneros-$version-$target
  step "Archive"
  local folder=$stage/$name
  mkdir -p -- "$folder/man/man1"
  cp -- "$stage"/bin/* README.md CHANGELOG.md LICENSE LICENSE-MIT LICENSE-APACHE \
    "$stage/THIRD-PARTY-NOTICES" "$folder/"
  cp -- "$stage"/man/*.1 "$folder/man/man1/"
  cp -R -- "$stage/completions" "$folder/"
  (cd -- "$folder" && find . -type f -printf '%P\0' | LC_ALL=C sort -z |
    xargs -0 sha256sum --) >"$stage/SHA256SUMS"
  mv -- "$stage/SHA256SUMS" "$folder/"
  chmod -R u=rwX,go=rX -- "$folder"
  # The same programs make the same bytes.
  tar --create --format=gnu --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$epoch" \
    --directory "$stage" "$name" | gzip -9n >"$out/.$name.tar.gz"
  mv -- "$out/.$name.tar.gz" "$out/$name.tar.gz"
  echo "$out/$name.tar.gz"
}

make_deb() {
  local folder=$stage/debian icons=$stage/icons/hicolor size page maintainer
  # Debian sorts 1.0~rc.1 before 1.0, and 1.0-rc.1 behind it.
  local debian_version=${version/-/\~}-1
  step "Debian package"
  # An address that can be none: the one who releases it names a real one.
  maintainer=${MAINTAINER:-The InnerOS Tray contributors <inneros-tray@contributors.invalid>}

  mkdir -p -- "$folder/man" "$icons/scalable/apps" "$icons/symbolic/apps"
  cp -- assets/app-icon.svg "$icons/scalable/apps/dev.inneros.tray.svg"
  # A desktop colours it as the text beside it, and wants it 16 pixels high.
  cp -- assets/icons/inneros-running-symbolic.svg \
    "$icons/symbolic/apps/dev.inneros.tray-symbolic.svg"
  cp -- assets/icons/inneros-*-symbolic.svg "$icons/symbolic/apps/"
  for size in 16 22 24 32 48 64 128 256 512; do
    mkdir -p -- "$icons/${size}x$size/apps"
    rsvg-convert --width "$size" --height "$size" --format png \
      --output "$icons/${size}x$size/apps/dev.inneros.tray.png" assets/app-icon.svg
  done

  for page in "$stage"/man/*.1; do
    gzip -9n <"$page" >"$folder/man/${page##*/}.gz"
  done
  gzip -9n <"$stage/THIRD-PARTY-NOTICES" >"$folder/THIRD-PARTY-NOTICES.gz"
  gzip -9n <CHANGELOG.md >"$folder/changelog.gz"
  {
    printf 'inneros-tray (%s) unstable; urgency=medium\n\n' "$debian_version"
    printf '  * See changelog.gz for what is new.\n\n'
    printf ' -- %s  %s\n' "$maintainer" "$(date --utc --rfc-email --date="@$epoch")"
  } | gzip -9n >"$folder/changelog.Debian.gz"
  {
    cat packaging/debian/copyright
    echo 'License: Expat'
    # Below the title and the copyright line; a line of a paragraph is indented.
    sed -e '1,/^Copyright/d' LICENSE-MIT | sed -e '1{/^$/d}' -e 's/^$/./' -e 's/^/ /'
  } >"$folder/copyright"
  sed -e "s/@VERSION@/$version/" -e "s/@DATE@/$(date --utc --date="@$epoch" +%F)/" \
    packaging/dev.inneros.tray.metainfo.xml >"$folder/dev.inneros.tray.metainfo.xml"

  SOURCE_DATE_EPOCH=$epoch cargo deb --quiet --locked --no-build --no-strip \
    --deb-version "$debian_version" --maintainer "$maintainer" --output "$out/"
}

make_checksums() {
  step "Checksums"
  (cd -- "$out" && find . -maxdepth 1 -type f ! -name SHA256SUMS ! -name '.*' -printf '%P\0' |
    LC_ALL=C sort -z | xargs -0 -r sha256sum -- >.SHA256SUMS)
  mv -- "$out/.SHA256SUMS" "$out/SHA256SUMS"
  cat -- "$out/SHA256SUMS"
}

main "$@"
