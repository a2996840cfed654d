"""How much memory this process held at most, as the kernel counts it."""

from __future__ import annotations

import re
import resource
from pathlib import Path

STATUS, REFS = Path("/proc/self/status"), Path("/proc/self/clear_refs")


def forget_peak() -> None:
    """Let the kernel count this process's peak memory anew, where it can."""
    try:
        REFS.write_text("5", encoding="ascii")
    except OSError:  # not Linux, or not allowed: the peak is then that of the whole run, which is no less
        return


def peak_memory() -> int:
    """Most memory this process held since, MB."""
    if STATUS.exists() and (found := re.search(r"VmHWM:\s*(\d+) kB", STATUS.read_text(encoding="ascii"))):
        return round(int(found[1]) / 1024)
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
