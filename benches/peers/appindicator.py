#!/usr/bin/python3
"""A tray icon for the process that a PID file names: the least that does it, with AppIndicator."""

import os
import sys

import gi

gi.require_version("AyatanaAppIndicator3", "0.1")
gi.require_version("Gtk", "3.0")
from gi.repository import AyatanaAppIndicator3, GLib, Gtk


def is_alive():
    try:
        os.kill(int(open(sys.argv[1]).read()), 0)
    except (OSError, ValueError):
        return False
    return True


def look():
    global shown
    alive = is_alive()
    if alive != shown:
        shown = alive
        words = "running" if alive else "not running"
        row.set_label(words)
        indicator.set_icon_full("media-playback-start" if alive else "media-playback-stop", words)
    return True


shown = None
indicator = AyatanaAppIndicator3.Indicator.new(
    "peer", "media-playback-stop", AyatanaAppIndicator3.IndicatorCategory.APPLICATION_STATUS
)
menu, row = Gtk.Menu(), Gtk.MenuItem(label="")
menu.append(row)
menu.show_all()
indicator.set_menu(menu)
indicator.set_status(AyatanaAppIndicator3.IndicatorStatus.ACTIVE)
look()
GLib.timeout_add_seconds(2, look)
Gtk.main()
