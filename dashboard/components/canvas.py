"""The one adapter to the chart canvas. Pages know this module; only this module knows what draws.

What draws is vis-network as the installed ``pyvis`` ships it, inside a component of ours: its files are served by
Streamlit from that package, nothing is loaded from outside and no library is copied here. Positions come from Python.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any
from urllib.parse import quote

import orjson
import pyvis
import streamlit as st
from streamlit.components import v1

from dashboard.texts import Speaker
from graph import words
from graph.chart import label_lines
from graph.i18n import has
from graph.result import Link, Node
from graph.style import icon_svg, link_style, node_style

LIBRARY = Path(pyvis.__file__).parent / "lib" / "vis-9.1.2"
LABELLED_LINKS = 60  # above it, the words beside the lines would hide the lines
MATTERS = 1000
HTML = """
<div class="canvas" role="application" tabindex="-1">
  <div class="sheet"></div>
  <div class="tools">
    <button type="button" data-do="in">+</button>
    <button type="button" data-do="out">−</button>
    <button type="button" data-do="fit"><svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
      <path d="M2 6V2h4M10 2h4v4M14 10v4h-4M6 14H2v-4" fill="none" stroke="currentColor" stroke-width="1.6"/></svg>
    </button>
  </div>
</div>
"""
CSS = """
.canvas { position: relative; border: 1px solid var(--st-border-color); border-radius: 6px; overflow: hidden;
  background: var(--st-background-color); }
.sheet { position: absolute; inset: 0; }
.vis-network:focus { outline: none; }
.sheet:focus-within, .canvas:focus { outline: 2px solid var(--st-primary-color); outline-offset: -2px; }
.tools { position: absolute; top: 8px; right: 8px; display: flex; flex-direction: column; gap: 4px; }
.tools button { width: 30px; height: 30px; border-radius: 5px; border: 1px solid var(--st-border-color);
  background: var(--st-background-color); color: var(--st-text-color); font-size: 16px; line-height: 1;
  cursor: pointer; }
.tools button:hover { background: var(--st-secondary-background-color); }
.box { position: absolute; border: 1.5px dashed var(--st-primary-color); pointer-events: none;
  background: color-mix(in srgb, var(--st-primary-color) 12%, transparent); }
div.vis-tooltip { position: absolute; visibility: hidden; padding: 4px 8px; white-space: pre-line; font-size: 13px;
  color: var(--st-text-color); background: var(--st-background-color); border: 1px solid var(--st-border-color);
  border-radius: 4px; box-shadow: 0 2px 6px #0003; pointer-events: none; z-index: 5; max-width: 320px; }
"""


@cache
def _mount() -> Callable[..., Any]:
    script = resources.files("dashboard.components").joinpath("chart.js").read_text(encoding="utf-8")
    return st.components.v2.component("vinculo_chart", html=HTML, css=CSS, js=script)


def _library_url() -> str:
    """Where the browser gets vis-network: from this server, out of the installed package."""
    served = v1.declare_component("vis_network", path=str(LIBRARY))
    base = str(st.get_option("server.baseUrlPath") or "").strip("/")
    return f"{'/' + base if base else ''}/component/{served.name}/vis-network.min.js"


def icon(svg: str) -> str:
    """An SVG picture as a data address."""
    return f"data:image/svg+xml;charset=utf-8,{quote(svg)}"


def bends(links: Iterable[Link]) -> dict[str, float]:
    """Curvature of each link, so that several between two ends stay apart; 0 is straight, its sign is the side."""
    groups: dict[tuple[str, str], list[Link]] = {}
    for link in links:
        a, b = sorted((link.source, link.target))
        groups.setdefault((a, b), []).append(link)
    found: dict[str, float] = {}
    for (first, _), group in groups.items():
        for n, link in enumerate(sorted(group, key=lambda k: (k.relation, k.id))):
            offset = (n - (len(group) - 1) / 2) * 0.16
            found[link.id] = offset if link.source == first else -offset
    return found


def elements(
    nodes: Iterable[Node],
    links: Collection[Link],
    positions: Mapping[str, tuple[float, float]],
    say: Speaker,
    start: Collection[str] = (),
) -> dict[str, Any]:
    """What the canvas draws, with a version that is the same for the same drawing.

    ``start`` are named before others where there is no room for every name, as is what crosses a border.
    """
    degree = Counter(end for k in links for end in (k.source, k.target))
    icons: dict[str, str] = {}
    drawn: list[dict[str, Any]] = []
    for node in nodes:
        style = node_style(node)
        name = f"{style.group}{'-ring' if style.ring else ''}"
        icons.setdefault(name, icon(icon_svg(style)))
        x, y = positions[node.id]
        named = replace(node, caption=say.caption(node.caption, node.schema, node.masked))
        entry = {"id": node.id, "x": x, "y": y, "image": name, "words": label_lines(named, say.lang)}
        entry["weight"] = degree[node.id] + (MATTERS if node.crosses or node.id in start else 0)
        entry["title"] = tooltip(node, say)
        drawn.append(entry)
    curves = bends(links)
    crowded = len(links) > LABELLED_LINKS
    between = Counter(frozenset((k.source, k.target)) for k in links)
    lines = []
    for link in links:
        look = link_style(link)
        line: dict[str, Any] = {"id": link.id, "from": link.source, "to": link.target, "width": look.width}
        line["color"] = {"color": look.colour, "highlight": look.colour, "hover": look.colour}
        if look.dashed:
            line["dashes"] = [7, 5]
        if link.directed:
            line["arrows"] = {"to": {"enabled": True, "scaleFactor": 0.6}}
        if curve := curves[link.id]:
            kind = "curvedCW" if curve > 0 else "curvedCCW"
            line["smooth"] = {"enabled": True, "type": kind, "roundness": abs(curve)}
        if not crowded and between[frozenset((link.source, link.target))] <= 2:
            line["label"] = link_words(link, say)
        line["title"] = f"{say.relation(link.relation)}\n{link.owner}".strip()
        lines.append(line)
    body = {"nodes": drawn, "edges": lines, "icons": icons}
    version = hashlib.sha256(orjson.dumps(body, option=orjson.OPT_SORT_KEYS)).hexdigest()[:16]
    return {**body, "version": version}


def link_words(link: Link, say: Speaker) -> str:
    """What stands beside a line: the role where it is one, else the relation, in few words."""
    if has(f"ui.link.short.{link.relation}"):
        return say(f"ui.link.short.{link.relation}")
    if link.relation == "CASE_ROLE" and link.caption:
        return say.role(link.caption)
    return words.relation_name(link.relation, say.lang)


def tooltip(node: Node, say: Speaker) -> str:
    """What is said of a node under the pointer. Text, never HTML."""
    lines = [say.caption(node.caption, node.schema, node.masked), say.kind(node)]
    if node.owners:
        lines.append(say.listed(list(node.owners)))
    if node.state:
        lines.append(say(f"ui.state.{node.state}"))
    return "\n".join(lines)


def chart(
    drawing: Mapping[str, Any],
    selected: Mapping[str, list[str]],
    say: Speaker,
    *,
    key: str,
    height: int,
    fit: int,
    path: Iterable[str] = (),
    label: str = "",
    on_event: Callable[[], None],
) -> None:
    """Draw. ``on_event`` is called when something was done on the canvas; :func:`event` then says what."""
    texts = {name: say(f"ui.canvas.{name}") for name in ("in", "out", "fit", "failed")}
    data = {
        **drawing,
        "selected": {"nodes": sorted(selected["nodes"]), "edges": sorted(selected["edges"])},
        "path": list(path),
        "fit": fit,
        "height": height,
        "library": _library_url(),
        "texts": {**texts, "label": label},
    }
    _mount()(data=data, key=key, on_event_change=on_event)


def event(key: str) -> dict[str, Any]:
    """What was done: ``kind`` select (nodes, edges), expand (id), moved (places), remove, undo, redo; empty: none."""
    state = st.session_state.get(key)
    found = state.get("event") if state else None
    return dict(found) if found else {}
