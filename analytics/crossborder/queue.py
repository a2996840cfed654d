"""The queue of an agency's flags: each with its life and what is new in it, the most worthwhile first.

Worth is the score (how likely the flag is true), a little less for two services of one country, who meet anyway. What
has a date that has come stands before everything; what is closed comes last, unless something new came into it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from analytics.crossborder.flags import Flag
from analytics.crossborder.news import News, held, news
from analytics.crossborder.reader import as_flag, flags
from graph import flagging
from graph.access import READING_ROLES, Actor
from graph.errors import NotFound
from graph.flagging import CLOSED, Life

if TYPE_CHECKING:
    from graph.store.base import Store

SAME_COUNTRY = 0.8  # what a connection of two services of one country is worth beside one that crosses a border


@dataclass(frozen=True, slots=True)
class Item:
    """A flag as one person has it: ``news`` since that person read it, ``overdue`` by the store's clock."""

    flag: Flag
    life: Life
    news: News
    overdue: bool

    @property
    def worth(self) -> float:
        """What it is worth to read it next, between 0 and 1."""
        return round(self.flag.score * (1.0 if self.flag.cross_border else SAME_COUNTRY), 4)

    @property
    def open(self) -> bool:
        """Whether it waits for somebody: not closed, or closed and changed since."""
        return self.life.step != CLOSED or bool(self.news)

    def as_json(self, lang: str) -> dict[str, Any]:
        """The flag with its life, for a program."""
        life = self.life
        return {
            **self.flag.as_json(lang),
            "worth": self.worth,
            "step": life.step,
            "verdict": life.verdict,
            "assignee": life.assignee,
            "due": life.due,
            "overdue": self.overdue,
            "comments": len(life.comments),
            "news": self.news.words(lang),
        }


def acting(actor: Actor, agency: str) -> Actor:
    """Who acts on a flag of ``agency``: the actor, the development actor as one of that agency."""
    return Actor(actor.id, agency, READING_ROLES) if actor.everything else actor


def queue(store: Store, actor: Actor, seen: Sequence[Flag] | None = None) -> list[Item]:
    """Every flag of the actor's agency that the actor sees (``seen``, where they were just read), in reading order."""
    found = flags(store.view(actor)) if seen is None else seen
    known: dict[str, Mapping[str, Life]] = {}
    for agency in sorted({f.agency for f in found}):
        known[agency] = flagging.lives(store, acting(actor, agency))
    items = [_item(store, actor, f, known[f.agency].get(f.id) or Life(f.id)) for f in found]
    return sorted(items, key=_order)


def _order(item: Item) -> tuple[Any, ...]:
    flag = item.flag
    return (not item.overdue, not item.open, -item.worth, flag.agency, flag.kind, flag.id)


def _item(store: Store, actor: Actor, flag: Flag, life: Life) -> Item:
    last = life.reads.get(actor.id)
    fresh = news(store.ids, last.held, flag) if last else News()
    return Item(flag, life, fresh, life.overdue(store.clock().date()))


def found(store: Store, actor: Actor, flag: str) -> tuple[Actor, Flag]:
    """A flag by its id, and who acts on it; :class:`NotFound` for one that the actor does not see."""
    agencies = [a.code for a in store.open_agencies()] if actor.everything else [actor.agency]
    for agency in agencies:
        who = acting(actor, agency)
        for stored in store.view(who).flags([flag]):
            return who, as_flag(stored)
    raise NotFound("error.not_found", id=flag)


def opened(store: Store, actor: Actor, flag: str) -> Item:
    """A flag that is read now: with what is new since the last time, and from now on known to be read."""
    who, seen = found(store, actor, flag)
    before = _item(store, who, seen, flagging.lives(store, who).get(flag) or Life(flag))
    life = flagging.read(store, who, flag, held(store.ids, seen))
    return Item(seen, life, before.news, before.overdue)


def step(store: Store, actor: Actor, flag: str, to: str, reason: str = "", text: str = "") -> Life:
    """See :func:`graph.flagging.step`; a verdict is kept with what the flag rested on when it was given."""
    who, seen = found(store, actor, flag)
    return flagging.step(store, who, flag, to, held(store.ids, seen), reason, text)


def service_pairs(items: Iterable[Item]) -> list[tuple[str, str, Mapping[str, int]]]:
    """(own agency, other, counts) of each pair of services, the busiest first. Counts: all, open, unread."""
    counts: dict[tuple[str, str], Counter[str]] = {}
    for item in items:
        for owner in {s.owner for s in item.flag.sides} - {item.flag.agency}:
            here = counts.setdefault((item.flag.agency, owner), Counter())
            here.update({"all": 1, "open": int(item.open), "unread": int(item.life.step == flagging.NEW)})
    return sorted(((*pair, c) for pair, c in counts.items()), key=lambda row: (-row[2]["all"], row[0], row[1]))
