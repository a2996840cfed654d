"""A chart as one HTML file that opens offline: drawn by pyvis, words from data shown as text, nothing from outside.

pyvis 0.3.2 lays down the page and the drawing library; what it does wrong is put right here and checked: two tags that
load from a network, two headings, tooltips that become HTML once one of them holds "href" (so it is given none). A
content security policy names the digest of each script and style in the file: no other runs, whatever a name says.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from collections import Counter
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from graph.chart import label_lines
from graph.errors import ExportError
from graph.export.base import Written, whole
from graph.export.contents import Contents, Line
from graph.export.island import island
from graph.i18n import t
from graph.result import Node
from graph.style import icon_svg, link_style, node_style

OPTIONS = {
    "physics": {"enabled": False},
    "layout": {"improvedLayout": False},
    "interaction": {"hover": True, "multiselect": False, "keyboard": False, "tooltipDelay": 1000000000},
    "nodes": {
        "borderWidth": 0,
        "borderWidthSelected": 0,
        "size": 27,
        "labelHighlightBold": False,
        "font": {"size": 13},
    },
    "edges": {
        "arrowStrikethrough": False,
        "selectionWidth": 1.6,
        "hoverWidth": 0.6,
        "labelHighlightBold": False,
        "arrows": {"to": {"scaleFactor": 0.55}},
    },
}
# what pyvis 0.3.2 writes and must not stand in the file, with how often it does
REMOVED = (
    (re.compile(r"<link\s[^>]*bootstrap[^>]*/>", re.S), 1),
    (re.compile(r"<script\s[^>]*bootstrap[^>]*>\s*</script>", re.S), 1),
    (re.compile(r"<center>\s*<h1>\s*</h1>\s*</center>", re.S), 2),
    (re.compile(r"<!-- <link rel=\"stylesheet\".*?-->", re.S), 1),
    (re.compile(r"(?<=<div class=\"card\") style=\"width: 100%\""), 1),
)
BLOCKS = re.compile(r"<script[^>]*>.*?</script>|<style[^>]*>.*?</style>", re.S)
LOADS = re.compile(r"<script\s[^>]*src\b[^>]*>|\b(?:src|href)\s*=[^>]*", re.S)


@cache
def _asset(name: str) -> str:
    return resources.files("graph.export").joinpath("page", name).read_text(encoding="utf-8")


def write(contents: Contents, out: Path, lang: str) -> Written:
    """Write ``contents`` to ``out``; :class:`ExportError` when pyvis' page is not the one that is known here."""
    page = compose(_drawn(contents, lang), contents, lang)
    with whole(out) as stream:
        stream.write(page.encode("utf-8", "replace"))
    return Written((out,))


def _drawn(contents: Contents, lang: str) -> str:
    """pyvis' own page of the chart."""
    from pyvis.network import Network

    network = Network(height="100%", width="100%", directed=True, bgcolor="#ffffff", cdn_resources="in_line")
    network.options = {**OPTIONS, "groups": looks(contents)}  # its set_options() drops every blank, in strings too
    for item in contents.items:
        x, y = contents.chart.positions[item.node.id]
        label = "\n".join(label_lines(item.node, lang))
        # no tooltip: the page shows what it needs, as text
        network.add_node(item.node.id, label=label, shape="image", group=look_of(item.node), physics=False, x=x, y=y)
    for line, smooth in _curved(contents.lines):
        network.add_edge(line.link.source, line.link.target, **link_options(line, smooth))
    return str(network.generate_html(notebook=False))


def look_of(node: Node) -> str:
    """Name of a node's look: things of one look share one picture in the file."""
    style = node_style(node)
    return f"{style.group}{'-crossing' if style.ring else ''}"


def looks(contents: Contents) -> dict[str, dict[str, Any]]:
    """Look → what the drawing library needs to draw it."""
    styles = {look_of(i.node): node_style(i.node) for i in contents.items}
    pictures = {name: base64.b64encode(icon_svg(style).encode()).decode() for name, style in sorted(styles.items())}
    return {
        name: {"shape": "image", "image": f"data:image/svg+xml;base64,{picture}"} for name, picture in pictures.items()
    }


def link_options(line: Line, smooth: dict[str, Any] | bool) -> dict[str, Any]:
    """A link as the drawing library wants it; the page writes what it says."""
    style = link_style(line.link)
    return {
        "id": line.id,
        "color": {"color": style.colour, "highlight": style.colour, "hover": style.colour, "inherit": False},
        "width": style.width,
        "dashes": [7, 5] if style.dashed else False,
        "arrows": "to" if line.link.directed else "",
        "smooth": smooth,
    }


def _curved(lines: tuple[Line, ...]) -> list[tuple[Line, dict[str, Any] | bool]]:
    """Each link with its bend: several between two ends fan out, one alone is straight."""
    ends = [tuple(sorted((k.link.source, k.link.target))) for k in lines]
    count, seen = Counter(ends), Counter[tuple[str, ...]]()
    found: list[tuple[Line, dict[str, Any] | bool]] = []
    for line, pair in zip(lines, ends, strict=True):
        if count[pair] == 1:
            found.append((line, False))
            continue
        bend = (seen[pair] - (count[pair] - 1) / 2) * min(0.24, 0.9 / count[pair])
        seen[pair] += 1
        if line.link.source != pair[0]:
            bend = -bend
        kind = "curvedCW" if bend >= 0 else "curvedCCW"
        found.append((line, {"enabled": True, "type": kind, "roundness": round(abs(bend), 3)} if bend else False))
    return found


def compose(drawn: str, contents: Contents, lang: str) -> str:
    """pyvis' page put right, with our controls around the drawing and the policy that shuts everything else out."""
    for pattern, times in REMOVED:
        drawn, found = pattern.subn("", drawn)
        if found != times:
            raise ExportError("export.pyvis_changed", pattern=pattern.pattern)
    if more := LOADS.search(BLOCKS.sub("", drawn)):
        raise ExportError("export.pyvis_changed", pattern=more[0])
    title = html.escape(contents.chart.title)
    data = json.dumps(island(contents, lang), ensure_ascii=False, separators=(",", ":"))
    data = data.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")
    data = data.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    texts = {key: html.escape(t(f"export.page.{key}", lang)) for key in PAGE_TEXTS}
    before = _asset("before.html").format(title=title, **texts)
    after = _asset("after.html").format(data=data, script=_asset("chart.js"), **texts)
    drawn = _once(drawn, "<html>", f'<!DOCTYPE html>\n<html lang="{lang}">')
    drawn = _once(drawn, "<body>", f"<body>\n{before}")
    drawn = _once(drawn, "</body>", f"{after}\n</body>")
    head = f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>{title}</title>\n'
    head += f'<meta name="referrer" content="no-referrer">\n<style>{_asset("chart.css")}</style>\n</head>'
    page = _once(drawn, "</head>", head).replace("\r\n", "\n").replace("\r", "\n")
    return _once(page, '<meta charset="utf-8">', f'<meta charset="utf-8">\n{policy(page)}')


PAGE_TEXTS = (
    "skip", "search", "search_hint", "filters", "fit", "closer", "farther", "table", "chart", "stamp", "panel",
    "no_script",
)  # fmt: skip


def _once(text: str, what: str, by: str) -> str:
    if text.count(what) != 1:
        raise ExportError("export.pyvis_changed", pattern=what)
    return text.replace(what, by)


def policy(page: str) -> str:
    """The content security policy of ``page``: its own scripts and styles by digest, pictures from within, no more."""
    scripts = re.findall(r"<script(?: type=\"text/javascript\")?>(.*?)</script>", page, re.S)
    styles = re.findall(r"<style(?: type=\"text/css\")?>(.*?)</style>", page, re.S)
    rules = "default-src 'none'; img-src data:; base-uri 'none'; form-action 'none'; "
    rules += f"script-src {_digests(scripts)}; style-src {_digests(styles)}"
    return f'<meta http-equiv="Content-Security-Policy" content="{rules}">'


def _digests(texts: list[str]) -> str:
    found = (base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in texts)
    return " ".join(f"'sha256-{digest}'" for digest in dict.fromkeys(found))
