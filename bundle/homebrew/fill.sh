#!/usr/bin/env bash
# Fills the Homebrew cask and formula from the files of a release. See --help.
# Runs with macOS's bash, 3.2.
set -euo pipefail

usage() {
  cat <<'TEXT'
Fills the Homebrew cask (the app) and formula (the command line) from a release's files.

Usage: bundle/homebrew/fill.sh OWNER/NAME VERSION RELEASE [OUT]

  OWNER/NAME   the repository on GitHub whose release VERSION (tag vVERSION) has the files
  RELEASE      the folder with InnerOS-VERSION.dmg and inneros-tray-VERSION.tar.gz
  OUT          where inneros-tray.rb and inneros.rb go [default: RELEASE]

Example:
  bundle/homebrew/fill.sh inneros/inneros-tray 0.1.0 ~/Downloads/release
TEXT
}

die() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

main() {
  case ${1-} in
    -h | --help)
      usage
      exit
      ;;
  esac
  if (($# < 3 || $# > 4)); then
    usage >&2
    exit 2
  fi
  local templates repository=$1 version=$2 release=$3 out=${4:-$3}
  local name='[A-Za-z0-9._-]+' number='^[0-9]+\.[0-9]+\.[0-9]+([-+][0-9A-Za-z.+-]+)?$'
  templates=$(CDPATH='' cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)
  name="^$name/$name\$"
  [[ $repository =~ $name ]] || die "'$repository' is not OWNER/NAME"
  [[ $version =~ $number ]] || die "'$version' is not a version such as 1.2.3"
  [[ -d $out ]] || die "'$out' is not a folder"
  fill "$templates/inneros-tray.rb" "$release/InnerOS-$version.dmg"
  fill "$templates/inneros.rb" "$release/inneros-tray-$version.tar.gz"
}

fill() {
  local template=$1 file=$2 sha256 text result
  result=$out/${template##*/}
  [[ -f $file ]] || die "'$file' is missing"
  [[ ! $result -ef $template ]] || die "'$out' is where the templates are"
  sha256=$(checksum "$file")
  text=$(sed -e "s|@REPOSITORY@|$repository|g" -e "s|@VERSION@|$version|g" \
    -e "s|@SHA256@|$sha256|g" "$template")
  if [[ $text =~ @[A-Z0-9_]+@ ]]; then
    die "nothing fills ${BASH_REMATCH[0]} in '$template'"
  fi
  printf '%s\n' "$text" >"$result"
  echo "$result"
}

# macOS has shasum, Linux sha256sum.
checksum() {
  local output
  if command -v sha256sum >/dev/null; then
    output=$(sha256sum <"$1")
  else
    output=$(shasum -a 256 <"$1")
  fi
  printf '%s' "${output%% *}"
}

main "$@"
