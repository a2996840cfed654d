"""Notices: who is told by e-mail that there is something to read, when, and what becomes of a failure.

A person who gave an address is told of flags of the agency that nobody has read, of news in flags that the person read
or has in hand, of withdrawn ones, of watches that something came into, and of dates that have come. The e-mail says
none of this: that there is something, and where to read it. At most one a day (UTC), but what is urgent – a date that
has come, an urgent watch – is told at once, each once. What was told is remembered as digests, after the server took
the e-mail: one that was not taken is tried again with the job's next turn.
"""

from __future__ import annotations

import hashlib
import re
import smtplib
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from analytics import mail
from analytics.crossborder.queue import Item, queue
from analytics.crossborder.reader import as_flag
from graph import flagging, watching
from graph.access import Actor
from graph.errors import AccessDenied, InputError
from graph.flagging import NEW, WORKING_ROLES
from graph.i18n import LANGUAGES
from graph.settings import settings

if TYPE_CHECKING:
    from graph.store.base import Store

ADDRESS, TOLD = "notice_address", "notice_told"
_MAIL = re.compile(r"[^@\s<>(),;:\\\"\[\]]{1,64}@[A-Za-z0-9]([A-Za-z0-9.-]{0,250}[A-Za-z0-9])?")


class Due(NamedTuple):
    """Somebody to be told: all that there is now, as digests, and the day."""

    actor: str
    address: str
    lang: str
    matters: frozenset[str]
    day: str


def set_address(store: Store, actor: Actor, address: str, lang: str = "") -> None:
    """Where the actor is told, in which language; nowhere where ``address`` is empty. For its own person only."""
    store.admit(actor)
    if not actor.roles & WORKING_ROLES:
        raise AccessDenied("error.role_needed", role="analyst | coordinator")
    if address and not _MAIL.fullmatch(address):
        raise InputError("notice.address", value=address)
    store.audit.changes.append(what="notice address", actor=actor.id, agency=actor.agency, records=[], on=bool(address))
    body = {"address": address, "lang": lang if lang in LANGUAGES else settings().language}
    store.keep(ADDRESS, {actor.id: body if address else None})


def address_of(store: Store, actor: Actor) -> str:
    """Where the actor is told, empty for nowhere."""
    return str(store.kept(ADDRESS).get(actor.id, {}).get("address", ""))


def due(store: Store) -> list[Due]:
    """Whoever is to be told now. Tells nobody anything, and logs no look: nothing of a flag leaves here."""
    day, told = store.clock().date().isoformat(), store.kept(TOLD)
    people = {a.id: a for a in store.actors()}
    found = []
    for who, body in store.kept(ADDRESS).items():
        if who not in people:
            continue
        try:
            matters = dict(_matters(store, people[who]))
        except AccessDenied:  # locked, or of an agency that is
            continue
        known = told.get(who, {})
        fresh = {m for m in matters if m not in known.get("matters", ())}
        if fresh and (known.get("day") != day or any(matters[m] for m in fresh)):
            found.append(Due(who, body["address"], body["lang"], frozenset(matters), day))
    return found


def _matters(store: Store, actor: Actor) -> Iterator[tuple[str, bool]]:
    """(digest of something to read, whether it is urgent), of everything that waits for a person."""
    seen = [as_flag(f) for f in store.view(actor).standing_flags()]
    for item in queue(store, actor, seen):
        yield from _of(item, actor)
    for gone in flagging.withdrawn(store, actor):
        yield _digest("gone", gone.flag, gone.at), False
    for number, (urgent, ids) in watching.stirring(store, actor).items():
        yield _digest("watch", number, *sorted(ids)), urgent


def _of(item: Item, actor: Actor) -> Iterator[tuple[str, bool]]:
    flag, mine = item.flag, item.life.assignee == actor.id
    if item.life.step == NEW:
        yield _digest("new", flag.id), False
    if item.news and item.open:
        yield _digest("news", flag.id, flag.digest), False
    if item.overdue and mine:
        yield _digest("due", flag.id, item.life.due), True
    elif mine and actor.id not in item.life.reads:
        yield _digest("assigned", flag.id), False


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:24]


def send(store: Store) -> Counter[str]:
    """Tell everybody who is due; counts ``sent``, ``failed`` and the names of errors (``error:NAME``), no address.

    What fails stays due. Where no mail server is set nobody is told and nothing is counted.
    """
    counts: Counter[str] = Counter()
    waiting = due(store) if settings().smtp_host else []
    if not waiting:
        return counts
    try:
        with mail.connection() as tell:
            for one in waiting:
                try:
                    tell(one.address, one.lang)
                except (smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as error:
                    counts.update({"failed": 1, f"error:{type(error).__name__}": 1})
                    continue
                store.keep(TOLD, {one.actor: {"day": one.day, "matters": sorted(one.matters)}})
                counts["sent"] += 1
    except (smtplib.SMTPException, OSError) as error:
        left = len(waiting) - counts["sent"] - counts["failed"]
        counts.update({"failed": left, f"error:{type(error).__name__}": 1})
    return counts
