"""Writes XML as a stream: no tree in memory, every text escaped, what XML cannot hold left out and counted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import IO
from xml.sax.saxutils import escape, quoteattr

from graph.export.flat import Value, legal


class XmlStream:
    """Elements one after another into a binary ``stream``. ``stripped`` counts characters that XML cannot hold."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self.stripped = 0
        self._write('<?xml version="1.0" encoding="UTF-8"?>\n')

    def _write(self, text: str) -> None:
        self._stream.write(text.encode("utf-8"))

    def clean(self, value: Value) -> str:
        """``value`` as XML holds it: booleans as ``true`` and ``false``, numbers so that they read back the same."""
        if not isinstance(value, str):
            return str(value).lower() if isinstance(value, bool) else repr(value)
        text, gone = legal(value)
        self.stripped += gone
        return text

    def _head(self, name: str, attributes: Mapping[str, Value]) -> str:
        return f"<{name}" + "".join(f" {key}={quoteattr(self.clean(value))}" for key, value in attributes.items())

    @contextmanager
    def element(self, name: str, attributes: Mapping[str, Value] | None = None) -> Iterator[None]:
        """An element with children."""
        self._write(self._head(name, attributes or {}) + ">\n")
        yield
        self._write(f"</{name}>\n")

    def leaf(self, name: str, attributes: Mapping[str, Value] | None = None, text: Value | None = None) -> None:
        """An element with text, or none. A carriage return would be read back as a line end, so it is named."""
        head = self._head(name, attributes or {})
        if text is None:
            self._write(head + "/>\n")
        else:
            self._write(f"{head}>{escape(self.clean(text), {chr(13): '&#13;'})}</{name}>\n")
