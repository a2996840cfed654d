"""Rejects given back as files that a steward corrects and delivers: the original columns, with the reason before them.

One file for each delivered file: a table comes back as CSV (UTF-8 with a mark, commas) with every column that it had, a
list of objects as JSON lines, anything else as a list of what was refused. A row that was refused for several reasons
comes back once. What cannot be corrected in the row – a withdrawal of ``case.yaml``, a filter of the mapping – stays
out and is counted.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TextIO

import orjson

from graph.delivery import Reject
from graph.errors import InputError
from graph.i18n import t
from ingest.readers.returned import COLUMN, OURS, REASON, ROW, VALUE
from ingest.rejected import row_of

LEFT_OUT = frozenset(("ingest.reject.withdrawn", "ingest.reject.filtered"))
LISTED = ("vinculo:document", *OURS)
JOIN = "; "

Key = tuple[str, int, int]
Read = Callable[[], Iterable[Reject]]


@dataclass(slots=True)
class Returned:
    """What was given back: rows by file written, and how many rejects stayed out because nothing can be corrected."""

    files: dict[str, int] = field(default_factory=dict)
    left_out: int = 0


@dataclass(slots=True)
class _Note:
    reasons: dict[str, None] = field(default_factory=dict)
    columns: dict[str, None] = field(default_factory=dict)
    values: dict[str, None] = field(default_factory=dict)
    written: bool = False

    def cells(self, row: int) -> list[str]:
        return [*(JOIN.join(filter(None, part)) for part in (self.reasons, self.columns, self.values)), str(row)]


def _grouped(
    rejects: Iterable[Reject], returned: Returned | None = None
) -> Iterator[tuple[Key, Reject, dict[str, str]]]:
    """Each reject with the key of its row. Those that hold no row belong to the row that was told last on their line;
    rows on one line of a document of objects are told apart by what they say."""
    last: dict[tuple[str, int], int] = {}
    for reject in rejects:
        if reject.reason in LEFT_OUT:
            if returned:
                returned.left_out += 1
            continue
        place, row = (reject.document, reject.row), row_of(reject)
        if row:
            last[place] = hash(tuple(row.items()))
        yield (*place, last.setdefault(place, 0)), reject, row


def write_rejects(
    read: Read, files: Mapping[str, Sequence[str]], target: Path, lang: str, document: str = ""
) -> Returned:
    """Write the rejects that ``read`` gives (asked twice) under ``target``: a file where they are of one document, else
    a folder. ``files`` gives the columns of each delivered table; ``document`` picks one of them.

    Raises :class:`InputError` where a file is asked for and several would be needed, or where there is nothing.
    """

    def wanted() -> Iterator[Reject]:
        return (r for r in read() if not document or r.document == document)

    returned = Returned()
    notes: dict[Key, _Note] = {}
    for key, reject, _ in _grouped(wanted(), returned):
        note = notes.setdefault(key, _Note())
        note.reasons[t(reject.reason, lang, **reject.params)] = None
        note.columns[reject.column] = None
        if not reject.whole and not reject.value.startswith("{") or not row_of(reject):
            note.values[reject.value] = None
    rows = Counter(key[0] for key in notes)
    if not rows:
        raise InputError("quality.no_rejects")
    single = bool(target.suffix) and not target.is_dir()
    if single and len(rows) > 1:
        raise InputError("quality.several_files", value=str(target), known=", ".join(sorted(rows)))
    paths = {name: target if single else target / _name(name, files.get(name, ())) for name in rows}
    _write(_grouped(wanted()), notes, paths, files)
    returned.files = {str(paths[name]): count for name, count in sorted(rows.items())}
    return returned


def _name(document: str, columns: Sequence[str]) -> str:
    """Where a document's rejects go in a folder: its own path, with the ending of what they are."""
    path = PurePosixPath(document or "rejects")
    parts = [p for p in path.parts if p not in ("..", "/", "")]
    ending = ".jsonl" if tuple(columns) == ("",) else ".csv"
    name = "/".join(parts) or "rejects"
    return name if name.lower().endswith((ending, ".txt", ".tsv")) else name + ending


def _write(
    found: Iterator[tuple[Key, Reject, dict[str, str]]],
    notes: Mapping[Key, _Note],
    paths: Mapping[str, Path],
    files: Mapping[str, Sequence[str]],
) -> None:
    with ExitStack() as open_files:
        puts: dict[str, Callable[[_Note, int, dict[str, str]], None]] = {}
        for name, path in paths.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            columns = tuple(files.get(name, ()))
            encoding = "utf-8" if columns == ("",) else "utf-8-sig"
            out = open_files.enter_context(path.open("w", encoding=encoding, newline=""))
            puts[name] = _objects(out) if columns == ("",) else _table(out, name, columns)
        late: dict[Key, None] = {}
        for key, _, row in found:
            note = notes[key]
            if note.written:
                continue
            if row:
                note.written = True
                puts[key[0]](note, key[1], row)
            else:
                late[key] = None
        for key in late:
            if not notes[key].written:
                puts[key[0]](notes[key], key[1], {})


def _table(out: TextIO, name: str, columns: Sequence[str]) -> Callable[[_Note, int, dict[str, str]], None]:
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([*OURS, *columns] if columns else LISTED)

    def put(note: _Note, row: int, values: dict[str, str]) -> None:
        cells = note.cells(row)
        writer.writerow([*cells, *(values.get(c, "") for c in columns)] if columns else [name, *cells])

    return put


def _objects(out: TextIO) -> Callable[[_Note, int, dict[str, str]], None]:
    def put(note: _Note, row: int, values: dict[str, str]) -> None:
        reason, column, value, _ = note.cells(row)
        head = {REASON: reason, COLUMN: column, VALUE: value, ROW: row}
        try:
            said = orjson.loads(values.get("", ""))
        except orjson.JSONDecodeError:
            said = None
        rest = {k: v for k, v in said.items() if k not in OURS} if isinstance(said, dict) else {}
        out.write(orjson.dumps({**head, **rest}).decode() + "\n")

    return put
