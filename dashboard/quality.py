"""A delivery's quality report in words: the same sections on the command line and on the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from dashboard.texts import Speaker
from graph import words
from graph.i18n import has, outline

COUNTS = ("rows_read", "rows_accepted", "rows_rejected", "values_rejected")
VALUES = ("said", "normalised", "repaired", "derived")
CHECKS = ("valid", "wrong", "wellformed", "unknown")


class Section(NamedTuple):
    """A heading, the heads of a table's columns, its rows; the last column counts."""

    title: str
    heads: tuple[str, ...]
    rows: Sequence[Sequence[str | int]]


def sections(report: Mapping[str, Any], say: Speaker) -> list[Section]:
    """The sections of a report that say something. ``report`` is a line of the ledger."""
    found = report.get("quality") or {}
    what, count = say("quality.head.what"), say("quality.head.count")
    made = [
        Section(
            say("quality.rows"), (what, count), [(say(f"cli.count.{name}"), report.get(name, 0)) for name in COUNTS]
        ),
        Section(
            say("quality.reasons"),
            (say("quality.head.reason"), say("quality.head.refused"), count),
            _reasons(found, say),
        ),
        Section(
            say("quality.places"),
            (say("ui.rejects.document"), say("ui.rejects.column"), say("quality.head.reason"), count),
            _places(found, say),
        ),
        Section(
            say("quality.values"),
            (what, count),
            [(say(f"quality.values.{name}"), found[name]) for name in VALUES if name in found],
        ),
        Section(
            say("quality.checks"),
            (say("quality.head.form"), *(say.word("check", check) for check in CHECKS)),
            [
                (say.form(form) if form else say("quality.no_form"), *(counts.get(check, 0) for check in CHECKS))
                for form, counts in found.get("checks", {}).items()
            ],
        ),
        Section(say("quality.duplicates"), (what, count), _duplicates(found, say)),
        Section(
            say("quality.never_filled"),
            (say("ui.rejects.document"), say("quality.head.columns"), count),
            [(name, ", ".join(columns), len(columns)) for name, columns in found.get("never_filled", {}).items()],
        ),
        Section(
            say("quality.protected"),
            (what, count),
            [(words.masked_name(mask, say.lang), number) for mask, number in found.get("protected", {}).items()],
        ),
    ]
    return [section for section in made if section.rows]


def _reason(key: str, lang: str) -> str:
    """A reason without what it says of the single value."""
    return outline(key, lang) if has(key) else key


def _reasons(found: Mapping[str, Any], say: Speaker) -> list[tuple[str | int, ...]]:
    return [
        (_reason(key, say.lang), say(f"ui.rejects.{what}"), number)
        for part, what in (("rows", "whole"), ("values", "one"))
        for key, number in found.get(part, {}).items()
    ]


def _places(found: Mapping[str, Any], say: Speaker) -> list[tuple[str | int, ...]]:
    rows: list[tuple[str | int, ...]] = [
        (document, column, _reason(key, say.lang), number) for document, column, key, number in found.get("places", ())
    ]
    if more := found.get("places_more", 0):
        rows.append((say("quality.places.more"), "", "", more))
    return rows


def _duplicates(found: Mapping[str, Any], say: Speaker) -> list[tuple[str | int, ...]]:
    rows: list[tuple[str | int, ...]] = [
        (say("quality.rows_repeated", file=name), number) for name, number in found.get("rows_repeated", {}).items()
    ]
    if shared := found.get("numbers_shared", 0):
        rows.append((say("quality.numbers_shared"), shared))
    return rows
