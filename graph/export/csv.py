"""CSV for Gephi and for programs: things, links, statements and the stamp, each a table.

RFC 4180: commas, CRLF, quotes doubled. UTF-8 without a byte order mark: with one, Gephi up to 0.9.2 reads the first
column's name wrongly (gephi/gephi#1814). Text that a spreadsheet would run as a formula gets an apostrophe before it
(OWASP ASVS 5.0, 1.2.10); numbers that we computed stay numbers.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from graph.export.base import Written, whole
from graph.export.contents import Contents
from graph.export.flat import LINK_COLUMNS, Row, Value, columns, rows
from graph.export.stamped import stamp_rows

# what a spreadsheet takes for a formula: these signs, also in full width and after blanks; tabs and line ends
FORMULA = re.compile(r"[\t\r\n]|[\s\u200b\ufeff]*[=+\-@＝＋－＠]")
HEADS = {"id": "Id", "label": "Label", "source": "Source", "target": "Target"}  # as Gephi wants them


def neutral(text: str) -> str:
    """``text`` with an apostrophe before it where a spreadsheet would take it for a formula."""
    return f"'{text}" if FORMULA.match(text) else text


class Table:
    """Writes one CSV file and counts the cells it had to neutralise."""

    def __init__(self) -> None:
        self.neutralised = 0

    def _cell(self, value: Value) -> Value:
        if not isinstance(value, str):
            return str(value).lower() if isinstance(value, bool) else value
        safe = neutral(value.replace("\0", ""))
        self.neutralised += safe != value
        return safe

    def write(self, path: Path, heads: Iterable[str], body: Iterable[Iterable[Value]]) -> Path:
        """Write ``body`` under ``heads`` to ``path``, whole or not at all."""
        with whole(path) as stream:
            text = io.TextIOWrapper(stream, encoding="utf-8", newline="", write_through=True)
            writer = csv.writer(text)
            writer.writerow(list(heads))
            for row in body:
                writer.writerow([self._cell(value) for value in row])
            text.detach()
        return path

    def rows(self, path: Path, types: Mapping[str, type], found: Iterable[Row]) -> Path:
        """Write rows with these columns."""
        heads = [HEADS.get(name, name) for name in types]
        return self.write(path, heads, ([row.get(name, "") for name in types] for row in found))


def write(contents: Contents, out: Path, lang: str) -> Written:
    """``NAME.nodes.csv``, ``NAME.edges.csv``, ``NAME.statements.csv``, ``NAME.stamp.csv`` beside ``out``."""
    table = Table()
    nodes, edges = rows(contents, lang)
    for edge in edges:
        edge["Type"] = "Directed" if edge["directed"] else "Undirected"
    base = out.with_suffix("") if out.suffix.lower() == ".csv" else out
    files = [
        table.rows(_named(base, "nodes"), _without(columns(nodes)), nodes),
        table.rows(
            _named(base, "edges"),
            _without(columns(edges, {**LINK_COLUMNS, "Type": str}), ("source", "target", "Type", "id")),
            edges,
        ),
        table.write(_named(base, "statements"), STATEMENT, _statements(contents)),
        table.write(_named(base, "stamp"), ("key", "name", "value"), stamp_rows(contents, lang)),
    ]
    return Written(tuple(files), neutralised=table.neutralised)


def _named(base: Path, part: str) -> Path:
    return base.with_name(f"{base.name}.{part}.csv")


def _without(types: Mapping[str, type], first: tuple[str, ...] = ()) -> dict[str, type]:
    """The columns but the statements, which have a table of their own; ``first`` ones before the others."""
    order = [*first, *(name for name in types if name not in first)]
    return {name: types[name] for name in order if name != "statements"}


STATEMENT = (
    *("of", "prop", "value", "original", "form", "check", "derived", "owner", "dataset", "revision", "record"),
    *("document", "row", "evaluation", "handling"),
)


def _statements(contents: Contents) -> Iterable[list[Value]]:
    sides = [(i.node.id, i.facts) for i in contents.items] + [(k.id, k.facts) for k in contents.lines]
    for key, facts in sides:
        for f in facts:
            s = f.statement
            yield [
                *(key, s.prop, s.value, s.original, s.form, s.check, s.derived, f.owner, f.dataset, f.revision or ""),
                *(f.record, s.document, s.row, s.evaluation, s.handling),
            ]
