"""The registry of formats, and the one way out: a chart read anew from a view, then written whole or not at all."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from importlib import import_module
from pathlib import Path
from typing import IO, TYPE_CHECKING

from graph.chart import Chart
from graph.errors import ExportError
from graph.export.contents import Contents, gather
from graph.i18n import LANGUAGES

if TYPE_CHECKING:
    from graph.view import View

# name → module of this package that has ``write(contents, out, lang) -> Written``
FORMATS = {
    "html": "html",
    "graphml": "graphml",
    "gexf": "gexf",
    "csv": "csv",
    "ftm": "ftm",
}


@dataclass(frozen=True, slots=True)
class Written:
    """What a writer did. ``stripped``: characters that the format cannot hold and that were left out;
    ``neutralised``: cells that a spreadsheet would have run as a formula; ``notes``: what the format could not hold."""

    files: tuple[Path, ...]
    stripped: int = 0
    neutralised: int = 0
    notes: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ExportReport:
    """What went into an export. ``gone``: nodes of the chart that its reader no longer sees; ``left_out`` (audiences
    only) what the sender sees and the file does not hold. It goes to the sender and stands nowhere in the file."""

    format: str
    files: tuple[Path, ...]
    digests: Mapping[str, str]  # file name → SHA-256
    size: int  # bytes
    nodes: int
    links: int
    statements: int
    protected: int
    handling: tuple[str, ...]
    hidden: Mapping[str, int]
    gone: int = 0
    stripped: int = 0
    neutralised: int = 0
    notes: Mapping[str, int] = field(default_factory=dict)
    left_out: Mapping[str, int] = field(default_factory=dict)


def formats() -> tuple[str, ...]:
    """Names of the formats there are."""
    return tuple(FORMATS)


def export(view: View, chart: Chart, format: str, out: Path, lang: str = "") -> ExportReport:
    """Write ``chart`` to ``out`` in ``format``, in language ``lang`` (the chart's own where empty).

    Everything is read anew from ``view``, so what was withdrawn since the chart was made is left out, and counted in
    ``gone``. Files appear under their names only when whole. Raises :class:`ExportError` for an unknown format, a chart
    made in another reader's view, an empty chart, and a place that cannot be written.
    """
    if format not in FORMATS:
        raise ExportError("export.unknown_format", format=format, known=", ".join(FORMATS))
    if chart.stamp.view != view.scope().viewer:
        raise ExportError("export.other_view")
    current = replace(chart.now(view), language=lang if lang in LANGUAGES else chart.language)
    if not current.nodes:
        raise ExportError("export.nothing")
    contents = gather(view, current)
    write: Callable[[Contents, Path, str], Written] = import_module(f"graph.export.{FORMATS[format]}").write
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        written = write(contents, out, current.language)
        digests = {file.name: _digest(file) for file in written.files}
        size = sum(file.stat().st_size for file in written.files)
    except OSError as error:
        raise ExportError("export.cannot_write", path=str(out), detail=error.strerror or str(error)) from error
    return ExportReport(
        format,
        written.files,
        digests,
        size,
        len(contents.items),
        len(contents.lines),
        contents.statements,
        contents.protected,
        contents.handling,
        dict(current.hidden),
        len(chart.nodes) - len(current.nodes),
        written.stripped,
        written.neutralised,
        written.notes,
    )


@contextmanager
def whole(path: Path) -> Iterator[IO[bytes]]:
    """A file that appears under its name only when the block ends well: never half a file, never a mixture."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(name, 0o600 & ~umask)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _digest(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
