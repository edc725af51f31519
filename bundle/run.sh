#!/usr/bin/env bash
# Builds the tray and runs it: on a Mac as an app, elsewhere as a program. See --help.
# Runs with macOS's bash, 3.2.
set -euo pipefail

usage() {
  cat <<'TEXT'
Builds the tray and runs it. On a Mac it builds InnerOS.app and opens it; a tray that was
opened this way before is quit first, its daemon keeps running. Elsewhere it is
`cargo run --release --bin inneros-tray`.

Usage: bundle/run.sh [--release] [the tray's own arguments]

  --release    on a Mac: a release build instead of a debug build
  -h, --help   this

Examples:
  bundle/run.sh --demo
  bundle/run.sh --release
  bundle/run.sh --home ~/another-home
TEXT
}

main() {
  root=$(CDPATH='' cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd -P)
  build_mode=--debug
  arguments=()
  parse_options "$@"
  case $(uname -s) in
    Darwin) open_app ;;
    *)
      exec cargo run --release --manifest-path "$root/Cargo.toml" --bin inneros-tray -- \
        ${arguments[@]+"${arguments[@]}"}
      ;;
  esac
}

# An opened app's working folder is /: paths are made absolute here.
parse_options() {
  while (($#)); do
    case $1 in
      -h | --help)
        usage
        exit
        ;;
      --release) build_mode=--native ;;
      --home=* | --config=*) arguments+=("${1%%=*}=$(absolute "${1#*=}")") ;;
      --home | --config)
        arguments+=("$1")
        if (($# > 1)); then
          arguments+=("$(absolute "$2")")
          shift
        fi
        ;;
      *) arguments+=("$1") ;;
    esac
    shift
  done
}

absolute() {
  case $1 in
    /*) printf '%s' "$1" ;;
    *) printf '%s' "$PWD/$1" ;;
  esac
}

open_app() {
  local target_dir app output pid
  target_dir=$(absolute "${CARGO_TARGET_DIR:-$root/target}")
  "$root/bundle/build.sh" "$build_mode" --out "$target_dir/bundle"
  app=$(CDPATH='' cd -- "$target_dir/bundle" && pwd -P)/InnerOS.app
  program=$app/Contents/MacOS/inneros-tray
  quit_old_trays

  output=$(mktemp -d "${TMPDIR:-/tmp}/inneros-tray.XXXXXX")
  # -n: an installed InnerOS may run with another home. -g: it takes no focus. Not -W: Ctrl-C
  # would end only the waiting.
  open -n -g --stdout "$output/out" --stderr "$output/err" "$app" \
    --args ${arguments[@]+"${arguments[@]}"}
  pid=$(wait_for_tray "$output/err")
  if [[ ! $pid ]]; then
    cat "$output/out" "$output/err" >&2 || true
    rm -rf -- "$output"
    echo "error: the tray has ended, or has not come" >&2
    exit 1
  fi
  rm -rf -- "$output"
  echo "InnerOS is in the menu bar (pid $pid). Quit it there, or: kill $pid"
}

quit_old_trays() {
  local pid tries
  for pid in $(trays); do
    echo "Quit the tray that runs (pid $pid)"
    kill -TERM "$pid" 2>/dev/null || true
  done
  for ((tries = 0; tries < 50; tries++)); do
    [[ $(trays) ]] || return 0
    sleep 0.2
  done
  echo "error: the tray (pid $(trays)) does not quit: use its menu, then try again" >&2
  exit 1
}

# The PID of a tray that has come and stayed for a second; nothing, if none has, or if it
# complained and went.
wait_for_tray() {
  local complaint=$1 tries complained
  for ((tries = 0; tries < 50; tries++)); do
    complained=
    if [[ -s $complaint ]]; then complained=yes; fi
    if [[ $(trays) ]]; then
      sleep 1
      trays
      return
    elif [[ $complained ]]; then
      return
    fi
    sleep 0.2
  done
}

# The PIDs of this user's trays that run from this very app. The sample daemon of --demo is
# the same program. The system may know /private/tmp by its other name, /tmp.
trays() {
  ps -axww -o pid= -o uid= -o command= | PROGRAM=${program#/private} OWNER=$(id -u) awk '
    $2 == ENVIRON["OWNER"] {
      pid = $1
      sub(/^ *[0-9]+ +[0-9]+ +(\/private)?/, "")
      rest = substr($0, length(ENVIRON["PROGRAM"]) + 1)
      if (index($0, ENVIRON["PROGRAM"]) == 1 && rest ~ /^( |$)/ && rest !~ / --sample-daemon /)
        print pid
    }'
}

main "$@"
