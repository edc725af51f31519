"""Stands for the automation daemon of an InnerOS project as far as the pages tell of it.

It writes the real one's log lines, into the same files and to standard error, keeps its PID
lock, and answers with its health. Run as a module it does nothing else, like the real one; what
it is told by its configuration it does for `inneros_daemon.py` only. `~/stand-in.py`, where a
page has made it, is run at the end of its start.
"""

import logging
import os
import signal
import sys
import time
from pathlib import Path

# In the virtual environment only.
from apscheduler.schedulers.background import BackgroundScheduler

LOGS = Path(".automation/logs")
PID_FILE = Path(".automation/daemon.pid")
HANDLERS = {
    "youtube": ("youtube_handler", "YouTubeFeatureHandler"),
    "screenshot": ("screenshot_handler", "ScreenshotEventHandler"),
    "smart_link": ("smart_link_handler", "SmartLinkEventHandler"),
}
logging.basicConfig(level=logging.INFO)


class DaemonError(Exception):
    pass


def log_file(component, name):
    """A logger that also writes into today's file of this name."""
    LOGS.mkdir(parents=True, exist_ok=True)
    handler = logging.FileHandler(LOGS / time.strftime(f"{name}_%Y-%m-%d.log"))
    shape = "%(asctime)s [%(levelname)s] %(name)s: %(message)s"
    handler.setFormatter(logging.Formatter(shape, "%Y-%m-%d %H:%M:%S"))
    logger = logging.getLogger(component)
    logger.addHandler(handler)
    return logger


class AutomationDaemon:
    def __init__(self, config=None):
        self.handlers = {}
        self.running = self.locked = False
        self.enabled = config.enabled if config else []
        self.logger = log_file(__name__, "daemon")

    def start(self):
        self.logger.info("Starting AutomationDaemon...")
        try:
            self.lock()
        except DaemonError as error:
            self.logger.error("Failed to acquire PID lock: %s", error)
            self.logger.error("Failed to start daemon: %s", error, exc_info=True)
            raise DaemonError(f"Daemon already running: {error}") from None
        self.logger.info("Acquired PID lock: %s", PID_FILE)
        for kind in self.enabled:
            name, handler = HANDLERS[kind]
            logger = log_file(f"src.automation.feature_handlers.{handler}", name)
            logger.info("Initialized %s: knowledge", handler)
            self.handlers[kind] = logger
        self.running = True
        told = Path.home() / "stand-in.py"
        if told.exists():
            exec(told.read_text(), {"daemon": self, "logs": self.handlers, **globals()})
        # File systems tell times a few milliseconds apart: this log is to be the newest.
        time.sleep(0.05)
        self.logger.info("Daemon started successfully")

    def lock(self):
        if PID_FILE.exists():
            pid = PID_FILE.read_text().strip()
            try:
                os.kill(int(pid), 0)
            except ProcessLookupError:
                PID_FILE.unlink()
            else:
                raise DaemonError(
                    f"Daemon already running with PID {pid}. Use 'make down' to stop it first."
                )
        PID_FILE.parent.mkdir(exist_ok=True)
        PID_FILE.write_text(f"{os.getpid()}\n")
        self.locked = True

    def stop(self):
        self.running = False
        self.logger.info("Stopping AutomationDaemon...")
        if self.locked:
            PID_FILE.unlink(missing_ok=True)
        self.logger.info("Released PID lock")
        self.logger.info("Daemon stopped successfully")

    def get_daemon_health(self):
        """What fails is up to the page."""
        scheduler = not (Path.home() / "scheduler-is-down").exists()
        watcher = not (Path.home() / "watcher-is-dead").exists()
        handlers = {
            kind: {"status": "healthy", "error_rate": 0.0, "last_processed": None}
            for kind in self.handlers
        }
        if not watcher and "youtube" in handlers:
            handlers["youtube"].update(status="unhealthy", error_rate=1.0)
        checks = {"daemon": scheduler, "scheduler": scheduler, "file_watcher": watcher}
        code = 200 if scheduler else 503
        daemon = {"is_healthy": scheduler, "status_code": code, "checks": checks}
        return {"daemon": daemon, "handlers": handlers}

    def export_prometheus_metrics(self):
        return "inneros_handler_events_total 0\n"


def main():
    daemon = AutomationDaemon()

    def shut_down(*_):
        print("Shutting down daemon...")
        daemon.stop()
        sys.exit(0)

    signal.signal(signal.SIGTERM, shut_down)
    try:
        daemon.start()
        print("Daemon started successfully")
        while daemon.running:
            time.sleep(0.2)
    except Exception as error:
        print(f"Daemon error: {error}")
        sys.exit(1)


if __name__ == "__main__":
    main()
