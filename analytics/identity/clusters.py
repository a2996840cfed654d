"""From pairs to groups: average linkage with pairs that must stay apart, absent pairs counting as 0.

Bare components collapse: measured at 500,000 records they put nearly everything into one group. Here two groups join
only while the mean score over *all* pairs between them, compared or not, reaches the cut, the best first; a pair that
must stay apart is never in one group. A group is a function of its component of pairs only. For one reader it has to
be made from the pairs that reader sees (the design's fifth hard decision).
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from graph.collecting import rare_collections
from graph.identity import Pair

CUT = 0.35  # where nobody says another; a model file says its own


class Tie(NamedTuple):
    """What the joining of two parts of a group rests on: their mean score and the strongest pair between them."""

    mean: float
    left: str
    right: str
    score: float


@dataclass(frozen=True)
class Group:
    """Records held together, sorted, and the joins that made it, weakest last: where the group would fall apart
    first."""

    records: tuple[str, ...]
    ties: tuple[Tie, ...]


@rare_collections()
def groups(pairs: Iterable[Pair], apart: Iterable[tuple[str, str]] = (), cut: float = CUT) -> list[Group]:
    """Groups of two or more records, sorted. ``apart``: pairs judged to be different. Equal input gives equal output,
    in whatever order it comes."""
    scores: dict[str, dict[str, float]] = {}
    for pair in pairs:
        scores.setdefault(pair.left, {})[pair.right] = pair.score
        scores.setdefault(pair.right, {})[pair.left] = pair.score
    forbidden: dict[str, set[str]] = {}
    for a, b in apart:
        forbidden.setdefault(a, set()).add(b)
        forbidden.setdefault(b, set()).add(a)
    found: list[Group] = []
    seen: set[str] = set()
    for start in sorted(scores):
        if start not in seen:
            component = _component(start, scores)
            seen.update(component)
            found.extend(_split(sorted(component), scores, forbidden, cut))
    return sorted(found, key=lambda group: group.records)


def _component(start: str, scores: Mapping[str, Mapping[str, float]]) -> set[str]:
    found, todo = {start}, [start]
    while todo:
        for other in scores[todo.pop()]:
            if other not in found:
                found.add(other)
                todo.append(other)
    return found


def _split(
    records: list[str], scores: Mapping[str, Mapping[str, float]], forbidden: Mapping[str, set[str]], cut: float
) -> Iterable[Group]:
    """Average linkage in one component. Sums of scores between groups are kept, so a join costs its neighbours only."""
    members: dict[int, list[str]] = {number: [record] for number, record in enumerate(records)}
    number_of = {record: number for number, record in enumerate(records)}
    sums: dict[int, dict[int, float]] = {
        n: {number_of[other]: s for other, s in scores[record].items()} for record, n in number_of.items()
    }
    enemies: dict[int, set[int]] = {
        n: {number_of[other] for other in forbidden.get(record, ()) if other in number_of}
        for record, n in number_of.items()
    }
    ties: dict[int, list[Tie]] = {n: [] for n in members}
    # Nodes of a heap are (−mean, smallest records of both groups, numbers): the records break ties, so the order of
    # input cannot.
    heap = [
        (-s, records[a], records[b], a, b) for a, near in sums.items() for b, s in near.items() if a < b and s >= cut
    ]
    heapq.heapify(heap)
    fresh = len(records)
    while heap:
        mean, _, _, a, b = heapq.heappop(heap)
        if a not in members or b not in members or b in enemies[a]:
            continue
        tie = _strongest(members[a], members[b], scores, -mean)
        joined = members.pop(a) + members.pop(b)
        near: dict[int, float] = {}
        for old in (a, b):
            for other, total in sums.pop(old).items():
                if other in members:
                    near[other] = near.get(other, 0.0) + total
        foes = {other for other in enemies.pop(a) | enemies.pop(b) if other in members}
        members[fresh], sums[fresh], enemies[fresh] = joined, near, foes
        ties[fresh] = [*ties.pop(a), *ties.pop(b), tie]
        for other in foes:
            enemies[other].add(fresh)
        first = min(joined)
        for other, total in near.items():
            sums[other].pop(a, None)
            sums[other].pop(b, None)
            sums[other][fresh] = total
            average = total / (len(joined) * len(members[other]))
            if average >= cut and other not in foes:
                one, two = sorted((first, min(members[other])))
                heapq.heappush(heap, (-average, one, two, fresh, other))
        fresh += 1
    for number, group in members.items():
        if len(group) > 1:
            yield Group(tuple(sorted(group)), tuple(sorted(ties[number], key=lambda t: (-t.mean, t.left, t.right))))


def _strongest(left: list[str], right: list[str], scores: Mapping[str, Mapping[str, float]], mean: float) -> Tie:
    few, many = (left, set(right)) if len(left) <= len(right) else (right, set(left))
    found = [(-s, min(x, y), max(x, y)) for x in few for y, s in scores[x].items() if y in many]
    score, a, b = min(found)
    return Tie(round(mean, 6), a, b, -score)
