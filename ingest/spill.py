"""Fragments of records kept together by record: in memory up to a bound, beyond it in partition files of a temporary
folder."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import orjson

from graph.statement import Delivered, Statement

PARTITIONS = 64
IN_MEMORY = 150_000  # statements


class Fragment(NamedTuple):
    """What one row says of one record. ``siblings`` counts the records that the row speaks of."""

    record: Delivered
    siblings: int


class Spill:
    """A bag of fragments that gives them back grouped by record. Use as a context manager."""

    def __init__(self, in_memory: int = IN_MEMORY) -> None:
        self._bound = in_memory
        self._held: dict[str, list[Fragment]] = {}
        self._statements = 0
        self._folder: Path | None = None
        self._files: list[BinaryIO] = []

    def __enter__(self) -> Spill:
        return self

    def __exit__(self, *exc: object) -> None:
        for file in self._files:
            file.close()
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)

    def add(self, fragment: Fragment) -> None:
        """Keep a fragment."""
        held = self._held.get(fragment.record.id)
        if held is None:
            self._held[fragment.record.id] = [fragment]
        else:
            held.append(fragment)
        self._statements += len(fragment.record.statements) + 1
        if self._statements >= self._bound:
            self._write()

    def _write(self) -> None:
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="vinculo-parts-"))
            self._files = [(self._folder / str(n)).open("w+b") for n in range(PARTITIONS)]
        for id, fragments in self._held.items():
            lines = [
                orjson.dumps([f.record.schema, f.record.mask, f.siblings, *map(list, f.record.statements)])
                for f in fragments
            ]
            self._files[int(id[1:9], 16) % PARTITIONS].write(
                b"".join(id.encode() + b" " + line + b"\n" for line in lines)
            )
        self._held = {}
        self._statements = 0

    def groups(self) -> Iterator[list[Fragment]]:
        """The fragments of each record, record after record. May be asked for more than once."""
        if self._folder is None:
            yield from self._held.values()
            return
        if self._held:
            self._write()
        for file in self._files:
            file.seek(0)
            found: dict[str, list[Fragment]] = {}
            for line in file:
                id, _, body = line.partition(b" ")
                fragment = _read(id.decode(), orjson.loads(body))
                found.setdefault(fragment.record.id, []).append(fragment)
            yield from found.values()


def _read(id: str, body: list[Any]) -> Fragment:
    schema, mask, siblings, *statements = body
    return Fragment(Delivered(id, schema, [Statement(*s) for s in statements], "", mask), siblings)
