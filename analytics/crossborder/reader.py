"""Flags for pages and the command line: those of the reader's own agency whose every ground the reader still sees."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from analytics.crossborder.flags import Flag, Side, phrase
from analytics.crossborder.picture import job_actor

if TYPE_CHECKING:
    from graph.store.base import StoredFlag
    from graph.view import View


def flags(view: View) -> list[Flag]:
    """The flags of the view's agency, the most telling first. The development actor gets every agency's."""
    stored = view.flags()
    if view.actor.everything:
        store = view._store
        stored += [f for a in store.open_agencies() for f in store.view(job_actor(a.code), view.purpose).flags()]
    return sorted(map(as_flag, stored), key=lambda f: (-f.score, f.agency, f.kind, f.id))


def as_flag(stored: StoredFlag) -> Flag:
    """A stored flag, read."""
    body = orjson.loads(stored.body)
    return Flag(
        stored.id,
        stored.agency,
        stored.kind,
        body["score"],
        body["parts"],
        tuple(Side(owner, country, name, entity, tuple(rs)) for owner, country, name, entity, rs in body["sides"]),
        phrase(body["reason"]),
        body["inferred"],
        body["rule"],
        body["parameters"],
        tuple((owner, name, revision) for owner, name, revision in body["data"]),
        stored.digest,
        stored.state,
        stored.first_seen,
        stored.last_seen,
        body.get("raw", body["score"]),
    )
