#!/usr/bin/env bash
# Opens InnerOS.app on a Mac with its demo and sees that it works. See --help.
# Runs with macOS's bash, 3.2.
set -euo pipefail

usage() {
  cat <<'TEXT'
Opens InnerOS.app on a Mac with the demo, in a home of its own: the tray must come and
start its daemon, tell of its crash, quit on SIGTERM and leave the daemon running, which then
must stop. A daemon that is suspended, goes on and ends must be told with its exit code.

Usage: bundle/smoke.sh [--screenshot FILE] [--menu FOLDER] APP

  --screenshot FILE   keep a picture of the screen with the daemon running
  --menu FOLDER       open the menu as VoiceOver does, and keep pictures of it on a light
                      and on a dark menu bar; needs the right to control this Mac
                      (System Settings, Privacy & Security, Accessibility and Automation)
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
  app='' screenshot='' menu=''
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
      --menu)
        (($# > 1)) || die "--menu needs a folder"
        menu=$2
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
  if [[ $menu ]]; then
    mkdir -p -- "$menu"
    open_menu light false
    open_menu dark true
  fi

  step "Kill the daemon"
  kill -KILL "$(cat "$home/daemon.pid")"
  within 20 grep -q 'notifies: .* crashed' "$home/tray.log" || die "the tray told of no crash"
  inneros daemon start
  within 10 daemon_runs || die "the daemon does not run after its crash"

  step "Suspend a daemon, let it go on, and end it"
  suspend_and_end

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

# What `daemon run` hands on must be the daemon's own exit code.
suspend_and_end() {
  local other=$home/other run pid code=0
  mkdir -- "$other"
  cat >"$other/config.toml" <<'TOML'
daemon.command = ["/bin/sh", "-c", "trap 'exit 3' TERM; while :; do sleep 0.1; done"]
TOML
  "$cli" --home "$other" daemon run 2>"$home/run.err" &
  run=$!
  within 20 grep -q started "$home/run.err" || die "\`daemon run\` has started nothing"
  pid=$(cat "$other/daemon.pid")
  kill -STOP "$pid"
  within 10 is_in_state T "$pid" || die "the daemon (pid $pid) is not suspended"
  kill -CONT "$pid"
  within 10 is_in_state '[RS]' "$pid" || die "the daemon (pid $pid) does not go on"
  kill -TERM "$pid"
  wait "$run" || code=$?
  ((code == 3)) || die "\`daemon run\` ended with $code and not with the daemon's 3"
}

is_in_state() { ps -o stat= -p "$2" | grep -q "^$1"; }

# The press is what VoiceOver and the keyboard do (AXPress). It comes back when the menu has
# closed again, so that nobody waits for it here.
open_menu() {
  local item rows
  step "Open the menu, $1"
  osascript -e "tell application \"System Events\" to tell appearance preferences to set dark mode to $2"
  item="menu bar item 1 of menu bar 2 of (first process whose unix id is $tray)"
  osascript -e "tell application \"System Events\" to perform action \"AXPress\" of $item" &
  within 10 menu_is_open || die "the menu does not open by accessibility"
  rows=$(menu_rows)
  ((rows > 3)) || die "the menu has $rows rows"
  screencapture -x "$menu/menu-$1.png" || die "no picture of the menu"
  # Escape.
  osascript -e 'tell application "System Events" to key code 53'
  wait "$!" || die "the menu cannot be pressed by accessibility"
}

menu_is_open() { [[ $(menu_rows) -gt 0 ]]; }

menu_rows() {
  osascript -e "tell application \"System Events\" to count of menu items of menu 1 of $item" 2>/dev/null ||
    echo 0
}

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
