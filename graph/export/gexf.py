"""GEXF 1.2 (https://gexf.net), written as a stream, with the picture in it: Gephi opens it as it is drawn here.

Version 1.2 is what both Gephi and NetworkX read without being told. Every link is directed with an attribute
``directed``, as in GraphML and for the same reason. The y axis of Gephi grows upwards.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from graph.export.base import Written, whole
from graph.export.contents import Contents, Item, Line
from graph.export.flat import LINK_COLUMNS, Row, Value, columns, rows
from graph.export.stamped import stamp_rows
from graph.export.xmlstream import XmlStream
from graph.style import SIZE, link_style, node_style

NAMESPACE = "http://www.gexf.net/1.2draft"
VIZ = "http://www.gexf.net/1.2draft/viz"
TYPES = {str: "string", int: "integer", float: "double", bool: "boolean"}
SHAPES = {"square": "square", "diamond": "diamond", "circle": "disc", "pill": "disc", "hexagon": "triangle"}


def write(contents: Contents, out: Path, lang: str) -> Written:
    """Write ``contents`` to ``out``."""
    nodes, edges = rows(contents, lang)
    stamp = "\n".join(f"{key}: {value}" for key, _, value in stamp_rows(contents, lang))
    with whole(out) as stream:
        xml = XmlStream(stream)
        with xml.element("gexf", {"version": "1.2", "xmlns": NAMESPACE, "xmlns:viz": VIZ}):
            with xml.element("meta", {"lastmodifieddate": contents.chart.stamp.at[:10]}):
                xml.leaf("creator", text="Vínculo")
                xml.leaf("description", text=stamp)
            with xml.element("graph", {"mode": "static", "defaultedgetype": "directed"}):
                of_nodes = _declared(xml, "node", columns(nodes), ("id", "label"))
                of_edges = _declared(xml, "edge", columns(edges, LINK_COLUMNS), ("id", "label", "source", "target"))
                with xml.element("nodes"):
                    for item, row in zip(contents.items, nodes, strict=True):
                        _node(xml, item, row, of_nodes, contents.chart.positions[item.node.id])
                with xml.element("edges"):
                    for line, row in zip(contents.lines, edges, strict=True):
                        _edge(xml, line, row, of_edges)
    return Written((out,), stripped=xml.stripped)


def _node(xml: XmlStream, item: Item, row: Row, names: Mapping[str, str], at: tuple[float, float]) -> None:
    style = node_style(item.node)
    with xml.element("node", {"id": row["id"], "label": row["label"]}):
        _values(xml, names, row)
        xml.leaf("viz:color", _rgb(style.fill))
        xml.leaf("viz:position", {"x": at[0], "y": -at[1], "z": 0.0})
        xml.leaf("viz:size", {"value": SIZE / 2})
        xml.leaf("viz:shape", {"value": SHAPES[style.shape]})


def _edge(xml: XmlStream, line: Line, row: Row, names: Mapping[str, str]) -> None:
    style = link_style(line.link)
    with xml.element("edge", {name: row[name] for name in ("id", "source", "target", "label")} | {"type": "directed"}):
        _values(xml, names, row)
        xml.leaf("viz:color", _rgb(style.colour))
        xml.leaf("viz:thickness", {"value": style.width})
        xml.leaf("viz:shape", {"value": "dashed" if style.dashed else "solid"})


def _declared(xml: XmlStream, kind: str, types: Mapping[str, type], own: tuple[str, ...]) -> Mapping[str, str]:
    """Declare the columns of one kind; column → id. ``own`` ones are attributes of the element itself."""
    names = {name: f"{kind[0]}_{name}" for name in types if name not in own}
    with xml.element("attributes", {"class": kind, "mode": "static"}):
        for name, key in names.items():
            xml.leaf("attribute", {"id": key, "title": name, "type": TYPES[types[name]]})
    return names


def _values(xml: XmlStream, names: Mapping[str, str], row: Row) -> None:
    with xml.element("attvalues"):
        for name, key in names.items():
            if (value := row.get(name, "")) != "":
                xml.leaf("attvalue", {"for": key, "value": value})


def _rgb(colour: str) -> dict[str, Value]:
    return {part: int(colour[n : n + 2], 16) for part, n in (("r", 1), ("g", 3), ("b", 5))}
