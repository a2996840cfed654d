"""GraphML (http://graphml.graphdrawing.org), written as a stream, read back by NetworkX, igraph, Gephi and yEd.

Every link is a directed edge with an attribute ``directed``: NetworkX refuses files that mix both kinds. Several links
between two ends have ids of their own, so they stay apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from graph.export.base import Written, whole
from graph.export.contents import Contents
from graph.export.flat import LINK_COLUMNS, Row, columns, rows
from graph.export.stamped import stamp_rows
from graph.export.xmlstream import XmlStream

NAMESPACE = "http://graphml.graphdrawing.org/xmlns"
TYPES = {str: "string", int: "long", float: "double", bool: "boolean"}
ENDS = ("id", "source", "target")  # attributes of the element itself


def write(contents: Contents, out: Path, lang: str) -> Written:
    """Write ``contents`` to ``out``."""
    nodes, edges = rows(contents, lang)
    stamp: Row = {key: value for key, _, value in stamp_rows(contents, lang)}
    tables: dict[str, dict[str, type]] = {
        "graph": {key: str for key in stamp},
        "node": {name: kind for name, kind in columns(nodes).items() if name not in ENDS},
        "edge": {name: kind for name, kind in columns(edges, LINK_COLUMNS).items() if name not in ENDS},
    }
    with whole(out) as stream:
        xml = XmlStream(stream)
        with xml.element("graphml", {"xmlns": NAMESPACE}):
            for domain, table in tables.items():
                for name, kind in table.items():
                    key = f"{domain[0]}_{name}"
                    xml.leaf("key", {"id": key, "for": domain, "attr.name": name, "attr.type": TYPES[kind]})
            with xml.element("graph", {"id": "vinculo", "edgedefault": "directed"}):
                _data(xml, "g", tables["graph"], stamp)
                for row in nodes:
                    with xml.element("node", {"id": row["id"]}):
                        _data(xml, "n", tables["node"], row)
                for row in edges:
                    with xml.element("edge", {name: row[name] for name in ENDS}):
                        _data(xml, "e", tables["edge"], row)
    return Written((out,), stripped=xml.stripped)


def _data(xml: XmlStream, letter: str, table: Mapping[str, type], row: Row) -> None:
    for name in table:
        if (value := row.get(name, "")) != "":
            xml.leaf("data", {"key": f"{letter}_{name}"}, value)
