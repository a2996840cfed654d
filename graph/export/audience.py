"""Whom an export is for. What goes in is what the sender and every member of the receiver may see, and nothing more.

``self``, ``agency:CODE`` or ``team:NAME``. The receiver's view is an ordinary view over the intersection of what all
of them may see, so ids, captions, entities and what is drawn come from that alone. On top of rights, a statement with
handling code H2 goes to nobody but its owner (Europol: no dissemination without permission), and neither does what
rests on it: a link that it draws, an identity that may have been inferred from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple, cast

import orjson

from graph.access import IDENTITY, Actor, DatasetState, Scope, compile_scope, intersect
from graph.chart import Chart
from graph.errors import AccessDenied, ExportError
from graph.identity import SETTLED_BY_ALL, Opinion, Pair
from graph.model import caption, is_link
from graph.packing import decode, encode, level_of
from graph.result import GraphArrays, SearchPage
from graph.statement import Statement
from graph.store.base import RawCarried, RawLink, RawRecord, Store
from graph.view import View

SELF = "self"
WITHHELD = "H2"


class Receiver(NamedTuple):
    """A receiver: the name it reads under, its member agencies, and the owners whose H2 statements it may have."""

    viewer: str
    members: frozenset[str]
    own: frozenset[str]


def receiver_of(store: Store, actor: Actor, name: str) -> Receiver:
    """The receiver called ``name``. :class:`AccessDenied`, with one sentence for all of them, where there is no such
    receiver, its term has not begun or has ended, or the sender is no member of the team.
    """
    kind, _, code = name.partition(":")
    if kind == "agency" and any(a.code == code for a in store.open_agencies()):
        return Receiver(code, frozenset({code}), frozenset({code}))
    if kind == "team":
        for team in store.teams():
            if team.id == code and team.active(store.clock()) and (actor.agency in team.members or actor.everything):
                return Receiver(name, team.members, frozenset())
    if kind not in ("agency", "team"):
        raise ExportError("export.bad_audience", receiver=name)
    raise AccessDenied("export.no_audience", receiver=name)


def is_self(actor: Actor, receiver: str) -> bool:
    """Whether an export for ``receiver`` stays in the sender's own agency."""
    return receiver in (SELF, f"agency:{actor.agency}")


def audience_scope(store: Store, actor: Actor, receiver: str) -> Scope:
    """What ``actor`` and every member of ``receiver`` may see, under the receiver's name."""
    if is_self(actor, receiver):
        return store.scope(actor)
    found = receiver_of(store, actor, receiver)
    store.admit(actor)
    terms, now = store.terms(), store.clock()
    readers = [Actor(f"agency:{code}", code, frozenset({"analyst"})) for code in sorted(found.members)]
    given = terms.datasets, terms.grants, terms.teams, now, terms.lifts
    parts = [compile_scope(reader, *given) for reader in [actor, *readers]]
    return intersect(parts, found.viewer)


def audience_view(store: Store, actor: Actor, receiver: str, purpose: str = "") -> View:
    """The graph as ``actor`` may hand it to ``receiver``; looks at it are logged as the actor's, for ``purpose``."""
    if is_self(actor, receiver):
        return store.view(actor, purpose)
    found = receiver_of(store, actor, receiver)
    return AudienceView(cast(Store, _Audience(store, receiver, found)), actor, purpose)


class AudienceView(View):
    """A view for charts and exports. It is not for looking around in: that would say what others may see."""

    def search(self, text: str, schemata: Sequence[str] = (), limit: int = 20, offset: int = 0) -> SearchPage:
        """Refused."""
        raise AccessDenied("export.audience_only")

    def arrays(self, proposed: bool = False) -> GraphArrays:
        """Refused."""
        raise AccessDenied("export.audience_only")

    def membership(self) -> dict[str, str]:
        """Refused."""
        raise AccessDenied("export.audience_only")


class _Audience:
    """The reading half of a store, without what H2 keeps from the receiver. Only what a view of charts asks for."""

    def __init__(self, store: Store, name: str, receiver: Receiver) -> None:
        self._store, self._name, self._receiver = store, name, receiver
        self.ids, self.audit = store.ids, store.audit

    def clock(self) -> datetime:
        return self._store.clock()

    def version(self) -> int:
        return self._store.version()

    def datasets(self) -> list[DatasetState]:
        return self._store.datasets()

    def scope(self, actor: Actor) -> Scope:
        return audience_scope(self._store, actor, self._name)

    def sight(self, actor: Actor) -> tuple[Scope, dict[int, DatasetState]]:
        return self.scope(actor), {d.number: d for d in self._store.datasets()}

    def nodes(self, scope: Scope) -> list[tuple[str, int, str, str]]:
        return self._store.nodes(scope)

    def fetch(self, scope: Scope, ids: Sequence[str]) -> list[RawRecord]:
        return [kept for kept, _ in self._read(scope, ids).values()]

    def links_of(self, scope: Scope, ids: Sequence[str]) -> list[RawLink]:
        own = self._own()
        links = [k for k in self._store.links_of(scope, ids) if k.dataset in own or not _withheld(k)]
        known = self._read(scope, {i for k in links for i in (k.record, k.source, k.target)})
        return [_dated(k, *known[k.record]) for k in links if {k.record, k.source, k.target} <= known.keys()]

    def carried(self, scope: Scope, ids: Sequence[str]) -> list[RawCarried]:
        return self._carrying(scope, self._store.carried(scope, ids))

    def carriers(self, scope: Scope, identifiers: Sequence[str]) -> list[RawCarried]:
        return self._carrying(scope, self._store.carriers(scope, identifiers))

    def pairs(self, scope: Scope, ids: Sequence[str] | None) -> list[Pair]:
        """The matcher reads what ``identity`` shows: a pair of which a part of that is withheld is withheld too."""
        pairs = self._store.pairs(scope, ids)
        known = self._read(scope, {i for p in pairs for i in (p.left, p.right)})
        clear = {i for i, (raw, gone) in known.items() if all(level_of(raw.schema, s.prop) > IDENTITY for s in gone)}
        return [p for p in pairs if p.left in clear and p.right in clear]

    def opinions(self, scope: Scope, ids: Sequence[str] | None) -> list[Opinion]:
        """Only what all owners settled: one agency's own judgement is not told to another through a chart."""
        return [o for o in self._store.opinions(scope, ids) if o.agency == SETTLED_BY_ALL]

    def _own(self) -> set[int]:
        """Datasets whose owner is the receiver itself: it may have back what it gave."""
        return {d.number for d in self._store.datasets() if d.owner in self._receiver.own}

    def _carrying(self, scope: Scope, carried: list[RawCarried]) -> list[RawCarried]:
        known = self._read(scope, {c.record for c in carried})
        return [c for c in carried if c.record in known and all(s.prop != c.prop for s in known[c.record][1])]

    def _read(self, scope: Scope, ids: Iterable[str]) -> dict[str, tuple[RawRecord, list[Statement]]]:
        """Record → (what the receiver may have of it, the statements withheld). One wholly withheld is left out."""
        wanted = sorted(set(ids))
        own = self._own()
        found: dict[str, tuple[RawRecord, list[Statement]]] = {}
        for raw in self._store.fetch(scope, wanted) if wanted else []:
            statements = [s for pack in raw.packs for s in decode(pack)]
            gone = [s for s in statements if WITHHELD in s.handling.split(",")] if raw.dataset not in own else []
            if not gone:
                found[raw.id] = (raw, [])
            elif len(gone) < len(statements) or is_link(raw.schema):
                # a link's own ends stand beside its statements, with a handling of their own
                kept = encode(s for s in statements if s not in gone)
                found[raw.id] = (raw._replace(packs=(kept,)), gone)
        return found


def _withheld(link: RawLink) -> bool:
    return WITHHELD in str(orjson.loads(link.origin)[3]).split(",")


def _dated(link: RawLink, raw: RawRecord, gone: list[Statement]) -> RawLink:
    """A link with its dates and its words from what is left of its record."""
    if not gone:
        return link
    values: dict[str, list[str]] = {}
    for s in sorted(s for pack in raw.packs for s in decode(pack)):
        values.setdefault(s.prop, []).append(s.value)
    first = {prop: found[0] for prop, found in values.items()}
    return link._replace(
        start=first.get("startDate") or first.get("date") or first.get("departure") or "",
        end=first.get("endDate") or first.get("arrival") or "",
        label=caption(raw.schema, values) if link.label else "",
    )


def known_as(view: View, audience: View, ids: Iterable[str]) -> list[tuple[str, str]]:
    """(Id in ``view``, how ``audience`` knows the same thing or a part of it) of whatever both see."""
    asked = list(dict.fromkeys(ids))
    entities = view.entities([i for i in asked if not i.startswith("i")])
    scope, other = view.scope(), audience.scope()
    found = [(i, i) for i in asked if i.startswith("i")]
    for i, entity in entities.items():
        true = [r for r in view._true_ids(scope, (record.id for record in entity.records)) if r]
        visible = {raw.id for raw in audience._store.fetch(other, true)}
        found += [(i, shown) for shown in audience.shown_ids(other, visible).values()]
    return found


def retarget(chart: Chart, view: View, audience: View, title: str = "") -> Chart:
    """The selection of ``chart`` (of ``view``) as ``audience`` may have it, drawn afresh.

    Only what hangs together with the start through links that the audience sees: a thing that the sender reached
    through something hidden would tell of it. Title, ids, places and counts come from the audience's view alone.
    """
    names = known_as(view, audience, [n.id for n in chart.nodes])
    relations = {k.relation for k in chart.links}
    bare = replace(chart, positions={})
    seen = bare.within(audience, names, lambda _: True, relations)
    reached = _reached(seen)
    kept = replace(
        seen,
        nodes=tuple(n for n in seen.nodes if n.id in reached),
        links=tuple(k for k in seen.links if k.source in reached),
    )
    again = kept.within(audience, [(n.id, n.id) for n in kept.nodes], lambda _: True, relations)
    stamp = audience.stamp(start=",".join(again.start), selection="chart")
    stamp = replace(stamp, seed=chart.stamp.seed, identities=again.stamp.identities)
    return replace(again.laid_out(), stamp=stamp, title=title or again.called())


def _reached(chart: Chart) -> set[str]:
    near: dict[str, set[str]] = {}
    for k in chart.links:
        near.setdefault(k.source, set()).add(k.target)
        near.setdefault(k.target, set()).add(k.source)
    reached, frontier = set(chart.start), list(chart.start)
    while frontier:
        frontier = sorted({j for i in frontier for j in near.get(i, ())} - reached)
        reached.update(frontier)
    return reached
