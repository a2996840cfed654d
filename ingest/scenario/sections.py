"""A large JSON file of a head, lists, and a tail, written piece by piece in bounded memory."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

import orjson

NAMES = ("people", "organisations", "connections", "lookalikes", "protected", "withdrawn")


class Sections:
    """Collects each list in a file beside ``path``; :meth:`finish` joins them into ``path``."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._parts = {name: path.with_name(f".{path.name}.{name}") for name in NAMES}
        self._files: dict[str, IO[bytes]] = {}
        self._open = ExitStack()
        self._sizes: Counter[str] = Counter()
        self._counts: dict[str, Counter[str]] = {}

    def __enter__(self) -> Self:
        for name, part in self._parts.items():
            self._files[name] = self._open.enter_context(part.open("wb"))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()
        for part in self._parts.values():
            part.unlink(missing_ok=True)

    def add(self, name: str, entry: dict[str, Any]) -> None:
        """Append ``entry`` to the list ``name``, on a line of its own."""
        self._files[name].write((b",\n" if self._sizes[name] else b"\n") + orjson.dumps(entry))
        self._sizes[name] += 1

    def next_id(self, name: str, prefix: str) -> str:
        """The id of the next entry of the list ``name``."""
        return f"{prefix}{self._sizes[name] + 1:07d}"

    def count(self, what: str, key: str) -> None:
        """Count one ``key`` of ``what`` for the head's counts."""
        self._counts.setdefault(what, Counter())[key] += 1

    def finish(self, head: dict[str, Any], tail: dict[str, Any]) -> dict[str, Any]:
        """Write the file; returns its counts: those of ``head``, the lists' lengths, and what was counted."""
        self._open.close()
        counted = {what: dict(sorted(found.items())) for what, found in sorted(self._counts.items())}
        counts = {**head["counts"], **{name: self._sizes[name] for name in NAMES}, **counted}
        opening = json.dumps({**head, "counts": counts}, ensure_ascii=False, indent=1)
        closing = json.dumps(tail, ensure_ascii=False, indent=1)
        with self._path.open("wb") as out:
            out.write(opening.removesuffix("\n}").encode())
            for name in NAMES:
                out.write(f',\n "{name}": ['.encode())
                with self._parts[name].open("rb") as part:
                    shutil.copyfileobj(part, out, 1 << 20)
                out.write(b"\n ]")
            out.write(f",{closing.removeprefix('{')}\n".encode())
        return counts
