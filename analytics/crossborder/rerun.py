"""Raising one flag again: the same digest, or what changed since, as far as its reader may see.

What a flag rests on is compared with what the reader's view holds now (:mod:`analytics.crossborder.basis`). Of records
that the reader does not see any more only the owner is named, whom the flag had named when it was read, and the dataset
where the reader still sees it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from analytics.crossborder.basis import marks, ties
from analytics.crossborder.flags import HIT
from analytics.crossborder.picture import Picture
from analytics.crossborder.queue import acting
from analytics.crossborder.run import flags_of, parameters
from graph import flagging
from graph.access import Actor, end_of, receivers
from graph.errors import NotFound
from graph.i18n import has, t
from graph.words import prop_name

if TYPE_CHECKING:
    from graph.store.base import Store

SAME, CHANGED, GONE = "same", "changed", "gone"


class Change(NamedTuple):
    """One thing that changed. ``what``: rule | release | record | link | withdrawn | added | judgement | pair | hit |
    score | part; the rest as it needs."""

    what: str
    owner: str = ""
    dataset: str = ""
    record: str = ""
    detail: str = ""
    before: str = ""
    after: str = ""

    def words(self, lang: str) -> str:
        """In one sentence."""
        place = f"{self.owner} ({self.dataset})" if self.dataset else self.owner
        fields = {"place": place, "record": self.record, "before": self.before or "–", "after": self.after or "–"}
        return t(f"flag_life.change.{self.what}", lang, detail=self._detail(lang), **fields)

    def _detail(self, lang: str) -> str:
        if self.what in ("withdrawn", "added"):
            return prop_name(self.detail, lang)
        if self.what == "part":
            areas = ("flag.part", "flag.match", "schema", "relation", "flag.kind")
            return next((t(f"{a}.{self.detail}", lang) for a in areas if has(f"{a}.{self.detail}")), self.detail)
        return self.detail


@dataclass(frozen=True, slots=True)
class Rerun:
    """``outcome``: same (the digest is the same), changed, or gone (it would not be raised now)."""

    flag: str
    outcome: str
    digest: str
    now: str
    changes: tuple[Change, ...] = ()


def rerun(store: Store, actor: Actor, flag: str) -> Rerun:
    """Raise one flag of the actor's agency again, from what the agency's view holds now. Nothing is changed.

    For a flag that the actor sees, or has read before it was hidden or withdrawn; :class:`NotFound` for any other.
    """
    who, body, digest = _kept(store, actor, flag)
    picture = Picture(store, who.agency)
    now = next((f for f in flags_of(picture) if f.id == flag), None)
    fields = {
        "actor": actor.id,
        "agency": who.agency,
        "what": "flag rerun",
        "records": sorted(body["basis"]["records"]),
    }
    store.audit.looks.append(**fields, results=int(now is not None), ground="")
    if now and now.digest == digest:
        return Rerun(flag, SAME, digest, now.digest)
    fresh = orjson.loads(now.body) if now else {}
    found = [*_rule(picture, body), *_rests(picture, who, body["basis"]), *_said(body, fresh)]
    if not found and body["kind"] == HIT:
        found.append(Change("hit", body["sides"][-1][0]))
    return Rerun(flag, CHANGED if now else GONE, digest, now.digest if now else "", tuple(found))


def _kept(store: Store, actor: Actor, flag: str) -> tuple[Actor, dict[str, Any], str]:
    agencies = [a.code for a in store.open_agencies()] if actor.everything else [actor.agency]
    for agency in agencies:
        who = acting(actor, agency)
        row = store.flag_kept(agency, flag)
        if row and (store.view(who).flags([flag]) or who.id in _readers(store, who, flag)):
            return who, {**row[1], "kind": row[0]}, row[2]
    raise NotFound("error.not_found", id=flag)


def _readers(store: Store, actor: Actor, flag: str) -> set[str]:
    life = flagging.lives(store, actor).get(flag)
    return set(life.reads) if life else set()


def _rule(picture: Picture, body: Mapping[str, Any]) -> Iterator[Change]:
    rule = picture.rules[body["kind"]]
    if (body["rule"], body["parameters"]) != (rule["rule"], parameters(rule)):
        yield Change("rule", before=str(body["rule"]), after=str(rule["rule"]))


def _rests(picture: Picture, actor: Actor, basis: Mapping[str, Any]) -> Iterator[Change]:
    records = basis["records"]
    there = {r for r in records if r in picture.home}
    picture.prepare(there)
    visible = {(d.owner, d.name) for n, d in picture.datasets.items() if n in picture.scope.sights}
    hidden: dict[tuple[str, str], list[str]] = {}
    for record, (owner, dataset, level) in sorted(records.items()):
        if record not in there:
            hidden.setdefault((owner, dataset if (owner, dataset) in visible else ""), []).append(record)
            if (owner, dataset) not in visible and owner != actor.agency:
                yield from _ended(picture, actor, owner, dataset)
            continue
        before, now = set(basis["stated"][record]), set(marks(picture, picture.record(record), level))
        for what, some in (("withdrawn", before - now), ("added", now - before)):
            for prop in sorted({mark.partition(":")[0] for mark in some}):
                yield Change(what, owner, dataset, record, prop)
    for (owner, dataset), lost in sorted(hidden.items()):
        what = "record" if owner == actor.agency or dataset else "release"
        yield Change(what, owner, dataset, detail=str(len(lost)))
    if gone := set(basis["links"]) - picture.seen(basis["links"]):
        yield Change("link", detail=str(len(gone)))
    tied = ties(picture, there)
    for what, name in (("judgement", "judged"), ("pair", "pairs")):
        yield from _ties(what, there, basis[name], tied[name])


def _ended(picture: Picture, actor: Actor, owner: str, dataset: str) -> Iterator[Change]:
    """A release to the reader that ended by its own date: that date was the reader's to know."""
    at = picture.store.clock()
    names, _ = receivers(actor.agency, picture.store.teams(), at)
    number = next((n for n, d in picture.datasets.items() if (d.owner, d.name) == (owner, dataset)), 0)
    for grant in picture.store.grants():
        if grant.dataset == number and grant.to in names and grant.until and end_of(grant.until) <= at:
            yield Change("ended", owner, detail=grant.until)


def _ties(what: str, there: set[str], before: list[list[Any]], now: list[list[Any]]) -> Iterator[Change]:
    old, new = ({(x[0], x[1]): x[2:] for x in rows if x[0] in there and x[1] in there} for rows in (before, now))
    for pair in sorted(old.keys() | new.keys()):
        was, is_ = old.get(pair), new.get(pair)
        if was != is_:
            said = [" ".join(map(str, x)) if x else "" for x in (was, is_)]
            yield Change(what, record=pair[0], detail=pair[1], before=said[0], after=said[1])


def _said(body: Mapping[str, Any], fresh: Mapping[str, Any]) -> Iterator[Change]:
    if not fresh:
        return
    for part in sorted(body["parts"].keys() | fresh["parts"].keys()):
        was, is_ = body["parts"].get(part), fresh["parts"].get(part)
        if was != is_:
            yield Change("part", detail=part, before=_number(was), after=_number(is_))
    if body["score"] != fresh["score"]:
        yield Change("score", before=_number(body["score"]), after=_number(fresh["score"]))


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4g}"
