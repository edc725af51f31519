#!/bin/sh
# Stands for the systemctl of a user: it makes of the unit what the real one makes of it.
units=$HOME/.config/systemd/user
unit=inneros-daemon.service
link=$units/default.target.wants/$unit
case "$2 ${3:-}" in
"enable "*)
    [ -f "$units/$unit" ] || exit 5
    mkdir -p "${link%/*}"
    ln -sf "$units/$unit" "$link"
    ;;
"disable "*) rm -f "$link" ;;
"--quiet is-enabled") [ -L "$link" ] ;;
"start "*)
    command=$(sed -n 's/^ExecStart=//p' "$units/$unit")
    # As the real one: nothing of the terminal.
    setsid sh -c "$command" </dev/null >/dev/null 2>&1 &
    ;;
esac
