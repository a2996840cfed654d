"""Which planted connections an agency can be expected to see, from what is released to it, and whether it was told.

Per kind: the same entity needs the other side at ``identity``, and that both owners see each other's data (else nothing
is proposed); a crossing link needs the side that states it in full; shared identifiers, money and routes need the other
side in full. A side at ``hit`` is expected as a hit where an identity or a number can match.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from analytics.crossborder.flags import HIT, Flag
from analytics.truth import Connection, TrueSide, Truth
from graph.access import FULL, IDENTITY, DatasetState, Scope

CROSSING = "crossing_link"


class Expectation(NamedTuple):
    """A connection of one agency's records with one other owner's. ``link``: records of a crossing link's ends."""

    kind: str
    basis: str
    owner: str
    ours: frozenset[str]
    theirs: frozenset[str]
    link: frozenset[str] = frozenset()


class Told:
    """The flags of one agency, by the own records they rest on."""

    def __init__(self, flags: Iterable[Flag]) -> None:
        self._at: dict[str, list[Flag]] = {}
        for flag in flags:
            for record in {r for s in flag.sides if s.owner == flag.agency for r in s.records}:
                self._at.setdefault(record, []).append(flag)

    def kinds(self, want: Expectation) -> set[str]:
        """Kinds of the flags that tell of ``want``."""
        near = {f.id: f for record in want.ours for f in self._at.get(record, ())}
        return {f.kind for f in near.values() if _tells(f, want)}


def _tells(flag: Flag, want: Expectation) -> bool:
    if (flag.kind == HIT) != (want.kind == HIT):
        return False
    if flag.kind == HIT:
        return any(s.owner == want.owner for s in flag.sides)
    if flag.kind == CROSSING and want.kind == CROSSING and len(records_of(flag) & want.link) < 2:
        return False
    return any(want.theirs & set(s.records) for s in flag.sides if s.owner == want.owner)


def records_of(flag: Flag, owner: str = "") -> set[str]:
    """Records a flag names, of one owner or of all."""
    return {r for s in flag.sides if owner in ("", s.owner) for r in s.records}


def expectations(truth: Truth, agency: str, scope: Scope, datasets: Iterable[DatasetState]) -> Iterator[Expectation]:
    """All that ``agency`` can be expected to be told, each once."""
    state = {(d.owner, d.name): d for d in datasets}
    seen = set()
    for c in truth.connections:
        if not c.telling:
            continue
        for i, ours in enumerate(c.sides):
            for j, theirs in enumerate(c.sides):
                if ours.owner != agency or theirs.owner == agency or (min(i, j), max(i, j)) not in c.pairs:
                    continue
                kind = _expected(c, i, state[ours[:2]], state[theirs[:2]], scope)
                if kind and ours.records and theirs.records and (c.id, kind, theirs.owner) not in seen:
                    seen.add((c.id, kind, theirs.owner))
                    link = c.sides[0].records if c.kind == CROSSING else frozenset()
                    yield Expectation(kind, c.basis, theirs.owner, ours.records, theirs.records, link)


def _expected(c: Connection, at: int, ours: DatasetState, theirs: DatasetState, scope: Scope) -> str:
    """The kind of flag that a pair of sides should raise for the owner of side ``at``; empty for none."""
    level = scope.level(theirs.number)
    if theirs.number in scope.hits:
        matches = c.kind in ("same_entity", "shared_identifier", "money") or c.via == "container"
        return HIT if matches and ours.accepted and theirs.accepted else ""
    mutual = scope.mutual is None or (ours.number, theirs.number) in scope.mutual
    if c.kind == "same_entity":
        return c.kind if level >= IDENTITY and mutual else ""
    if c.kind == CROSSING:
        return c.kind if level >= (IDENTITY if at == 0 else FULL) and mutual else ""
    return c.kind if level >= FULL else ""


class Judge:
    """Whether flags tell of something true."""

    def __init__(self, truth: Truth, known: Mapping[str, frozenset[tuple[str, str]]]) -> None:
        """``known``: agency → (owner, dataset) that may raise hits for it."""
        self._truth, self._known = truth, known
        self._at: dict[str, list[Connection]] = {}
        for c in truth.connections:
            for record in {r for side in c.sides for r in side.records}:
                self._at.setdefault(record, []).append(c)

    def right(self, flag: Flag) -> bool:
        """Whether it tells of a planted connection, or its records of different owners are one thing in truth.

        A crossing link is right where the identity is: that the link is stated needs no truth.
        """
        ours = records_of(flag, flag.agency)
        if flag.kind == HIT:
            return self._hit(flag, ours)
        behind = self._truth.behind
        sides = [(s.owner, {who for r in s.records for who in behind.get(r, ())}) for s in flag.sides]
        if any(a & b for i, (o, a) in enumerate(sides) for p, b in sides[i + 1 :] if o != p):
            return True
        theirs = records_of(flag) - ours
        return any(
            one.records & ours and other.records & theirs
            for c in self._near(ours)
            if flag.kind != CROSSING
            for one, other in _pairs(c, flag.agency)
        )

    def _hit(self, flag: Flag, ours: set[str]) -> bool:
        asked = {s.owner for s in flag.sides} - {flag.agency}
        places = {place for place in self._known.get(flag.agency, ()) if place[0] in asked}
        who = {who for r in ours for who in self._truth.behind.get(r, ())}
        if any((owner, name, thing) in self._truth.held for owner, name in places for thing in who):
            return True
        return any(
            one.records & ours and (other.owner, other.dataset) in places
            for c in self._near(ours)
            for one, other in _pairs(c, flag.agency)
        )

    def _near(self, records: set[str]) -> list[Connection]:
        return list({c.id: c for r in records for c in self._at.get(r, ())}.values())


def _pairs(c: Connection, agency: str) -> Iterator[tuple[TrueSide, TrueSide]]:
    for one in c.sides:
        for other in c.sides:
            if one.owner == agency and other.owner != agency:
                yield one, other
