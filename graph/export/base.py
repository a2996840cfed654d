"""The registry of formats, and the one way out: a chart read anew from a view, then written whole or not at all."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from importlib import import_module
from pathlib import Path
from typing import IO, TYPE_CHECKING

from graph.access import Actor
from graph.chart import Chart, chart_for
from graph.errors import ExportError
from graph.export.audience import SELF, audience_view, is_self, known_as, retarget
from graph.export.contents import Contents, gather
from graph.i18n import DEFAULT_LANGUAGE, LANGUAGES
from graph.neighbourhood import shown_records

if TYPE_CHECKING:
    from graph.store.base import Store
    from graph.view import View

# each is a module of this package that has ``write(contents, out, lang) -> Written``
FORMATS = ("html", "graphml", "gexf", "csv", "ftm")


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
    return FORMATS


def export(
    view: View, chart: Chart, format: str, out: Path, lang: str = "", receiver: str = SELF, title: str = ""
) -> ExportReport:
    """Write ``chart`` to ``out`` in ``format``, in language ``lang`` (the chart's own where empty), for ``receiver``.

    Everything is read anew from ``view``, so what was withdrawn since the chart was made is left out, and counted in
    ``gone``. For another receiver (``agency:CODE``, ``team:NAME``) the selection is read from what the sender and all
    its members may see, and drawn afresh; it is called ``title``, else after what it begins with there. Files appear
    under their names only when whole.

    Raises :class:`ExportError` for an unknown format, a chart made in another reader's view, an empty chart and a place
    that cannot be written, :class:`AccessDenied` for a receiver that is none or no longer one.
    """
    _known(format)
    if chart.stamp.view != view.scope().viewer:
        raise ExportError("export.other_view")
    chart = replace(chart, language=lang if lang in LANGUAGES else chart.language)
    own = chart.now(view)
    if is_self(view.actor, receiver):
        return _written(view, replace(own, title=title or own.title), format, out, len(chart.nodes) - len(own.nodes))
    audience = audience_view(view._store, view.actor, receiver, view.purpose)
    current = retarget(own, view, audience, title)
    return _compared(_written(audience, current, format, out, receiver=receiver), gather(view, own))


def export_chart(
    store: Store,
    actor: Actor,
    entities: Sequence[str],
    *,
    depth: int = 1,
    cap: int = 300,
    form: str,
    receiver: str = SELF,
    out: Path,
    lang: str = DEFAULT_LANGUAGE,
    title: str = "",
    purpose: str = "",
) -> ExportReport:
    """Write everything within ``depth`` links of ``entities``, at most ``cap`` things, for ``receiver``.

    For another receiver depth and cap are applied in the receiver's own picture, so that not even the choice of what is
    drawn rests on something that it may not see. Raises as :func:`export` does, and
    :class:`~graph.errors.NotFound` where the sender sees none of an entity; where the receiver may see nothing of any
    of them, :class:`ExportError`.
    """
    _known(form)
    view, audience = store.view(actor, purpose), audience_view(store, actor, receiver, purpose)
    own = chart_for(view, entities, depth, cap, title=title, language=lang)
    if is_self(actor, receiver):
        return _written(view, own, form, out)
    names = sorted({name for _, name in known_as(view, audience, entities)})
    if not names:
        raise ExportError("export.nothing")
    current = chart_for(audience, names, depth, cap, title=title, language=lang)
    return _compared(_written(audience, current, form, out, receiver=receiver), gather(view, own))


def _known(format: str) -> None:
    if format not in FORMATS:
        raise ExportError("export.unknown_format", format=format, known=", ".join(FORMATS))


def _compared(report: ExportReport, own: Contents) -> ExportReport:
    """The report with what the sender's own picture holds beyond the file. It is for the sender alone."""
    more = {
        "nodes": len(own.items) - report.nodes,
        "links": len(own.lines) - report.links,
        "statements": own.statements - report.statements,
    }
    return replace(report, left_out={key: count for key, count in more.items() if count > 0})


def _written(view: View, current: Chart, format: str, out: Path, gone: int = 0, receiver: str = SELF) -> ExportReport:
    if not current.nodes:
        raise ExportError("export.nothing")
    contents = gather(view, current)
    shown = shown_records(current.nodes, current.links)
    view._look("export", shown, len(current.nodes), receiver=receiver, format=format)
    module = import_module(f"graph.export.{format}")
    write: Callable[[Contents, Path, str], Written] = module.write
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
        gone,
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
