"""Every fact of an entity with where it comes from: owner, dataset, document, row, evaluation, handling, check."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import streamlit as st

from dashboard import markup
from dashboard.texts import Speaker
from graph.errors import InputError
from graph.evaluation import BLANK, reference, schemes, translate
from graph.model import caption_props, property_type, schema
from graph.result import Entity
from graph.statement import REPAIRED, Record, Statement

NUMBERS = ("idNumber", "taxNumber", "passportNumber", "registrationNumber", "birthDate", "nationality", "phone")
CHECK_TONES = {"valid": "sure", "wrong": "wrong"}


class Fact(NamedTuple):
    """One value of one property, with every statement that says so."""

    prop: str
    value: str
    said: tuple[tuple[Record, Statement], ...]


def facts(entity: Entity) -> list[Fact]:
    """Facts in reading order: names, what matters most for this kind of thing, the rest, then what was derived."""
    grouped: dict[tuple[str, str], list[tuple[Record, Statement]]] = {}
    for record, statement in entity.facts():
        grouped.setdefault((statement.prop, statement.value), []).append((record, statement))
    first = list(dict.fromkeys([*caption_props(entity.schema), *schema(entity.schema).featured]))
    first += [prop for prop in NUMBERS if prop not in first]
    rank = {prop: n for n, prop in enumerate(first)}

    def place(key: tuple[str, str]) -> tuple[bool, int, str, str]:
        derived = all(s.inferred for _, s in grouped[key])
        return derived, rank.get(key[0], len(rank)), *key

    ordered = sorted(grouped, key=place)
    return [Fact(prop, value, tuple(grouped[prop, value])) for prop, value in ordered]


def source(record: Record, statement: Statement, say: Speaker) -> tuple[str, str]:
    """(owner and dataset, document and row) of one statement."""
    where = ""
    if statement.document:
        where = say.document(statement.document)
        if statement.row:
            where = say("ui.source.row", document=where, row=statement.row)
    elif record.level == "identity":
        where = say("ui.source.withheld")
    return f"{record.owner} · {record.dataset}", where


def text(entity: Entity, fact: Fact, say: Speaker) -> str:
    """A fact's value as plain text."""
    return say.value(property_type(entity.schema, fact.prop), fact.value)


def _value(entity: Entity, fact: Fact, say: Speaker) -> markup.Html:
    html = markup.cell(text(entity, fact, say))
    written = dict.fromkeys(s.original for _, s in fact.said if s.original and s.original != fact.value)
    if written:
        html += markup.meta(say("ui.fact.written", values=say.listed([f"«{w}»" for w in written])))
    chips = []
    for form, check in dict.fromkeys((s.form, s.check) for _, s in fact.said if s.form or s.check):
        if "." in form:  # a country's own number; that a telephone number is one needs no saying
            chips.append(markup.chip(say.form(form)))
        if check:
            chips.append(markup.chip(say.word("check", check), CHECK_TONES.get(check, "")))
    for rule in dict.fromkeys(s.derived for _, s in fact.said if s.derived):
        mended = rule == REPAIRED
        help_key = "quality.repaired.help" if mended else "ui.fact.derived.help"
        chips.append(markup.chip(say.rule(rule), "" if mended else "inferred", say(help_key)))
    return markup.Html(html + (f"<div>{markup.chips(chips)}</div>" if chips else ""))


def choose(entity: Entity, say: Speaker) -> str:
    """The scheme in which the reader also wants the evaluations; empty, and so at first, for only as given."""
    if not any(s.evaluation for _, s in entity.facts()):
        return ""
    words = {"": say("ui.evaluation.given"), **{name: say(f"ui.evaluation.scheme.{name}") for name in schemes()}}
    chosen = str(st.selectbox(say("ui.evaluation.as"), list(words), format_func=words.__getitem__))
    if chosen:
        st.caption(say("ui.evaluation.explained", scheme=words[chosen], reference=reference(chosen)))
    return chosen


def _translated(evaluation: str, scheme: str, say: Speaker) -> list[str]:
    """The chip that stands beside a code as given, drawn as what is inferred; none for a code of that very scheme."""
    given, _, code = evaluation.partition(":")
    if scheme in ("", given):
        return []
    nothing, written = say("ui.evaluation.untranslated"), say.code(evaluation)
    try:
        found = translate(given, code, scheme)
    except InputError:
        return [markup.chip(f"≈ {nothing}", "inferred", say("ui.evaluation.unknown_scheme", given=written))]
    bare = found.code.replace(BLANK, "")
    some = not bare.endswith(":")
    title = say(
        "ui.evaluation.translated",
        given=written,
        table=f"{say.code(given)} → {say.code(scheme)}",
        words=say.evaluation(bare) if some else nothing,
        note=found.note(say.lang),
    )
    return [markup.chip(f"≈ {say.code(found.code) if some else nothing}", "inferred", title)]


def _evaluation(fact: Fact, say: Speaker, scheme: str) -> markup.Html:
    chips = []
    for e in dict.fromkeys(s.evaluation for _, s in fact.said if s.evaluation):
        chips.append(markup.chip(say.code(e), title=say.evaluation(e)))
        chips += _translated(e, scheme, say)
    handled = {code for _, s in fact.said for code in s.handling.split(",") if code}
    chips += [markup.chip(code, "" if code == "H0" else "handled", say.handling(code)) for code in sorted(handled)]
    return markup.Html(markup.chips(chips))


def table(entity: Entity, say: Speaker, shown: Sequence[Fact] | None = None, scheme: str = "") -> str:
    """The facts as an HTML table; one row per value, its sources below one another.

    ``scheme``: also show the evaluations as codes of that scheme, beside those that were given.
    """
    rows = []
    former = ""
    for fact in facts(entity) if shown is None else shown:
        sources = dict.fromkeys(source(record, statement, say) for record, statement in fact.said)
        where = markup.Html("".join(f"<div>{markup.cell(who)}{markup.meta(place)}</div>" for who, place in sources))
        label = say.prop(fact.prop) if fact.prop != former else ""
        valued = _evaluation(fact, say, scheme)
        rows.append((markup.Html(f"<b>{markup.cell(label)}</b>"), _value(entity, fact, say), where, valued))
        former = fact.prop
    headers = [say("ui.fact.property"), say("ui.fact.value"), say("ui.fact.source"), say("ui.fact.evaluation")]
    return markup.table(headers, rows, say("ui.fact.caption"), widths=(18, 33, 29, 20))
