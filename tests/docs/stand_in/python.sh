#!/bin/sh
# Stands for the Python of an InnerOS project: its automation daemon as far as the pages
# tell of it, with the log lines and the PID file of the real one. `~/stand-in.sh`, where
# a page has made it, is read at the end of its start.

error() {
    log daemon ERROR __main__ "$1"
    echo "$2" >&2
    exit 1
}

log() { # NAME LEVEL COMPONENT MESSAGE
    now=$(date '+%Y-%m-%d %H:%M:%S')
    echo "$now [$2] $3: $4" >>".automation/logs/$1_${now%% *}.log"
}

handler() { # NAME CLASS MESSAGE
    log "$1" "${4:-INFO}" "src.automation.feature_handlers.$2" "$3"
}

case $* in
"-m src.automation.daemon" | "-c import src.automation.daemon") ;;
*)
    echo "the stand-in of Python knows no '$*'" >&2
    exit 64
    ;;
esac
case $0 in
*/.venv/bin/python) ;;
*)
    # Outside of the virtual environment its libraries are not there.
    echo "Traceback (most recent call last):" >&2
    echo "  File \"$PWD/src/automation/daemon.py\", line 19, in <module>" >&2
    echo "    from apscheduler.schedulers.background import BackgroundScheduler" >&2
    echo "ModuleNotFoundError: No module named 'apscheduler'" >&2
    exit 1
    ;;
esac

[ "$1" = -m ] || exit 0
mkdir -p .automation/logs
pid_file=.automation/daemon.pid
log daemon INFO __main__ "Starting AutomationDaemon..."
if pid=$(cat "$pid_file" 2>/dev/null) && kill -0 "$pid" 2>/dev/null; then
    said="Daemon already running with PID $pid. Use 'make down' to stop it first."
    error "Failed to acquire PID lock: $said" "DaemonError: Daemon already running: $said"
fi
echo $$ >"$pid_file"
log daemon INFO __main__ "Acquired PID lock: $pid_file"
handler youtube_handler YouTubeFeatureHandler "Initialized YouTubeFeatureHandler: knowledge"
handler screenshot_handler ScreenshotEventHandler "Initialized ScreenshotEventHandler: $HOME/OneDrive/Screenshots"
handler smart_link_handler SmartLinkEventHandler "Initialized SmartLinkEventHandler: knowledge"

stop() {
    log daemon INFO __main__ "Stopping AutomationDaemon..."
    rm -f "$pid_file"
    log daemon INFO __main__ "Released PID lock"
    log daemon INFO __main__ "Daemon stopped successfully"
    exit 0
}
trap stop TERM INT
[ ! -f "$HOME/stand-in.sh" ] || . "$HOME/stand-in.sh"
# File systems tell times a few milliseconds apart: this log is to be the newest.
sleep 0.05
log daemon INFO __main__ "Daemon started successfully"
# Not for ever: a test that is killed cannot end it.
beats=0
while [ $beats -lt 6000 ]; do
    beats=$((beats + 1))
    sleep 0.1
done
