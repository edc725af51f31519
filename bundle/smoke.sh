#!/usr/bin/env bash
# Opens InnerOS.app on a Mac with its demo and sees that it works. See --help.
# Runs with macOS's bash, 3.2.
set -euo pipefail

usage() {
  cat <<'TEXT'
Opens InnerOS.app on a Mac with the demo, in a home of its own: the tray must come and
start its daemon, quit on SIGTERM and leave the daemon running, which then must stop.

Usage: bundle/smoke.sh [--screenshot FILE] APP

  --screenshot FILE   keep a picture of the screen with the daemon running
  -h, --help          this

Example:
  bundle/build.sh --native && bundle/smoke.sh target/bundle/InnerOS.app
TEXT
}

step() { printf '==> %s\n' "$*"; }
die() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

main() {
  app='' screenshot=''
  while (($#)); do
    case $1 in
      -h | --help)
        usage
        exit
        ;;
      --screenshot)
        (($# > 1)) || die "--screenshot needs a file"
        screenshot=$2
        shift
        ;;
      -*) die "unknown option '$1'" ;;
      *) app=$1 ;;
    esac
    shift
  done
  if [[ ! $app ]]; then
    usage >&2
    exit 2
  fi
  [[ -d $app ]] || die "'$app' is not a folder"
  app=$(CDPATH='' cd -- "$app" && pwd -P)
  cli=$app/Contents/MacOS/inneros
  tray=''
  # Its name is hostile on purpose.
  home=$(mktemp -d "${TMPDIR:-/tmp}/inneros-smoke.XXXXXX")/'a home & <é>'
  mkdir -- "$home"
  trap clean_up EXIT

  step "Open $app"
  open -n -g --stdout "$home/tray.out" --stderr "$home/tray.err" "$app" \
    --args --demo --home "$home"
  within 60 daemon_runs || die "the daemon does not run after 60 seconds"
  tray=$(cat "$home/tray.lock")
  inneros daemon status
  within 10 tray_runs || die "the tray (pid $tray) does not run"

  if [[ $screenshot ]]; then
    # The icon may come a moment after the daemon: nothing tells when it has been painted.
    sleep 3
    screencapture -x "$screenshot" || echo "warning: no screenshot" >&2
  fi
  tray_runs || die "the tray (pid $tray) has gone"

  step "Quit the tray"
  kill -TERM "$tray"
  within 10 tray_is_gone || die "the tray (pid $tray) does not quit on SIGTERM"
  daemon_runs || die "the daemon did not outlive the tray"

  step "Stop the daemon"
  inneros daemon stop
  daemon_is_stopped || die "the daemon has not stopped"
  if grep -E ' (ERROR|WARN) ' "$home/tray.log"; then
    echo "warning: the tray's log has warnings" >&2
  fi
  step "All is well"
}

inneros() { "$cli" --home "$home" "$@"; }

daemon_runs() { inneros --json daemon status 2>/dev/null | grep -q '"state": *"running"'; }

daemon_is_stopped() {
  local code=0
  inneros daemon status >/dev/null || code=$?
  ((code == 3))
}

# It lives, and it is ours. A zombie does not live.
tray_runs() {
  ps -ww -o stat= -o command= -p "$tray" | grep -v '^Z' |
    grep -qF "${app##*/}/Contents/MacOS/inneros-tray"
}

tray_is_gone() { ! tray_runs; }

# Runs a command until it succeeds, for so many seconds.
within() {
  local tries
  for ((tries = $1 * 5; tries > 0; tries--)); do
    if "${@:2}"; then return 0; fi
    sleep 0.2
  done
  return 1
}

clean_up() {
  local code=$? file
  if ((code)); then
    for file in "$home"/*.log "$home"/*.out "$home"/*.err "$home"/*.json; do
      if [[ -f $file ]]; then
        printf -- '--- %s\n' "${file##*/}"
        cat -- "$file"
      fi
    done >&2
  fi
  if [[ $tray ]] && tray_runs; then kill -TERM "$tray" || true; fi
  inneros daemon stop --force >/dev/null 2>&1 || true
  rm -rf -- "${home%/*}"
}

main "$@"
