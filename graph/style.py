"""How things and links look: groups, colours, shapes and icons from ``graph/style.yaml``, the same on every surface."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import yaml

from graph.model import model
from graph.result import Link, Node

WHITE = "#FFFFFF"
SIZE = 56  # side of an icon's sheet, ring and all


@dataclass(frozen=True, slots=True)
class NodeStyle:
    """A thing's look. ``ring`` is the colour of the outer ring of what several countries hold, empty for none."""

    group: str
    fill: str
    ink: str
    shape: str
    icon: str
    ring: str = ""


@dataclass(frozen=True, slots=True)
class LinkStyle:
    """A link's look. ``width`` in pixels; an inference is dashed."""

    line: str
    colour: str
    width: float
    dashed: bool


@cache
def rules() -> dict[str, Any]:
    """The content of ``style.yaml``."""
    loaded: dict[str, Any] = yaml.safe_load(resources.files("graph").joinpath("style.yaml").read_text(encoding="utf-8"))
    return loaded


@cache
def group_of(kind: str, schema: str) -> str:
    """Group of an entity's schema (its nearest ancestor listed holds) or of an identifier's kind."""
    if kind == "identifier":
        return str(rules()["identifiers"].get(schema, "other"))
    listed = rules()["schemata"]
    level = {schema}
    while level:
        # a Company is an Organization and an Asset: what the file lists first holds
        for name in listed:
            if name in level:
                return str(listed[name])
        level = {parent.name for name in level for parent in model()[name].extends}
    return "other"


def node_style(node: Node) -> NodeStyle:
    """How ``node`` looks; a masked one has a look of its own, whatever it is."""
    group = "masked" if node.masked else group_of(node.kind, node.schema)
    return _style(group, node.crosses)


@cache
def _style(group: str, crosses: bool) -> NodeStyle:
    entry = rules()["groups"][group]
    ring = rules()["crossing"] if crosses else ""
    return NodeStyle(group, entry["fill"], entry.get("ink", WHITE), entry["shape"], entry["icon"], ring)


def link_style(link: Link) -> LinkStyle:
    """How ``link`` looks. What is proposed is drawn as the inference it is."""
    line = "inferred" if link.state == "proposed" else rules()["relations"].get(link.relation, "plain")
    entry = rules()["lines"][line]
    return LinkStyle(line, entry["colour"], float(entry["width"]), bool(entry.get("dashed")))


OUTLINES = {
    "circle": '<circle cx="28" cy="28" r="21"{}/>',
    "square": '<rect x="8" y="8" width="40" height="40" rx="7"{}/>',
    "pill": '<rect x="5" y="12" width="46" height="32" rx="16"{}/>',
    "diamond": '<path d="M28 4L52 28L28 52L4 28Z" stroke-linejoin="round"{}/>',
    "hexagon": '<path d="M16 7H40L52 28L40 49H16L4 28Z"{}/>',
}


@cache
def icon_svg(style: NodeStyle) -> str:
    """The style as an SVG picture of :data:`SIZE` × :data:`SIZE`. Made of our own paths only, never of data."""
    attributes = f' fill="{style.fill}"'
    if style.group == "masked":
        attributes += f' stroke="{style.ink}" stroke-width="2" stroke-dasharray="5 3"'
    elif style.ring:
        attributes += f' stroke="{WHITE}" stroke-width="2.5"'
    body = OUTLINES[style.shape].format(attributes)
    if style.ring:
        body = OUTLINES[style.shape].format(f' fill="none" stroke="{style.ring}" stroke-width="7"') + body
    scale = 0.95 if style.shape in ("pill", "diamond", "hexagon") else 1.15
    offset = 28 - 12 * scale
    path = rules()["icons"][style.icon]
    glyph = (
        f'<path transform="translate({offset:g} {offset:g}) scale({scale})" fill="{style.ink}" '
        f'fill-rule="evenodd" d="{path}"/>'
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{SIZE * 2}" height="{SIZE * 2}" '
        f'viewBox="0 0 {SIZE} {SIZE}">{body}{glyph}</svg>'
    )
