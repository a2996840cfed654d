"""What changed between two revisions of a dataset, for the people of its owner."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from graph.access import FOREVER, OWN, READING_ROLES, Actor, DatasetState, Scope, Sight
from graph.errors import AccessDenied, NotFound
from graph.model import caption
from graph.packing import decode
from graph.statement import Statement
from graph.store.base import RawLink, RawRecord

if TYPE_CHECKING:
    from graph.store.base import Store

CHUNK = 1000
PUBLISHED = frozenset(("current", "superseded", "withdrawn"))


class PropChange(NamedTuple):
    """Values that a property of a record lost and gained."""

    prop: str
    before: tuple[str, ...]
    after: tuple[str, ...]


class RecordChange(NamedTuple):
    """What became of a record: ``added``, ``changed``, ``removed``, or only its ``source`` (document, row, evaluation,
    handling) is another one."""

    id: str
    schema: str
    caption: str
    what: str
    props: tuple[PropChange, ...] = ()


@dataclass(frozen=True, slots=True)
class Difference:
    """Two revisions of a dataset, counts of records by what became of them, and the records one by one."""

    dataset: str
    before: int
    after: int
    counts: dict[str, int]
    records: tuple[RecordChange, ...]
    hidden: int = 0  # records that the bound leaves out; the counts hold them


def revision_scope(dataset: int, number: int, owner: str) -> Scope:
    """The predicate that reads one dataset as the delivery ``number`` left it, at its owner's level."""
    return Scope(owner, {dataset: Sight(number, OWN)}, {}, frozenset(), frozenset({(dataset, dataset)}), FOREVER)


def difference(
    store: Store, actor: Actor, dataset: str, before: int = 0, after: int = 0, limit: int = 1000
) -> Difference:
    """What changed in a dataset of the actor's agency from revision ``before`` to ``after``.

    Without them: from the one before the newest to the newest. A revision delivered more than once counts as it was
    delivered last. At most ``limit`` records are told one by one, by id. Raises :class:`NotFound` for a dataset or a
    revision that there is not, :class:`AccessDenied` without a reading role.
    """
    if not actor.everything and not actor.roles & READING_ROLES:
        raise AccessDenied("error.role_needed", role="analyst")
    state = next((d for d in store.datasets() if (d.owner, d.name) == (actor.agency, dataset)), None)
    numbers = {r: n for n, r, told in store.deliveries(state.number) if told in PUBLISHED} if state else {}
    known = sorted(numbers)
    after = after or (known[-1] if known else 0)
    before = before or max((r for r in known if r < after), default=0)
    if state is None or after not in numbers or before not in numbers:
        raise NotFound("quality.no_revision", dataset=dataset, known=", ".join(map(str, known)) or "–")
    counts: Counter[str] = Counter()
    told: list[RecordChange] = []
    for change in _changes(store, state, numbers[before], numbers[after]):
        counts[change.what] += 1
        if len(told) < limit:
            told.append(change)
    fields = {"actor": actor.id, "agency": actor.agency, "what": "revision diff", "ground": ""}
    records = [c.id for c in told]
    store.audit.looks.append(**fields, records=records, results=sum(counts.values()), dataset=dataset)
    return Difference(dataset, before, after, dict(counts), tuple(told), sum(counts.values()) - len(told))


def _changes(store: Store, state: DatasetState, before: int, after: int) -> Iterator[RecordChange]:
    sides = [revision_scope(state.number, number, state.owner) for number in (before, after)]
    for rows in store.changed(state.number, before, after):
        for at in range(0, len(rows), CHUNK):
            part = rows[at : at + CHUNK]
            was, now = (_said(store, side, [i for i, *there in part if there[n]]) for n, side in enumerate(sides))
            for i, had, has in part:
                old, new = was.get(i), now.get(i)
                if had and has and old and new:
                    props = tuple(_props(old[1], new[1]))
                    masks = old[0].mask != new[0].mask or old[0].schema != new[0].schema
                    yield _change(*new, "changed" if props or masks else "source", props)
                elif new:
                    yield _change(*new, "added")
                elif old:
                    yield _change(*old, "removed")


Said = tuple[RawRecord, dict[str, set[str]]]


def _said(store: Store, scope: Scope, ids: Sequence[str]) -> dict[str, Said]:
    """What records say, by property; links by the ids of what they lead to."""
    found: dict[str, Said] = {}
    for raw in store.fetch(scope, ids):
        found[raw.id] = raw, _by_prop(s for payload in raw.packs for s in decode(payload))
    for link in store.links_of(scope, list(found)):
        _add_link(found, link)
    return found


def _by_prop(statements: Iterable[Statement]) -> dict[str, set[str]]:
    values: dict[str, set[str]] = {}
    for s in statements:
        values.setdefault(s.prop, set()).add(s.value)
    return values


def _add_link(found: dict[str, Said], link: RawLink) -> None:
    if link.record in found and link.prop:
        found[link.record][1].setdefault(link.prop, set()).add(link.target)


def _props(before: dict[str, set[str]], after: dict[str, set[str]]) -> Iterator[PropChange]:
    for prop in sorted(before.keys() | after.keys()):
        old, new = before.get(prop, set()), after.get(prop, set())
        if old != new:
            yield PropChange(prop, tuple(sorted(old - new)), tuple(sorted(new - old)))


def _change(raw: RawRecord, values: dict[str, set[str]], what: str, props: tuple[PropChange, ...] = ()) -> RecordChange:
    name = caption(raw.schema, {prop: sorted(said) for prop, said in values.items()})
    return RecordChange(raw.id, raw.schema, name, what, props)
