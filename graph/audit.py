"""Two logs, changes and looks: who, when, what, which records, how many – never content.

Each line carries the SHA-256 of the line before it and its own, so that an edited, dropped or swapped line shows. A
look is written and fsynced before its answer is given; when it cannot be written there is no answer
(:class:`~graph.errors.AccessDenied`). A chain alone does not show a cut tail: a signed head kept elsewhere does
(:mod:`graph.heads`).

A line is JSON on one line, its keys in order and its hash last; the hash is over the hash before it and the line's own
bytes without it, so that checking a line needs no writing it out again. Lines of a log that was begun before that was
so (keys in the order given, hashed with their keys in order) are still read, at its beginning only.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from graph.errors import AccessDenied, StoreError

START = "0" * 64
TAIL = 1 << 16
SEAL = b',"hash":"'  # between a line's body and its hash
END = b'"}\n'
SEALED = len(SEAL) + len(START) + len(END)  # what a line has behind its body


class Broken(NamedTuple):
    """Where a chain breaks: line number (from 1) and why (``hash`` | ``form`` | ``head``)."""

    line: int
    why: str


class Head(NamedTuple):
    """The end of a log at some moment: number and hash of its last line, and how many bytes lead up to there."""

    number: int = 0
    hash: str = START
    size: int = 0


def _digest(previous: str, body: bytes) -> str:
    """Hash of a line of which ``body`` is what stands before :data:`SEAL`."""
    return hashlib.sha256(previous.encode() + body + b"}").hexdigest()


def _body(line: Mapping[str, Any]) -> bytes:
    return orjson.dumps(line, option=orjson.OPT_SORT_KEYS)[:-1]


def chain(bodies: Iterable[Mapping[str, Any]], number: int = 0, previous: str = START) -> Iterator[bytes]:
    """The lines that ``bodies`` make behind line ``number`` with the hash ``previous``, each with number and time."""
    for n, fields in enumerate(bodies, number + 1):
        body = _body({"n": n, "at": datetime.now(UTC).isoformat(timespec="milliseconds"), **fields})
        previous = _digest(previous, body)
        yield body + SEAL + previous.encode() + END


class Log:
    """One chained log in one file, safe for several processes of one machine."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def append(self, **body: Any) -> None:
        """Write one line and force it to disk. Raises :class:`AccessDenied` when that fails."""
        try:
            fresh = not self.path.exists()
            self.path.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX)
                head, rest = _last(handle)
                # whoever was killed while writing gave no answer; what is dropped of its line is written down
                bodies = [{"what": "unfinished line dropped", "bytes": rest, "actor": "", "agency": ""}] * bool(rest)
                text = b"".join(chain([*bodies, body], head.number, head.hash))
                if rest:
                    os.ftruncate(handle, head.size)
                _write(handle, text, head.size)
            finally:
                os.close(handle)
            if fresh:
                _keep_name(self.path.parent)
        except OSError as error:
            raise AccessDenied("error.audit_failed", detail=error.strerror or str(error)) from error

    def lines(self) -> Iterator[dict[str, Any]]:
        """Every line that is there now, oldest first."""
        with self.opened() as texts:
            for text in texts:
                yield orjson.loads(text)

    @contextmanager
    def opened(self) -> Iterator[Iterator[bytes]]:
        """The lines as they stand in the file, up to where it ends now: not half a line that is just being written."""
        if not self.path.exists():
            yield iter(())
            return
        try:
            file = self.path.open("rb")
        except OSError as error:
            raise StoreError("error.store_broken", detail=error.strerror or str(error)) from error
        with file:
            fcntl.flock(file, fcntl.LOCK_SH)
            size = os.fstat(file.fileno()).st_size
            fcntl.flock(file, fcntl.LOCK_UN)
            yield _up_to(file, size)

    def head(self) -> Head:
        """The last line that was wholly written: what to keep elsewhere, so that a cut tail shows."""
        if not self.path.exists():
            return Head()
        handle = os.open(self.path, os.O_RDONLY)
        try:
            fcntl.flock(handle, fcntl.LOCK_SH)
            return _last(handle)[0]
        finally:
            os.close(handle)

    def verify(self, head: Head | tuple[int, str] | None = None) -> Broken | None:
        """The first line that does not follow from those before it, or None.

        ``head``: a line that the log had once, by number and hash; a log without it was cut or written anew.
        """
        with self.opened() as texts:
            return verify(texts, head)


def verify(texts: Iterable[bytes], head: Head | tuple[int, str] | None = None) -> Broken | None:
    """:meth:`Log.verify` over the lines of a log, wherever they are kept.

    A line is hashed as it stands and not read: what was not written by :func:`chain` has no right hash.
    """
    number, previous, older = 0, START, True
    wanted = (head[0], head[1]) if head else (number, previous)
    found = wanted == (number, previous)
    for number, text in enumerate(texts, 1):
        digest = _digest(previous, text[:-SEALED])
        if text[-SEALED:] == SEAL + digest.encode() + END:
            previous, older = digest, False
        elif older and (former := _older(previous, text)):
            previous = former
        else:
            return Broken(number, "hash" if text.endswith(END) else "form")
        found = found or (number, previous) == wanted
    return None if found else Broken(number, "head")


def _older(previous: str, text: bytes) -> str:
    """Hash of a whole line of the former form (hashed with its keys in order, written in the order given), or none."""
    try:
        line = orjson.loads(text)
        digest = _digest(previous, _body({k: v for k, v in line.items() if k != "hash"}))
    except (orjson.JSONDecodeError, AttributeError):
        return ""
    return digest if orjson.dumps(line) + b"\n" == text and line.get("hash") == digest else ""


def _up_to(file: Iterable[bytes], size: int) -> Iterator[bytes]:
    if not size:
        return
    for text in file:
        yield text
        size -= len(text)
        if size <= 0:
            return


def _write(handle: int, text: bytes, size: int) -> None:
    """Append and force to disk; what was written of a line that could not be written whole is taken back."""
    try:
        if os.write(handle, text) != len(text):
            raise OSError("short write")
        os.fsync(handle)
    except OSError:
        os.ftruncate(handle, size)
        raise


def _keep_name(folder: Path) -> None:
    """Force a new file's name to disk."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _last(handle: int) -> tuple[Head, int]:
    """The last whole line of an open file, and how many bytes of an unfinished one follow it."""
    size = os.fstat(handle).st_size
    reach = TAIL
    while True:
        start = max(0, size - reach)
        tail = os.pread(handle, size - start, start)
        end = tail.rfind(b"\n") + 1
        cut = tail.rfind(b"\n", 0, max(0, end - 1)) + 1
        if start == 0 or cut:
            rest = len(tail) - end
            if not end:
                return Head(), rest
            try:
                line = orjson.loads(tail[cut:end])
                return Head(int(line["n"]), str(line["hash"]), size - rest), rest
            except (orjson.JSONDecodeError, KeyError, TypeError, ValueError) as error:
                raise OSError("the last line is damaged") from error
        reach *= 4


class Audit:
    """The two logs of a store."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.changes = Log(folder / "changes.jsonl")
        self.looks = Log(folder / "looks.jsonl")
