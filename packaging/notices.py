#!/usr/bin/env python3
"""Prints the notices of all crates that the programs are built from.

Usage: packaging/notices.py TARGET

TARGET is Rust's name of the platform, as `rustc -vV` has it under `host`. Who passes on a
program has to pass on the notices of what is in it. Where a crate leaves the choice and one
way is MIT, that one is taken. A crate that has no file with its licence is taken under Apache-2.0,
where it leaves that choice, for that text is the same for all. A crate that names no licence, or has
no file with another one, is an error.
"""

import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
NOTICE = re.compile(r"(un)?licen[cs]e|copying|copyright|notice", re.IGNORECASE)

HEAD = """\
The programs inneros and inneros-tray contain the crates below. Each is named with its
version, its licence and the place of its source; the texts follow, each with the crates
that it is the notice of. The Rust standard library is in them, too, under the same terms as
the Rust compiler: MIT or Apache-2.0, copyright The Rust Project contributors.
"""


def main():
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        wants_help = sys.argv[1:] in (["-h"], ["--help"])
        print(__doc__.strip(), file=sys.stdout if wants_help else sys.stderr)
        sys.exit(0 if wants_help else 2)
    packages = sorted(contained(sys.argv[1]), key=label)
    texts = {}
    for package in packages:
        for text in notices(package):
            # The same text is often wrapped in another way.
            texts.setdefault(" ".join(text.split()), (text, []))[1].append(label(package))
    print(HEAD)
    for package in packages:
        place = package["repository"] or package["homepage"] or "source not named"
        print(f"{label(package)}: {package['license']}, {place}")
    for text, crates in texts.values():
        print(f"\n{'-' * 78}\n{', '.join(crates)}\n\n{text}")


def label(package):
    return f"{package['name']} {package['version']}"


def contained(target):
    """What is compiled for the target and not for the build or the tests alone."""
    command = ["cargo", "metadata", "--locked", "--format-version", "1"]
    command += ["--filter-platform", target]
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, cwd=ROOT).stdout
    metadata = json.loads(output)
    nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
    ours = metadata["resolve"]["root"]
    found, left = set(), [ours]
    while left:
        node = left.pop()
        if node in found:
            continue
        found.add(node)
        for dependency in nodes[node]["deps"]:
            if any(kind["kind"] is None for kind in dependency["dep_kinds"]):
                left.append(dependency["pkg"])
    return [package for package in metadata["packages"] if package["id"] in found - {ours}]


def notices(package):
    if not package["license"]:
        sys.exit(f"error: {label(package)} names no licence")
    folder = pathlib.Path(package["manifest_path"]).parent
    files = sorted(file for file in folder.iterdir() if file.is_file() and NOTICE.match(file.name))
    texts = [file.read_text(encoding="utf-8").strip() for file in files]
    # "MIT/Apache-2.0" is the old way to write OR.
    ways = re.split(r"\s+OR\s+|/", package["license"])
    if "MIT" in ways and "AND" not in package["license"]:
        mit = [text for text in texts if "Permission is hereby granted" in text]
        texts = mit or texts
    if not texts and "Apache-2.0" in ways:
        texts = [(ROOT / "LICENSE-APACHE").read_text(encoding="utf-8").strip()]
    if not texts:
        sys.exit(f"error: {label(package)} ({package['license']}) has no file with its licence")
    return texts


if __name__ == "__main__":
    main()
