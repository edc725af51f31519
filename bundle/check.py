#!/usr/bin/env python3
"""Checks the structure of InnerOS.app, on any system. Stops at the first failure.

Programs that are not Mach-O are placeholders: what is inside them is not looked at,
unless --archs asks for it.
"""

import argparse
import os
import pathlib
import plistlib
import re
import stat
import struct
import sys
import zlib

EXECUTABLE = "inneros-tray"
EXECUTABLES = [EXECUTABLE, "inneros"]
FILES = {
    "Contents/Info.plist",
    *(f"Contents/MacOS/{name}" for name in EXECUTABLES),
    "Contents/Resources/AppIcon.icns",
}
# What codesign adds, and what stapler does: the ticket of the notarization.
SIGNATURE_FILES = {"Contents/_CodeSignature/CodeResources"}
TICKET = "Contents/CodeResources"

MINIMUM_MACOS = "13.0"
PLIST = {
    "CFBundleDevelopmentRegion": "en",
    "CFBundleDisplayName": "InnerOS",
    "CFBundleExecutable": EXECUTABLE,
    "CFBundleIconFile": "AppIcon",
    "CFBundleIdentifier": "dev.inneros.tray",
    "CFBundleInfoDictionaryVersion": "6.0",
    "CFBundleName": "InnerOS",
    "CFBundlePackageType": "APPL",
    "LSApplicationCategoryType": "public.app-category.utilities",
    "LSMinimumSystemVersion": MINIMUM_MACOS,
    "LSUIElement": True,
    "NSHighResolutionCapable": True,
}
VERSION_KEYS = ["CFBundleShortVersionString", "CFBundleVersion"]
# What people read.
TEXT_KEYS = ["NSAppleEventsUsageDescription", "NSHumanReadableCopyright"]

ARGB_SIZES = {"ic04": 16, "ic05": 32}
PNG_SIZES = {
    "ic07": 128,
    "ic08": 256,
    "ic09": 512,
    "ic10": 1024,
    "ic11": 32,
    "ic12": 64,
    "ic13": 256,
    "ic14": 512,
}

SYSTEM_LIBRARIES = ("/usr/lib/", "/System/Library/")
ARCHITECTURES = {0x0100000C: "arm64", 0x01000007: "x86_64"}
# <mach-o/fat.h>, <mach-o/loader.h>
FAT_MAGIC, FAT_MAGIC_64 = 0xCAFEBABE, 0xCAFEBABF
MH_MAGIC_64, MH_EXECUTE, MH_PIE = 0xFEEDFACF, 2, 0x200000
LC_CODE_SIGNATURE, LC_VERSION_MIN_MACOSX, LC_BUILD_VERSION = 0x1D, 0x24, 0x32
LC_RPATH = 0x8000001C
# LOAD, LOAD_WEAK, REEXPORT, LAZY_LOAD, LOAD_UPWARD.
LC_DYLIBS = {0x0C, 0x80000018, 0x8000001F, 0x20, 0x80000023}
PLATFORM_MACOS = 1


class Failure(Exception):
    """What is wrong with the bundle."""


def main():
    options = parse_options()
    app = options.app
    try:
        if not app.is_dir() or app.is_symlink():
            raise Failure(f"'{app}' is not a folder")
        check_files(app)
        check_plist(app, cargo_version(options.cargo_toml))
        check_icon(app)
        check_executables(app, options.archs, options.without)
    except Failure as failure:
        sys.exit(f"error: {app.name}: {failure}")
    except OSError as error:
        sys.exit(f"error: cannot read '{error.filename}': {error.strerror}")
    print(f"{app.name} is well")


def parse_options():
    root = pathlib.Path(__file__).resolve().parent.parent
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="""\
examples:
  bundle/check.py target/bundle/InnerOS.app
  bundle/check.py --archs arm64,x86_64 --without "$HOME" target/bundle/InnerOS.app
""",
    )
    parser.add_argument("app", type=pathlib.Path, metavar="APP", help="the bundle")
    parser.add_argument(
        "--archs",
        type=lambda text: sorted(text.split(",")),
        metavar="LIST",
        help="both programs are Mach-O with exactly these architectures, e.g. arm64,x86_64",
    )
    parser.add_argument(
        "--without",
        action="append",
        default=[],
        type=folder,
        metavar="FOLDER",
        help="no path below this folder stands in the programs; may be given again",
    )
    parser.add_argument(
        "--cargo-toml",
        type=pathlib.Path,
        default=root / "Cargo.toml",
        metavar="FILE",
        help="where the version stands [default: the project's]",
    )
    return parser.parse_args()


def folder(text):
    path = text.rstrip("/")
    if not path.startswith("/"):
        raise argparse.ArgumentTypeError(f"'{text}' is not an absolute path below /")
    return path + "/"


def cargo_version(cargo_toml):
    """major.minor.patch of the package: a property list knows no more."""
    package = re.search(r"^\[package\]$(.*?)(?=^\[|\Z)", cargo_toml.read_text(), re.M | re.S)
    version = package and re.search(r'^version *= *"(\d+\.\d+\.\d+)[-+"]', package[1], re.M)
    if not version:
        raise Failure(f"no version in '{cargo_toml}'")
    return version[1]


def check_files(app):
    expected, found, folders = set(FILES), set(), set()
    for where, inner_folders, files in os.walk(app):
        for name in inner_folders + files:
            path = pathlib.Path(where, name)
            relative = path.relative_to(app).as_posix()
            mode = path.lstat().st_mode
            if stat.S_ISDIR(mode):
                folders.add(relative)
            elif stat.S_ISREG(mode):
                found.add(relative)
            else:
                raise Failure(f"'{relative}' is neither a file nor a folder")
    if "Contents/_CodeSignature" in folders:
        expected |= SIGNATURE_FILES | ({TICKET} & found)
    for relative in sorted(expected - found):
        raise Failure(f"'{relative}' is missing")
    for relative in sorted(found - expected):
        raise Failure(f"'{relative}' does not belong there")
    needed = {parent.as_posix() for path in expected for parent in pathlib.PurePath(path).parents}
    for relative in sorted(folders - needed):
        raise Failure(f"'{relative}' does not belong there")
    print(f"files: {', '.join(sorted(found))}")


def check_plist(app, version):
    path = app / "Contents/Info.plist"
    try:
        plist = plistlib.loads(path.read_bytes())
    except Exception as error:  # plistlib lets through what its parsers raise.
        raise Failure(f"Info.plist does not parse: {error}") from error
    expected = {**PLIST, **dict.fromkeys(VERSION_KEYS, version)}
    for key, value in expected.items():
        if key not in plist:
            raise Failure(f"Info.plist has no {key}")
        if plist[key] != value or type(plist[key]) is not type(value):
            raise Failure(f"Info.plist: {key} is {plist[key]!r}, not {value!r}")
    for key in TEXT_KEYS:
        if not plist.get(key):
            raise Failure(f"Info.plist has no {key}")
    for key in sorted(set(plist) - set(expected) - set(TEXT_KEYS)):
        raise Failure(f"Info.plist: {key} is not known")
    print(f"Info.plist: {plist['CFBundleIdentifier']} {version}, macOS {MINIMUM_MACOS} or newer")


def check_icon(app):
    data = (app / "Contents/Resources/AppIcon.icns").read_bytes()
    if data[:4] != b"icns" or struct.unpack_from(">I", data, 4)[0] != len(data):
        raise Failure("AppIcon.icns is not an icon file, or is cut off")
    entries, at = {}, 8
    while at < len(data):
        if at + 8 > len(data):
            raise Failure("AppIcon.icns ends within an entry")
        kind, length = struct.unpack_from(">4sI", data, at)
        kind = kind.decode("latin-1")
        if length < 8 or at + length > len(data):
            raise Failure(f"AppIcon.icns: '{kind}' has a length of {length}")
        entries[kind] = data[at + 8 : at + length]
        at += length
    for kind in sorted({**ARGB_SIZES, **PNG_SIZES}):
        if kind not in entries:
            raise Failure(f"AppIcon.icns has no '{kind}'")
    for kind in sorted(set(entries) - set(ARGB_SIZES) - set(PNG_SIZES)):
        raise Failure(f"AppIcon.icns: '{kind}' is not known")
    for kind, size in ARGB_SIZES.items():
        check_argb(kind, entries[kind], size)
    for kind, size in PNG_SIZES.items():
        check_png(kind, entries[kind], size)
    sizes = sorted({*ARGB_SIZES.values(), *PNG_SIZES.values()})
    print(f"AppIcon.icns: {len(entries)} images of {', '.join(map(str, sizes))} pixels")


def check_argb(kind, data, size):
    """'ARGB', then four channels as runs; one more byte may stand at the end."""
    if data[:4] != b"ARGB":
        raise Failure(f"AppIcon.icns: '{kind}' is not ARGB")
    count, at = 0, 4
    while at < len(data) and count < 4 * size * size:
        lead = data[at]
        count += lead + 1 if lead < 128 else lead - 125
        at += lead + 2 if lead < 128 else 2
    if count != 4 * size * size or at > len(data) or data[at:] not in (b"", b"\0"):
        raise Failure(f"AppIcon.icns: '{kind}' is not {size} pixels square")


def check_png(kind, data, size):
    """The checksums hold, it is RGBA of the right size, and every line is there."""
    if not data.startswith(b"\x89PNG\r\n\x1a\n"):
        raise Failure(f"AppIcon.icns: '{kind}' is not a PNG")
    at, chunks = 8, []
    while at + 12 <= len(data):
        length, name = struct.unpack_from(">I4s", data, at)
        content = data[at + 8 : at + 8 + length]
        if data[at + 8 + length : at + 12 + length] != struct.pack(">I", zlib.crc32(name + content)):
            raise Failure(f"AppIcon.icns: '{kind}' is damaged")
        chunks.append((name, content))
        at += 12 + length
    if at != len(data) or not chunks or chunks[0][0] != b"IHDR" or chunks[-1][0] != b"IEND":
        raise Failure(f"AppIcon.icns: '{kind}' is cut off")
    width, height, depth, colours = struct.unpack_from(">IIBB", chunks[0][1])
    if (width, height) != (size, size):
        raise Failure(f"AppIcon.icns: '{kind}' is {width}x{height}, not {size}x{size}")
    try:
        image = zlib.decompress(b"".join(content for name, content in chunks if name == b"IDAT"))
    except zlib.error as error:
        raise Failure(f"AppIcon.icns: '{kind}' is damaged: {error}") from error
    if (depth, colours) != (8, 6) or len(image) != size * (4 * size + 1):
        raise Failure(f"AppIcon.icns: '{kind}' is not RGBA, or has too few lines")


def check_executables(app, archs, prefixes):
    seen = {}
    for name in EXECUTABLES:
        path = app / "Contents/MacOS" / name
        if path.stat().st_mode & 0o111 != 0o111:
            raise Failure(f"{name} is not executable for everybody")
        data = path.read_bytes()
        for prefix in prefixes:
            if prefix.encode() in data:
                raise Failure(f"{name} holds a path below '{prefix}'")
        slices = dict(macho_slices(name, data))
        if not slices:
            if archs:
                raise Failure(f"{name} is not Mach-O")
            print(f"{name}: not Mach-O, nothing to inspect")
        for arch, part in slices.items():
            check_macho(f"{name} ({arch})", part)
        if slices and archs and sorted(slices) != archs:
            raise Failure(f"{name} is for {', '.join(sorted(slices))}, not {', '.join(archs)}")
        seen[name] = sorted(slices)
    if len({tuple(found) for found in seen.values()}) > 1:
        raise Failure(f"the programs differ in architectures: {seen}")


def macho_slices(name, data):
    """Each architecture with its part of the file; none if it is not Mach-O."""
    magic = unpack(name, ">I", data, 0)[0] if len(data) >= 4 else 0
    if magic not in (FAT_MAGIC, FAT_MAGIC_64):
        little = unpack(name, "<I", data, 0)[0] if len(data) >= 4 else 0
        if little == MH_MAGIC_64:
            yield architecture(name, unpack(name, "<I", data, 4)[0]), data
        return
    form = ">IIIII" if magic == FAT_MAGIC else ">IIQQII"
    (count,) = unpack(name, ">I", data, 4)
    parts = []
    for index in range(count):
        cpu, _, offset, size, align = unpack(name, form, data, 8 + index * struct.calcsize(form))[:5]
        arch = architecture(name, cpu)
        part = data[offset : offset + size]
        if len(part) != size or not size or offset % (1 << min(align, 31)):
            raise Failure(f"{name}: its part for {arch} is cut off or misplaced")
        if unpack(name, "<II", part, 0) != (MH_MAGIC_64, cpu):
            raise Failure(f"{name}: its part for {arch} is for something else")
        if arch in dict(parts):
            raise Failure(f"{name} has two parts for {arch}")
        parts.append((arch, part))
    yield from parts


def architecture(name, cpu):
    if cpu not in ARCHITECTURES:
        raise Failure(f"{name} is for an unknown processor, {cpu:#x}")
    return ARCHITECTURES[cpu]


def check_macho(name, data):
    _, _, _, filetype, count, size, flags = unpack(name, "<7I", data, 0)
    if filetype != MH_EXECUTE:
        raise Failure(f"{name} is not a program (Mach-O type {filetype})")
    if not flags & MH_PIE:
        raise Failure(f"{name} is not position-independent")
    minimum, libraries, signed, at = None, [], False, 32
    for _ in range(count):
        command, length = unpack(name, "<II", data, at)
        if length < 8 or at + length > 32 + size:
            raise Failure(f"{name}: its load commands are damaged")
        content = data[at : at + length]
        if command == LC_BUILD_VERSION:
            platform, minimum = unpack(name, "<II", content, 8)
            if platform != PLATFORM_MACOS:
                raise Failure(f"{name} is not for macOS (platform {platform})")
        elif command == LC_VERSION_MIN_MACOSX:
            (minimum,) = unpack(name, "<I", content, 8)
        elif command == LC_CODE_SIGNATURE:
            signed = True
        elif command in LC_DYLIBS or command == LC_RPATH:
            (start,) = unpack(name, "<I", content, 8)
            library = content[start:].split(b"\0")[0].decode("utf-8", "replace")
            if ".." in library.split("/") or not library.startswith(SYSTEM_LIBRARIES):
                what = "looks for libraries in" if command == LC_RPATH else "loads"
                raise Failure(f"{name} {what} '{library}', which is no part of macOS")
            if command != LC_RPATH:
                libraries.append(library)
        at += length
    if minimum is None:
        raise Failure(f"{name} does not say which macOS it is for")
    version = f"{minimum >> 16}.{minimum >> 8 & 0xFF}"
    if version != MINIMUM_MACOS or minimum & 0xFF:
        raise Failure(f"{name} is for macOS {version}.{minimum & 0xFF}, not {MINIMUM_MACOS}")
    print(f"{name}: macOS {version} or newer, {'signed' if signed else 'not signed'}")
    print(f"  loads {', '.join(sorted(pathlib.PurePath(path).name for path in libraries))}")


def unpack(name, form, data, at):
    if at + struct.calcsize(form) > len(data):
        raise Failure(f"{name} is cut off")
    return struct.unpack_from(form, data, at)


if __name__ == "__main__":
    main()
