"""Two logs, changes and looks: who, when, what, which records, how many – never content.

Each line carries the SHA-256 of the line before it and its own, over canonical JSON, so that an edited, dropped or
swapped line shows. A look is written and fsynced before its answer is given; when it cannot be written there is no
answer (:class:`~graph.errors.AccessDenied`). A chain alone does not show a cut tail: keep its head elsewhere
(``Log.head``).
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from graph.errors import AccessDenied

START = "0" * 64
TAIL = 1 << 16


class Broken(NamedTuple):
    """Where a chain breaks: line number (from 1) and why (``hash`` | ``chain`` | ``number`` | ``form`` | ``head``)."""

    line: int
    why: str


def _digest(previous: str, body: Mapping[str, Any]) -> str:
    canonical = orjson.dumps(body, option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(previous.encode() + canonical).hexdigest()


class Log:
    """One chained log in one file, safe for several processes of one machine."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def append(self, **body: Any) -> None:
        """Write one line and force it to disk. Raises :class:`AccessDenied` when that fails."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX)
                number, previous = _last(handle)
                line = {"n": number + 1, "at": datetime.now(UTC).isoformat(timespec="milliseconds"), **body}
                text = orjson.dumps({**line, "hash": _digest(previous, line)}) + b"\n"
                if os.write(handle, text) != len(text):
                    raise OSError("short write")
                os.fsync(handle)
            finally:
                os.close(handle)
        except OSError as error:
            raise AccessDenied("error.audit_failed", detail=error.strerror or str(error)) from error

    def lines(self) -> Iterator[dict[str, Any]]:
        """Every line, oldest first."""
        if self.path.exists():
            with self.path.open("rb") as file:
                for text in file:
                    yield orjson.loads(text)

    def head(self) -> tuple[int, str]:
        """Number and hash of the last line: what to keep elsewhere, so that a cut tail shows."""
        if not self.path.exists():
            return 0, START
        handle = os.open(self.path, os.O_RDONLY)
        try:
            return _last(handle)
        finally:
            os.close(handle)

    def verify(self, head: tuple[int, str] | None = None) -> Broken | None:
        """The first line that does not follow from those before it, or None. ``head``: what the end must be."""
        number, previous = 0, START
        if self.path.exists():
            with self.path.open("rb") as file:
                for number, text in enumerate(file, 1):
                    try:
                        line = orjson.loads(text)
                        claimed = line.pop("hash")
                        counted = line["n"]
                    except (orjson.JSONDecodeError, KeyError, AttributeError, TypeError):
                        return Broken(number, "form")
                    if counted != number:
                        return Broken(number, "number")
                    if claimed != _digest(previous, line):
                        return Broken(number, "hash")
                    previous = claimed
        return Broken(number, "head") if head is not None and head != (number, previous) else None


def _last(handle: int) -> tuple[int, str]:
    """Number and hash of the last line of an open file."""
    size = os.fstat(handle).st_size
    if not size:
        return 0, START
    reach = TAIL
    while True:
        start = max(0, size - reach)
        tail = os.pread(handle, size - start, start).rstrip(b"\n")
        cut = tail.rfind(b"\n")
        if cut >= 0 or start == 0:
            try:
                line = orjson.loads(tail[cut + 1 :])
                return int(line["n"]), str(line["hash"])
            except (orjson.JSONDecodeError, KeyError, TypeError, ValueError) as error:
                raise OSError("the last line is damaged") from error
        reach *= 4


class Audit:
    """The two logs of a store."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.changes = Log(folder / "changes.jsonl")
        self.looks = Log(folder / "looks.jsonl")
