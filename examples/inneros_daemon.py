#!/usr/bin/env python3
"""Runs the InnerOS daemon as its YAML file says, with its health at http://127.0.0.1:PORT/health
and its metrics at /metrics. `python -m src.automation.daemon` reads no file and serves neither.

    cd ~/inneros-zettelkasten/development
    ../.venv/bin/python inneros_daemon.py FILE.yaml [PORT]
"""
import signal
import sys
from pathlib import Path

from src.automation.config import ConfigurationLoader
from src.automation.daemon import AutomationDaemon
from src.automation.http_server import run_server

port = int(sys.argv[2]) if len(sys.argv) > 2 else 8080
daemon = AutomationDaemon(ConfigurationLoader().load_config(Path(sys.argv[1])))
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
signal.signal(signal.SIGINT, lambda *_: sys.exit(0))
try:
    daemon.start()
    run_server(daemon, host="127.0.0.1", port=port)
finally:
    daemon.stop()
