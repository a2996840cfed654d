"""Which slot of which kind of table each column fills: headers against phrases, values against kinds of value.

A slot is a concept at a side (``name@payer``; the row's own subject has none). Every kind of table (frame) is tried;
the one that explains the most columns best is taken. Within it, slots are given to the columns that fit them best.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple

from ingest.propose.columns import Column, Sheet
from ingest.propose.values import LEAST, share
from ingest.propose.vocabulary import Concept, vocabulary, words_of

SUBJECT = ""
PARTLY = 0.45  # share of a header's words that a slot must explain
OF_ROW = frozenset(
    ("role", "protected", "source", "information", "handling", "summary")
)  # said of a row and of no side
LOOSE = frozenset(("name", "text", "code"))  # kinds of value that say little of what a column is
OF_KIND = 0.3
BARE = 0.92  # a header that names a side alone
LEAST_SURE = 0.25  # confidence below which nothing is proposed for a column
HEADER_ALONE = 0.72  # how much a header is believed where the column has no values
# kinds of value that prove themselves by a check digit or an unmistakable shape: what they are called does not matter
SELF_EVIDENT = {
    "email": "email", "iban": "account", "cbu": "account", "clabe": "account", "imei": "imei", "container": "container",
}  # fmt: skip


class Slot(NamedTuple):
    """A concept at a side."""

    concept: str
    side: str = SUBJECT

    @classmethod
    def of(cls, text: str) -> Slot:
        """``name@payer`` as a slot."""
        concept, _, side = text.partition("@")
        return cls(concept, side)


class Fit(NamedTuple):
    """How well a column fills a slot: ``confidence`` of 0 to 1, and the shares of header and values it comes from."""

    confidence: float
    slot: Slot
    header: float
    values: float | None


@dataclass(slots=True)
class Match:
    """One kind of table as the columns fill it."""

    frame: str
    slots: dict[Slot, list[str]] = field(default_factory=dict)
    fits: dict[str, Fit] = field(default_factory=dict)
    score: float = 0.0

    def first(self, slot: Slot) -> str:
        """The column that fills a slot; empty for none."""
        return next(iter(self.slots.get(slot, ())), "")


def sides(frame: Mapping[str, Any]) -> dict[str, frozenset[str]]:
    """Side → its words: the frame's own, and of those whom a row may name besides."""
    found = {
        name: frozenset(w for word in words for w in words_of(word)) for name, words in frame.get("sides", {}).items()
    }
    for name in frame.get("others", ()):
        found[name] = frozenset(w for word in vocabulary().others[name]["words"] for w in words_of(word))
    return found


def best_match(sheet: Sheet, country: str, only: str = "", fixed: Mapping[str, Slot | None] | None = None) -> Match:
    """The kind of table that explains the columns best; one without slots where none does.

    ``only`` names the kind, whatever is missing of it; ``fixed`` says what single columns are (None: nothing).
    """
    names = [only] if only else list(vocabulary().frames)
    shares = _Shares(country)
    found = [_fill(name, sheet, shares, fixed or {}, bool(only)) for name in names]
    return max(found, key=lambda m: m.score)


class _Shares:
    """Shares of values by kind, each taken once."""

    def __init__(self, country: str) -> None:
        self._country, self._known = country, dict[tuple[str, str], float | None]()

    def of(self, column: Column, kind: str) -> float | None:
        key = (column.name, kind)
        if key not in self._known:
            self._known[key] = share(kind, column.sample, self._country)
        return self._known[key]


def _fill(name: str, sheet: Sheet, shares: _Shares, fixed: Mapping[str, Slot | None], whatever: bool) -> Match:
    frame = vocabulary().frames[name]
    match = Match(name)
    unlike = frozenset(frame.get("unlike", ()))
    if not whatever and any(unlike & set(c.words) for c in sheet.columns):
        return match
    for column, said in fixed.items():
        if said is not None:
            match.fits[column] = Fit(1.0, said, 1.0, None)
            match.slots.setdefault(said, []).append(column)
    fits = [(fit, n) for n, column in enumerate(sheet.columns) for fit in _fits(name, column, shares)]
    many = {c for c in frame["concepts"] if vocabulary().concepts[c].many}
    fits = [(fit, n) for fit, n in fits if fit.confidence >= LEAST_SURE]
    for fit, n in sorted(fits, key=lambda f: (-f[0].confidence, -f[0].header, not f[0].slot.side, f[1])):
        column = sheet.columns[n].name
        if column in match.fits or column in fixed or (match.slots.get(fit.slot) and fit.slot.concept not in many):
            continue
        match.fits[column] = fit
        match.slots.setdefault(fit.slot, []).append(column)
    _settle_names(match, sheet, frozenset(fixed))
    order = {column.name: n for n, column in enumerate(sheet.columns)}
    for columns in match.slots.values():
        columns.sort(key=order.__getitem__)
    needs = [[Slot.of(text) for text in need] for need in frame["needs"]]
    if not whatever and not any(all(_holds(match, slot) for slot in need) for need in needs):
        return Match(name)
    match.score = sum(fit.confidence for fit in match.fits.values()) / max(len(sheet.columns), 1)
    return match


def _holds(match: Match, slot: Slot) -> bool:
    """Whether a slot is filled, by values of its kind where these are told from others."""
    if slot not in match.slots:
        return False
    values = max((match.fits[c].values or 0.0 for c in match.slots[slot]), default=0.0)
    unsure = vocabulary().concepts[slot.concept].values in LOOSE
    return unsure or values >= OF_KIND or all(match.fits[c].values is None for c in match.slots[slot])


class _Place(NamedTuple):
    """A slot that columns of a frame may fill: its side's words, and what a header that names the side alone says."""

    slot: Slot
    concept: Concept
    side: frozenset[str]
    bare: float


@cache
def _places(name: str) -> tuple[tuple[_Place, ...], frozenset[Slot], frozenset[str]]:
    """Every place of a frame, their slots, and the words of it that say nothing of their own."""
    frame, known = vocabulary().frames[name], vocabulary().concepts
    attached = frozenset(_attached(frame))
    found = tuple(
        _Place(Slot(c, side), known[c], words, _bare(frame, c))
        for side, words in {SUBJECT: frozenset[str](), **sides(frame)}.items()
        for c in (*frame["concepts"], *attached)
        if not side or not (c in attached or c in OF_ROW)
    )
    return found, frozenset(p.slot for p in found), frozenset(w for n in frame.get("nouns", ()) for w in words_of(n))


def _fits(name: str, column: Column, shares: _Shares) -> Iterable[Fit]:
    """Every slot of a frame that a column may fill."""
    places, slots, nouns = _places(name)
    said = frozenset(column.words)
    best: dict[Slot, tuple[float, Concept]] = {}
    for place in places:
        if said and (header := _header(said, place, nouns)) >= PARTLY:
            best[place.slot] = header, place.concept
    for slot, (header, concept) in best.items():
        yield _weigh(slot, header, shares.of(column, concept.values))
    if not best and len(column.sample) >= LEAST:
        for kind, concept_name in SELF_EVIDENT.items():
            if Slot(concept_name) in slots and (part := shares.of(column, kind) or 0.0) >= 0.9:
                yield Fit(0.7 * part, Slot(concept_name), 0.0, part)


def _bare(frame: Mapping[str, Any], concept: str) -> float:
    """What a header that names a side alone says of a concept: of several, of the first the most."""
    said = frame.get("bare", ())
    among = [said] if isinstance(said, str) else said
    return BARE * 0.9 ** among.index(concept) if concept in among else 0.0


def _attached(frame: Mapping[str, Any]) -> Iterable[str]:
    """Concepts of the things that a row about somebody may hold besides."""
    for name in frame.get("attached", ()):
        thing = vocabulary().attached[name]
        for concept in thing["properties"].values():
            if not concept.startswith("@") and concept not in frame["concepts"]:
                yield concept


def _header(said: frozenset[str], place: _Place, nouns: frozenset[str]) -> float:
    """Share of a header's words that a concept at a side explains; 0 where it does not name them."""
    told = said & place.side
    if place.side and not told:
        return 0.0
    rest = said - told
    if not rest:
        return place.bare
    hits = [p for p in place.concept.phrases if p <= rest]
    if not hits and told:
        # "BENEFICIARIO" explains itself; a phrase may need the side's own word ("cuenta origen" is none of these)
        hits = [p for p in place.concept.phrases if p <= said and p & rest]
    if not hits:
        return 0.0
    numbers = frozenset(w for w in rest if w.isdigit())
    covered = frozenset[str]().union(*hits) | told | (nouns & said) | numbers
    return len(covered & said) / len(said)


def _weigh(slot: Slot, header: float, values: float | None) -> Fit:
    """Confidence from both: values that contradict a header outweigh it."""
    if values is None:
        return Fit(round(HEADER_ALONE * header, 3), slot, header, None)
    return Fit(round(header * (0.3 + 0.68 * values), 3), slot, header, values)


def _settle_names(match: Match, sheet: Sheet, fixed: frozenset[str]) -> None:
    """``NOMBRE`` beside surnames is a given name; one ``APELLIDO`` alone is all the surnames."""
    for side in {slot.side for slot in match.slots}:
        name, given = Slot("name", side), Slot("given", side)
        last = any(Slot(c, side) in match.slots for c in ("surnames", "sur1", "sur2"))
        column = match.first(name)
        if column and column not in fixed and last and given not in match.slots:
            words = set(sheet.column(column).words)
            if not words & {"apellido", "apellidos", "completo", "razon", "social"}:
                match.slots[given] = match.slots.pop(name)
                match.fits[column] = match.fits[column]._replace(slot=given)
        first = match.first(given)
        if first and first not in fixed and not last and name not in match.slots:
            match.slots[name] = match.slots.pop(given)
            match.fits[first] = match.fits[first]._replace(slot=name)


def slots(kind: str) -> tuple[str, ...]:
    """All that a column of a kind of table may be, as ``slot`` or ``slot@side``."""
    places, _, _ = _places(kind)
    return tuple(f"{p.slot.concept}@{p.slot.side}" if p.slot.side else p.slot.concept for p in places)
