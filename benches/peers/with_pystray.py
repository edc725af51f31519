#!/usr/bin/python3
"""A tray icon for the process that a PID file names: the least that does it, with pystray."""

import os
import sys
import time

import pystray
from PIL import Image


def is_alive():
    try:
        os.kill(int(open(sys.argv[1]).read()), 0)
    except (OSError, ValueError):
        return False
    return True


def look(icon):
    icon.visible = True
    shown = None
    while True:
        alive = is_alive()
        if alive != shown:
            shown = alive
            icon.icon = Image.new("RGB", (22, 22), "green" if alive else "red")
            icon.title = "running" if alive else "not running"
            icon.update_menu()
        time.sleep(2)


rows = pystray.Menu(pystray.MenuItem(lambda _: icon.title, None))
icon = pystray.Icon("peer", Image.new("RGB", (22, 22), "red"), "not running", rows)
icon.run(setup=look)
