"""Write constraints.txt from this environment, or check that it still says what is installed.

    python tools/pins.py            every library that Vínculo and its checks need, name==version, to constraints.txt
    python tools/pins.py --check    exit 1 and list the differences

Walks the requirements of the installed `vinculo[dev]`, so that what somebody installed by hand stays out.
"""

from __future__ import annotations

import importlib.metadata as metadata
import sys
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

FILE = Path(__file__).resolve().parent.parent / "constraints.txt"
HEADER = """\
# Versions that `make setup` installs; written by tools/pins.py, checked by the tests. Names only: the index is the
# machine's own business.
"""
# What builds a wheel from source is needed at set-up and not installed afterwards, so it cannot be read off.
BUILD_TOOLS = {"editables": "0.6", "setuptools": "84.2.1", "wheel": "0.48.0"}


def installed_pins() -> dict[str, str]:
    """{canonical name: version} of everything that vinculo[dev] pulls in here."""
    pins: dict[str, str] = {}
    seen: set[tuple[str, str]] = set()
    todo = [Requirement("vinculo[dev]")]
    while todo:
        wanted = todo.pop()
        name = canonicalize_name(wanted.name)
        distribution = metadata.distribution(wanted.name)
        if name != "vinculo":
            pins[name] = distribution.version
        for extra in {"", *wanted.extras}:
            if (name, extra) in seen:
                continue
            seen.add((name, extra))
            for line in distribution.requires or ():
                needed = Requirement(line)
                if needed.marker is None or needed.marker.evaluate({"extra": extra}):
                    todo.append(needed)
    return pins


def main(words: list[str]) -> int:
    pins = BUILD_TOOLS | installed_pins()
    lines = [f"{name}=={version}\n" for name, version in sorted(pins.items())]
    if words == ["--check"]:
        kept = {line + "\n" for line in FILE.read_text().splitlines() if line and not line.startswith("#")}
        for line in sorted(set(lines) - kept):
            print(f"installed, not pinned: {line}", end="")
        for line in sorted(kept - set(lines)):
            print(f"pinned, not needed or not installed: {line}", end="")
        return int(kept != set(lines))
    FILE.write_text(HEADER + "".join(lines))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
