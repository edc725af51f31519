"""A mouse for a Wayland desktop that has none (wlr-virtual-pointer-unstable-v1).

Usage: pointer.py WIDTH HEIGHT FIFO, with the size of the screen. The lines that it reads are
"move X Y" and "click BUTTON".
"""

import os
import socket
import struct
import sys
import time

MANAGER = "zwlr_virtual_pointer_manager_v1"
DISPLAY, REGISTRY, READY, BOUND, POINTER = range(1, 6)

width, height = map(int, sys.argv[1:3])
wire = socket.socket(socket.AF_UNIX)
wire.connect(os.path.join(os.environ["XDG_RUNTIME_DIR"], os.environ["WAYLAND_DISPLAY"]))


def send(number, opcode, *values):
    body = b""
    for value in values:
        if isinstance(value, str):
            text = value.encode() + b"\0"
            body += struct.pack("=I", len(text)) + text + b"\0" * (-len(text) % 4)
        else:
            body += struct.pack("=I", value)
    wire.sendall(struct.pack("=II", number, (8 + len(body)) << 16 | opcode) + body)


def interfaces():
    """What the desktop offers, each by its number."""
    send(DISPLAY, 1, REGISTRY)  # get_registry
    send(DISPLAY, 0, READY)  # sync
    found, unread = {}, b""
    while True:
        unread += wire.recv(65536)
        while len(unread) >= 8:
            number, head = struct.unpack("=II", unread[:8])
            if len(unread) < head >> 16:
                break
            body, unread = unread[8 : head >> 16], unread[head >> 16 :]
            if number == READY:
                return found
            if number == REGISTRY and head & 0xFFFF == 0:  # global
                name, length = struct.unpack("=II", body[:8])
                found[body[8 : 8 + length - 1].decode()] = name


def now():
    return int(time.monotonic() * 1000) & 0xFFFFFFFF


send(REGISTRY, 0, interfaces()[MANAGER], MANAGER, 1, BOUND)  # bind
send(BOUND, 0, 0, POINTER)  # create_virtual_pointer
for line in open(sys.argv[3]):
    what, *numbers = line.split()
    numbers = [int(number) for number in numbers]
    if what == "move":
        send(POINTER, 1, now(), *numbers, width, height)  # motion_absolute
        send(POINTER, 4)  # frame
        continue
    for state in 1, 0:
        send(POINTER, 2, now(), 0x10F + numbers[0], state)  # button: BTN_LEFT is 0x110
        send(POINTER, 4)
