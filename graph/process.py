"""Which process holds something, and whether it still lives: for deliveries and locks that a killed process left."""

from __future__ import annotations

import os
import socket
from functools import cache
from pathlib import Path


def _mark(pid: int) -> str:
    """Start time of a live process, empty for none: a number used again by another process has another mark."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    except OSError:
        return _probe(pid)
    return "" if fields[0] in "ZX" else fields[19]


def _probe(pid: int) -> str:
    """Where there is no /proc: alive or not, without a mark."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return ""
    except PermissionError:
        return "other"
    return "alive"


@cache
def _host() -> str:
    boot = Path("/proc/sys/kernel/random/boot_id")
    return f"{socket.gethostname()}/{boot.read_text(encoding='ascii').strip() if boot.exists() else ''}"


def holder() -> str:
    """This process's name: host and boot, number, start mark."""
    return f"{_host()}|{os.getpid()}|{_mark(os.getpid())}"


def is_gone(name: str) -> bool:
    """Whether the named process certainly does not live any more. Another host's process is never certainly gone."""
    host, _, rest = name.partition("|")
    pid, _, mark = rest.partition("|")
    return host == _host() and pid.isdigit() and _mark(int(pid)) != mark
