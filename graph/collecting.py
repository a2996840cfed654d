"""Fewer passes of Python's cyclic garbage collector while a load or a comparison of many records runs.

Such work holds hundreds of thousands of statements, none of which can be part of a cycle, and makes new objects all the
time: at the interpreter's own thresholds the collector goes through all of them again and again.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

THRESHOLDS = (100_000, 50, 50)  # new objects before a pass, passes before one of the next older generation
_lock = threading.Lock()
_own: list[tuple[int, int, int]] = []  # thresholds before the first of those that run now, once for each


@contextmanager
def rare_collections() -> Iterator[None]:
    """Raise the collector's thresholds; the last to end, in whatever thread, sets them back."""
    with _lock:
        _own.append(_own[0] if _own else gc.get_threshold())
        gc.set_threshold(*THRESHOLDS)
    try:
        yield
    finally:
        with _lock:
            before = _own.pop()
            if not _own:
                gc.set_threshold(*before)
