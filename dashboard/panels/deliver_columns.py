"""What each column of a table is: proposed, corrected by the steward, and shown on its first rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import streamlit as st

from dashboard import markup
from dashboard.texts import Speaker, plain
from graph.i18n import has, t
from graph.model import property_type
from ingest.normalise.documents import forms
from ingest.preview import Fact, Thing, Understood
from ingest.propose import ColumnNote, Decisions, Proposal, kinds, slots

WIDTHS = (2.4, 2.4, 3.2, 1.1, 2.6)
NUMBERS = ("doc", "tax", "doc_number")
ORDERS = ("dmy", "mdy")
TONES = ((0.8, "sure"), (0.5, ""), (0.0, "handled"))
COUNTRIES = tuple(sorted({form.country for form in forms().values()}))


class Chosen(NamedTuple):
    """What the steward chose for the table as a whole."""

    kind: str
    country: str


def whole(mark: str, found: Chosen, say: Speaker) -> Chosen:
    """Let the steward choose kind and country; ``found`` is what the table itself says. ``mark`` tells uploads
    apart."""
    left, right = st.columns(2)
    names = sorted(kinds(), key=lambda k: say(f"propose.kind.{k}"))
    kind = left.selectbox(
        say("deliver.kind"),
        names,
        index=names.index(found.kind) if found.kind else None,
        format_func=lambda k: say(f"propose.kind.{k}"),
        placeholder=say("deliver.kind.choose"),
        key=f"deliver_kind_{mark}",
    )
    codes = ["", *sorted(COUNTRIES, key=say.country)]
    country = right.selectbox(
        say("deliver.country"),
        codes,
        index=codes.index(found.country) if found.country in codes else 0,
        format_func=lambda c: say.country(c) if c else say("deliver.country.none"),
        help=say("deliver.country.help"),
        key=f"deliver_country_{mark}",
    )
    return Chosen(kind or "", country)


def slot_name(slot: str, say: Speaker) -> str:
    """``name@payer`` in words."""
    if not slot:
        return say("deliver.unused")
    concept, _, side = slot.partition("@")
    word = say(f"propose.slot.{concept}")
    return f"{word} · {say(f'propose.side.{side}')}" if side else word


def columns(mark: str, proposal: Proposal, say: Speaker) -> Decisions:
    """One line for each column: its example, what it is, how sure that is. Gives what the steward decided; without
    ``slots`` where every column is as proposed."""
    heads = ("deliver.column", "deliver.example", "deliver.holds", "deliver.sure", "deliver.detail")
    for place, head in zip(st.columns(WIDTHS), heads, strict=True):
        place.html(markup.meta(say(head)))
    known = ["", *sorted(slots(proposal.kind), key=lambda s: slot_name(s, say).casefold())]
    chosen: dict[str, str] = {}
    orders: dict[str, str] = {}
    numbers: dict[str, str] = {}
    for n, note in enumerate(proposal.columns):
        key = f"{mark}_{proposal.kind}_{proposal.country}_{n}"
        cells = st.columns(WIDTHS, vertical_alignment="center")
        cells[0].html(markup.name(note.column))
        cells[1].html(markup.meta(note.example))
        chosen[note.column] = (
            cells[2].selectbox(
                plain(note.column),
                known,
                index=known.index(note.slot),
                format_func=lambda s: slot_name(s, say),
                label_visibility="collapsed",
                key=f"deliver_slot_{key}",
            )
            or ""
        )
        changed = chosen[note.column] != note.slot
        if sure := _sure(note, changed, say):
            cells[3].html(sure)
        with cells[4]:
            _details(note, chosen[note.column], changed, key, proposal.country, orders, numbers, say)
    same = all(chosen[note.column] == note.slot for note in proposal.columns)
    return Decisions(proposal.kind, proposal.country, {} if same else chosen, orders, numbers)


def _sure(note: ColumnNote, changed: bool, say: Speaker) -> str:
    if changed:
        return markup.chip(say("deliver.corrected"), "inferred")
    if not note.slot:
        return ""
    return markup.chip(say.percent(note.confidence), next(tone for least, tone in TONES if note.confidence >= least))


def _details(
    note: ColumnNote,
    slot: str,
    changed: bool,
    key: str,
    country: str,
    orders: dict[str, str],
    numbers: dict[str, str],
    say: Speaker,
) -> None:
    """Order of a column of dates, document of a column of numbers."""
    if note.order and not changed:
        order = st.selectbox(
            say("deliver.order"),
            ORDERS,
            index=ORDERS.index(note.order),
            format_func=lambda o: (
                say(f"deliver.order.{o}") + ("" if note.proven else f" · {say('deliver.order.open')}")
            ),
            label_visibility="collapsed",
            key=f"deliver_order_{key}",
        )
        if order and order != note.order:
            orders[note.column] = order
    elif slot.partition("@")[0] in NUMBERS:
        known = ["", *sorted(forms_of(country), key=say.form)]
        form = st.selectbox(
            say("deliver.form"),
            known,
            index=known.index(note.form) if note.form in known else 0,
            format_func=lambda f: say.form(f) if f else say("deliver.form.none"),
            label_visibility="collapsed",
            key=f"deliver_form_{key}",
        )
        if form and form != note.form:
            numbers[note.column] = form


def forms_of(country: str) -> list[str]:
    """The identity documents that a column of numbers may hold: those of the table's country, all where none is
    said."""
    return [name for name, form in forms().items() if name == form.name and country in ("", form.country)]


def warnings(found: Sequence[tuple[str, dict[str, str]]], say: Speaker) -> None:
    """What a person must look at."""
    for key, params in found:
        st.warning(plain(say(key, **params)), icon=":material/visibility:")


def preview(rows: Sequence[Understood], say: Speaker) -> None:
    """The first rows as they will be understood."""
    lines = []
    for row in rows:
        things = "".join(_thing(thing, say) for thing in row.things)
        refused = "".join(
            markup.meta_html(
                markup.chip(say("deliver.refused"), "wrong"),
                f"{r.column}: {r.value[:60]} — {t(r.reason, say.lang, **r.params) if has(r.reason) else r.reason}",
            )
            for r in row.refused
        )
        lines.append((say.number(row.row), markup.Html(things + refused)))
    heads = [say("deliver.row"), say("deliver.says")]
    st.html(markup.table(heads, lines, say("deliver.preview"), widths=(6, 94)))


def _thing(thing: Thing, say: Speaker) -> str:
    chips = markup.chip(say.schema(thing.schema), "cross" if thing.mask else "")
    if thing.mask:
        chips += markup.chip(say("deliver.protected"), "masked")
    # a role's case is the delivery's own, and its person stands in the line above
    facts = [f for f in thing.facts if not f.derived and not (thing.schema == "CaseRole" and f.prop != "role")]
    return markup.meta_html(chips, " · ".join(_fact(thing.schema, fact, say) for fact in facts))


def _fact(schema: str, fact: Fact, say: Speaker) -> str:
    value = _worded(schema, fact, say)
    if fact.form and fact.check == "wrong":
        value += f" ({say.word('check', fact.check)})"
    if fact.written and fact.written != fact.value:
        value += f" [{fact.written}]"
    return value if schema == "CaseRole" else f"{say.prop(fact.prop)}: {value}"


def _worded(schema: str, fact: Fact, say: Speaker) -> str:
    """A value that stands for a word, as the reader's word for it."""
    if (schema, fact.prop) == ("CaseRole", "role"):
        return say.role(fact.value)
    match property_type(schema, fact.prop):
        case "country":
            return say.country(fact.value)
        case "gender":
            return say.word("gender", fact.value)
        case _:
            return fact.value
