"""GraphML (http://graphml.graphdrawing.org), written as a stream, read back by NetworkX, igraph, Gephi, yEd.

Every link is a directed edge with an attribute ``directed``: NetworkX refuses files that mix both kinds. Several links between two
ends have ids of their own, so they stay apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from lxml import etree

from graph.export.base import Written, whole
from graph.export.contents import Contents
from graph.export.flat import Row, Value, columns, legal, rows
from graph.export.stamped import stamp_rows

NAMESPACE = "http://graphml.graphdrawing.org/xmlns"
TYPES = {str: "string", int: "long", float: "double", bool: "boolean"}


class Cleaner:
    """Text as XML can hold it; counts what it had to leave out."""

    def __init__(self) -> None:
        self.stripped = 0

    def __call__(self, value: Value) -> str:
        if not isinstance(value, str):
            return str(value).lower() if isinstance(value, bool) else repr(value)
        text, gone = legal(value)
        self.stripped += gone
        return text


def write(contents: Contents, out: Path, lang: str) -> Written:
    """Write ``contents`` to ``out``."""
    nodes, edges = rows(contents, lang)
    clean = Cleaner()
    tables = {
        "graph": {key: str for key, _, _ in stamp_rows(contents, lang)},
        "node": dict(columns(nodes)),
        "edge": dict(columns(edges)),
    }
    for name in ("id", "source", "target"):
        tables["node"].pop(name, None)
        tables["edge"].pop(name, None)
    with whole(out) as stream, etree.xmlfile(stream, encoding="utf-8") as xml:
        xml.write_declaration()
        with xml.element("graphml", nsmap={None: NAMESPACE}):
            for domain, table in tables.items():
                for name, kind in table.items():
                    key = {"id": f"{domain[0]}_{name}", "for": domain, "attr.name": name, "attr.type": TYPES[kind]}
                    xml.write(etree.Element("key", key))
                    xml.write("\n")
            with xml.element("graph", edgedefault="directed", id="vinculo"):
                stamp: Row = {key: value for key, _, value in stamp_rows(contents, lang)}
                _data(xml, "g", tables["graph"], stamp, clean)
                for row in nodes:
                    with xml.element("node", id=clean(row["id"])):
                        _data(xml, "n", tables["node"], row, clean)
                    xml.write("\n")
                for row in edges:
                    ends = {name: clean(row[name]) for name in ("id", "source", "target")}
                    with xml.element("edge", ends):
                        _data(xml, "e", tables["edge"], row, clean)
                    xml.write("\n")
    return Written((out,), stripped=clean.stripped)


def _data(xml: etree._IncrementalFileWriter, letter: str, table: Mapping[str, type], row: Row, clean: Cleaner) -> None:
    for name in table:
        value = row.get(name, "")
        if value != "":
            with xml.element("data", key=f"{letter}_{name}"):
                xml.write(clean(value))
