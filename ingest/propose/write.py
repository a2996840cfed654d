"""A draft mapping as text: FollowTheMoney's YAML, beside each line how sure it is and a value of the column."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import yaml

from graph.i18n import t
from ingest.propose.proposal import ColumnNote, Proposal

OPEN = frozenset(("queries", "entities", "properties"))  # tables that are written over several lines
WIDE = 110


def as_yaml(proposals: Sequence[Proposal], lang: str) -> str:
    """The mapping file of one or more tables, its comments in ``lang``."""
    lines: list[str] = []
    for proposal in proposals:
        lines += [f"# {_line(text)}" for text in _head(proposal, lang)]
    lines.append("queries:")
    for proposal in proposals:
        notes = {note.column: note for note in proposal.columns}
        for query in proposal.queries:
            body = list(_table(query, 2, notes))
            lines += [f"  - {body[0].strip()}", *(f"  {line}" for line in body[1:])]
        lines += [f"  # {_line(_unused(note, lang))}" for note in proposal.unused]
    return "\n".join(lines) + "\n"


def _head(proposal: Proposal, lang: str) -> Iterator[str]:
    yield t("propose.head", lang, file=proposal.sheet.name, kind=t(f"propose.kind.{proposal.kind}", lang))
    if proposal.country:
        yield t("propose.head.country", lang, country=proposal.country)
    for key, params in proposal.warnings:
        yield t(key, lang, **params)


def _unused(note: ColumnNote, lang: str) -> str:
    example = f" ({note.example})" if note.example else ""
    return t("propose.unused", lang, column=note.column) + example


def _table(table: Mapping[str, Any], indent: int, notes: Mapping[str, ColumnNote]) -> Iterator[str]:
    """Lines of a table; what is no list of queries, entities or properties stands on one line."""
    for key, value in table.items():
        pad = " " * indent
        if key in OPEN or (isinstance(value, Mapping) and OPEN & set(value)):
            yield f"{pad}{_flow(key)}:"
            yield from _table(value, indent + 2, notes)
            continue
        line = f"{pad}{_flow(key)}: {_flow(value)}"
        remark = _remark(key, value, notes)
        yield f"{line}  # {remark}" if remark else line


def _flow(value: Any) -> str:
    """A value on one line."""
    text: str = yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, width=float("inf"), sort_keys=False)
    return text.removesuffix("\n").removesuffix("\n...")


def _remark(key: str, value: Any, notes: Mapping[str, ColumnNote]) -> str:
    """How sure a line is, and what its columns hold."""
    if isinstance(value, Mapping):
        columns = [c for c in (value.get("column"), *value.get("columns", ())) if c]
        columns += [v["column"] for v in value.values() if isinstance(v, Mapping) and "column" in v]
    else:
        columns = value if key == "keys" else []
    said = [notes[c] for c in dict.fromkeys(columns) if c in notes and notes[c].slot]
    return _line(" · ".join(f"{n.confidence:.2f} {n.example}".rstrip() for n in said))


def _line(text: str) -> str:
    """``text`` on one line, printable: it stands in a comment."""
    return "".join(c if c.isprintable() else " " for c in text)
