"""Which records are one entity, for one reader: a function of the judgements and pairs that reader may see.

Membership is decided from visible records only (the fifth hard decision): if A and C are visible and only a hidden B
ties them, they are two entities. Judgements are worth more than automatic pairs, an agency's own more than the owners'
common one; "different" forbids, whatever chain of "same" would join.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

OWN_JUDGEMENT, SETTLED, AUTOMATIC = 0, 1, 2
SETTLED_BY_ALL = "*"


class Reason(NamedTuple):
    """One part of a score: catalogue key suffix (``reason.FEATURE``), the values compared, weight in log-odds."""

    feature: str
    left: str
    right: str
    weight: float


class Pair(NamedTuple):
    """Two records that the matcher holds to be the same thing, or possibly so. Sorted: ``left < right``."""

    left: str
    right: str
    score: float
    state: str  # automatic | proposed
    reasons: tuple[Reason, ...] = ()


class Judgement(NamedTuple):
    """One agency's word on two records, as logged. ``retracted`` is empty while it stands."""

    number: int
    left: str
    right: str
    verdict: str  # same | different | unsure
    agency: str
    actor: str
    at: str
    score: float = 0.0
    model: str = ""
    retracted: str = ""


class Opinion(NamedTuple):
    """A judgement in effect: an agency's own, or (``agency`` = ``*``) the one that every owner has given."""

    left: str
    right: str
    agency: str
    verdict: str


class Membership(NamedTuple):
    """Record id → entity id, and the state of each entity of several records (``confirmed`` or ``automatic``)."""

    entity: Mapping[str, str]
    state: Mapping[str, str]


def in_effect(log: Iterable[Judgement], owners: tuple[str, str]) -> list[Opinion]:
    """Opinions in effect on one pair, from its log: each agency's latest word, and ``*`` if all owners agree."""
    latest: dict[str, Judgement] = {}
    for judgement in sorted(log):
        if not judgement.retracted:
            latest[judgement.agency] = judgement
    found = [Opinion(j.left, j.right, agency, j.verdict) for agency, j in sorted(latest.items())]
    said = {latest[owner].verdict if owner in latest else "" for owner in owners}
    if len(said) == 1 and (verdict := said.pop()):
        left, right = next((o.left, o.right) for o in found)
        found.append(Opinion(left, right, SETTLED_BY_ALL, verdict))
    return found


def decisive(opinions: Iterable[Opinion]) -> dict[tuple[str, str], tuple[str, int]]:
    """Pair → (verdict, rank) for one reader, its own word before the owners' common one."""
    result: dict[tuple[str, str], tuple[str, int]] = {}
    for opinion in opinions:
        rank = SETTLED if opinion.agency == SETTLED_BY_ALL else OWN_JUDGEMENT
        key = (opinion.left, opinion.right)
        if key not in result or rank < result[key][1]:
            result[key] = (opinion.verdict, rank)
    return result


def cluster(records: Iterable[str], pairs: Iterable[Pair], opinions: Iterable[Opinion]) -> Membership:
    """Entities among ``records``: union of "same" pairs, strongest first, never across a "different".

    Deterministic: the same sets give the same result in whatever order they come. An entity's id is the smallest id of
    its records, so it is derived from visible records only and any member's id leads to it.
    """
    verdicts = decisive(opinions)
    known = set(records)
    ties = [(rank, 0.0, a, b) for (a, b), (verdict, rank) in verdicts.items() if verdict == "same"]
    ties += [
        (AUTOMATIC, -p.score, p.left, p.right)
        for p in pairs
        if p.state == "automatic" and (p.left, p.right) not in verdicts
    ]
    root: dict[str, str] = {}
    members: dict[str, list[str]] = {}
    apart: dict[str, set[str]] = {}
    for (a, b), (verdict, _) in verdicts.items():
        if verdict == "different":
            apart.setdefault(a, set()).add(b)
            apart.setdefault(b, set()).add(a)
    confirmed: dict[str, bool] = {}

    def find(x: str) -> str:
        while (parent := root.get(x, x)) != x:
            root[x] = root.get(parent, parent)
            x = parent
        return x

    for rank, _, a, b in sorted(ties):
        if a not in known or b not in known:
            continue
        ra, rb = find(a), find(b)
        if ra == rb:
            continue
        if len(members.get(ra, (ra,))) > len(members.get(rb, (rb,))):
            ra, rb = rb, ra
        small, large = members.get(ra, [ra]), members.get(rb, [rb])
        inside = set(large)
        if any(other in inside for record in small for other in apart.get(record, ())):
            continue
        root[ra] = rb
        members[rb] = large + small
        members.pop(ra, None)
        confirmed[rb] = rank < AUTOMATIC and confirmed.get(ra, True) and confirmed.get(rb, True)
    entity = {r: r for r in known}
    state: dict[str, str] = {}
    for key, group in members.items():
        name = min(group)
        entity.update(dict.fromkeys(group, name))
        state[name] = "confirmed" if confirmed[key] else "automatic"
    return Membership(entity, state)
