#!/usr/bin/env python3
"""Makes assets/AppIcon.icns from assets/app-icon.svg. Needs rsvg-convert.

Usage: bundle/icns.py [SVG [ICNS]]

The file holds what Apple's iconutil would put there: five sizes, each for screens of
one and of two pixels a point. The same SVG and the same rsvg-convert give the same bytes.
"""

import pathlib
import struct
import subprocess
import sys
import zlib

# Type, pixels. The two small ones are ARGB: macOS shows a PNG in their PNG relatives
# (icp4, icp5) as noise where the icon is that of an app.
ARGB_ENTRIES = [(b"ic04", 16), (b"ic05", 32)]
PNG_ENTRIES = [
    (b"ic11", 32),  # 16 points, @2x
    (b"ic12", 64),  # 32 points, @2x
    (b"ic07", 128),
    (b"ic13", 256),  # 128 points, @2x
    (b"ic08", 256),
    (b"ic14", 512),  # 256 points, @2x
    (b"ic09", 512),
    (b"ic10", 1024),  # 512 points, @2x
]
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def main():
    if any(argument.startswith("-") for argument in sys.argv[1:]) or len(sys.argv) > 3:
        wants_help = sys.argv[1:] in (["-h"], ["--help"])
        print(__doc__.strip(), file=sys.stdout if wants_help else sys.stderr)
        sys.exit(0 if wants_help else 2)
    assets = pathlib.Path(__file__).resolve().parent.parent / "assets"
    svg, icns = [assets / "app-icon.svg", assets / "AppIcon.icns"]
    if len(sys.argv) > 1:
        svg = pathlib.Path(sys.argv[1])
        icns = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else svg.with_suffix(".icns")
    try:
        icns.write_bytes(container(svg))
    except FileNotFoundError as error:
        sys.exit(f"error: '{error.filename}' is not there")
    except subprocess.CalledProcessError as error:
        sys.exit(f"error: rsvg-convert ended with exit code {error.returncode}")
    print(f"{icns}: {icns.stat().st_size} bytes")


def container(svg):
    images = {size: render(svg, size) for size in (16, 32, 64, 128, 256, 512, 1024)}
    entries = [(kind, argb(pixels(images[size]))) for kind, size in ARGB_ENTRIES]
    entries += [(kind, without_extras(images[size])) for kind, size in PNG_ENTRIES]
    body = b"".join(kind + struct.pack(">I", 8 + len(data)) + data for kind, data in entries)
    return b"icns" + struct.pack(">I", 8 + len(body)) + body


def render(svg, size):
    if not svg.is_file():
        raise FileNotFoundError(2, "no such file", str(svg))
    command = ["rsvg-convert", "--format", "png", "--width", str(size), "--height", str(size)]
    return subprocess.run([*command, svg], check=True, stdout=subprocess.PIPE).stdout


def chunks(png):
    assert png.startswith(PNG_SIGNATURE)
    at = len(PNG_SIGNATURE)
    while at < len(png):
        (length,) = struct.unpack_from(">I", png, at)
        yield png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        at += 12 + length


def without_extras(png):
    """The image alone, in one IDAT: no background colour, no times, no comments."""
    kept = {b"IHDR": b"", b"IDAT": b"", b"IEND": b""}
    for kind, data in chunks(png):
        if kind in kept:
            kept[kind] += data
    result = PNG_SIGNATURE
    for kind, data in kept.items():
        checksum = zlib.crc32(kind + data)
        result += struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum)
    return result


def pixels(png):
    """The RGBA bytes of a PNG as rsvg-convert writes it."""
    parts = list(chunks(png))
    width, height, *form = struct.unpack(">IIBBBBB", dict(parts)[b"IHDR"])
    assert form == [8, 6, 0, 0, 0], "expected 8 bits RGBA, not interlaced"
    raw = zlib.decompress(b"".join(data for kind, data in parts if kind == b"IDAT"))
    line_length, above, result = 4 * width, bytes(4 * width), bytearray()
    for row in range(height):
        start = row * (line_length + 1)
        line = bytearray(raw[start + 1 : start + 1 + line_length])
        unfilter(raw[start], line, above)
        result += line
        above = line
    return bytes(result)


def unfilter(kind, line, above):
    """Undoes a filter of a line in place (PNG specification, chapter 9)."""
    for i in range(len(line)):
        left = line[i - 4] if i >= 4 else 0
        up = above[i]
        corner = above[i - 4] if i >= 4 else 0
        guess = left + up - corner
        paeth = min((left, up, corner), key=lambda value: abs(guess - value))
        line[i] = (line[i] + (0, left, up, (left + up) // 2, paeth)[kind]) & 0xFF


def argb(rgba):
    """Alpha, red, green and blue one after the other, each packed for itself."""
    packed = b"".join(pack(rgba[channel::4]) for channel in (3, 0, 1, 2))
    # The last byte is for Apple silicon, which leaves out the last run of an app's icon.
    return b"ARGB" + packed + b"\0"


def pack(values):
    """icns's run lengths: n < 128: n + 1 bytes follow; n >= 128: n - 125 times the next."""
    result, literal, at = bytearray(), bytearray(), 0

    def flush():
        for start in range(0, len(literal), 128):
            part = literal[start : start + 128]
            result.extend([len(part) - 1, *part])
        literal.clear()

    while at < len(values):
        run = 1
        while run < 130 and at + run < len(values) and values[at + run] == values[at]:
            run += 1
        if run >= 3:
            flush()
            result.extend([run + 125, values[at]])
        else:
            literal.extend(values[at : at + run])
        at += run
    flush()
    return bytes(result)


if __name__ == "__main__":
    main()
