"""The data that an exported page carries beside its drawing, with every word in the reader's language already."""

from __future__ import annotations

import base64
from typing import Any

from graph.export.contents import Contents, Fact, Item, Line
from graph.export.stamped import called, handling_rows, stamp_rows
from graph.i18n import has, t
from graph.identity import Pair, Reason
from graph.model import NAME_PROPS
from graph.result import Link
from graph.style import NodeStyle, icon_svg, link_style, node_style, rules
from graph.words import evaluation_text, kind_name, prop_name, relation_name, role_name, value_text

TEXTS = (
    "nothing_selected", "kinds", "owners", "relations", "inferred", "facts", "links", "source", "row", "no_document",
    "originally", "derived", "records", "reasons", "why_same", "judged_by", "score", "no_results", "results", "dates",
    "crossing", "table_nodes", "table_links", "name", "kind", "countries", "from", "to", "relation", "state", "shown",
    "masked_note", "legend",
)  # fmt: skip


def link_text(link: Link, lang: str) -> str:
    """What a link says, in short: its relation, and what it is called where that adds something."""
    name = relation_name(link.relation, lang)
    if link.relation == "CASE_ROLE" and link.caption:
        return role_name(link.caption, lang)
    return name


class Sources:
    """Each (owner, dataset and revision, document) once: a page of many facts has few of them."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[str, str, str], int] = {}

    def number(self, fact: Fact) -> int:
        """The number of a fact's source in :attr:`listed`."""
        key = (fact.owner, called(fact.dataset, fact.revision), fact.statement.document)
        return self._numbers.setdefault(key, len(self._numbers))

    @property
    def listed(self) -> list[tuple[str, str, str]]:
        """The sources by number."""
        return list(self._numbers)


def island(contents: Contents, lang: str) -> dict[str, Any]:
    """Everything the page shows of nodes and links, as JSON knows it."""
    sources = Sources()
    return {
        "texts": {key: t(f"export.page.{key}", lang) for key in TEXTS},
        "stamp": [[label, value] for _, label, value in stamp_rows(contents, lang)],
        "handling": handling_rows(contents, lang),
        "evaluations": _evaluations(contents, lang),
        "nodes": {i.node.id: _node(i, sources, lang) for i in contents.items},
        "links": {k.id: _link(k, sources, lang) for k in contents.lines},
        "sources": sources.listed,
        "legend": _legend(contents, lang),
        "start": list(contents.chart.start),
    }


def _node(item: Item, sources: Sources, lang: str) -> dict[str, Any]:
    node = item.node
    return {
        "label": item.label,
        "kind": kind_name(node, lang),
        "group": node_style(node).group,
        "owners": list(node.owners),
        "countries": list(node.countries),
        "crosses": node.crosses,
        "masked": bool(node.masked),
        "records": node.records,
        "state": t(f"export.identity.{node.state}", lang) if node.state else "",
        "judged": list(item.judged),
        "reasons": [_reasons(p, lang) for p in item.grounds],
        "facts": [_fact(f, sources, lang) for f in sorted(item.facts, key=_rank)],
    }


def _link(line: Line, sources: Sources, lang: str) -> dict[str, Any]:
    link = line.link
    return {
        "from": link.source,
        "to": link.target,
        "relation": relation_name(link.relation, lang),
        "text": link_text(link, lang),
        "caption": role_name(link.caption, lang) if link.relation == "CASE_ROLE" else link.caption,
        "directed": link.directed,
        "start": link.start,
        "end": link.end,
        "owner": link.owner,
        "inferred": link.state == "proposed",
        "state": t(f"export.state.{link.state}", lang),
        "score": f"{link.score:.2f}" if link.state == "proposed" else "",
        "reasons": [_reasons(line.pair, lang)] if line.pair else [],
        "facts": [_fact(f, sources, lang) for f in line.facts],
    }


def _rank(fact: Fact) -> tuple[int, str]:
    """Names first, as people look for them."""
    prop = fact.statement.prop
    return (NAME_PROPS.index(prop) if prop in NAME_PROPS else len(NAME_PROPS)), prop


def _fact(fact: Fact, sources: Sources, lang: str) -> dict[str, Any]:
    s = fact.statement
    found = {
        "prop": prop_name(s.prop, lang) if s.prop else "",
        "value": value_text(s.prop, s.value, lang),
        "original": s.original if s.original != s.value else "",
        "check": t(f"check.{s.check}", lang) if s.check and has(f"check.{s.check}") else s.check,
        "derived": s.derived,
        "source": sources.number(fact),
        "row": s.row,
        "evaluation": s.evaluation,
        "handling": s.handling,
    }
    return {key: part for key, part in found.items() if part or key == "source"}


def _reasons(pair: Pair, lang: str) -> dict[str, Any]:
    return {
        "score": f"{pair.score:.2f}",
        "reasons": [[reason_text(r, lang), f"{r.weight:+.1f}"] for r in pair.reasons],
    }


def reason_text(reason: Reason, lang: str) -> str:
    """One reason of a score as a sentence; of a feature nobody worded, its name and the two values."""
    if has(key := f"reason.{reason.feature}"):
        return t(key, lang, left=reason.left, right=reason.right)
    return f"{reason.feature}: {reason.left} / {reason.right}"


def _evaluations(contents: Contents, lang: str) -> dict[str, str]:
    facts = [f for i in contents.items for f in i.facts] + [f for k in contents.lines for f in k.facts]
    return {
        e: evaluation_text(e, lang) for e in sorted({f.statement.evaluation for f in facts if f.statement.evaluation})
    }


def _legend(contents: Contents, lang: str) -> dict[str, Any]:
    """One picture per group in the chart with what it stands for, and one line per kind of line."""
    kinds: dict[str, set[str]] = {}
    for item in contents.items:
        kinds.setdefault(node_style(item.node).group, set()).add(kind_name(item.node, lang))
    lines: dict[str, tuple[Any, set[str]]] = {}
    for line in contents.lines:
        style = link_style(line.link)
        lines.setdefault(style.line, (style, set()))[1].add(relation_name(line.link.relation, lang))
    groups = rules()["groups"]
    return {
        "nodes": [[_picture(group), sorted(kinds[group])] for group in groups if group in kinds],
        "lines": [
            [style.colour, style.width, style.dashed, sorted(names)]
            for key in rules()["lines"]
            if key in lines
            for style, names in [lines[key]]
        ],
        "crossing": _picture("person", rules()["crossing"]) if any(i.node.crosses for i in contents.items) else "",
    }


def _picture(group: str, ring: str = "") -> str:
    entry = rules()["groups"][group]
    style = NodeStyle(group, entry["fill"], entry.get("ink", "#FFFFFF"), entry["shape"], entry["icon"], ring)
    return "data:image/svg+xml;base64," + base64.b64encode(icon_svg(style).encode()).decode()
