"""A password, a provider's name or a token that is set for somebody whose word counts takes a second person.

Whoever could let himself in as the second person of his agency would need none. So what a colleague sets for a
coordinator or steward is proposed, and holds when another of the two roles, or an operator, agrees; one's own is set
at once. Until then the entry lies apart from the proposal, which others are shown.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import orjson

from graph import pending
from graph.access import Actor
from graph.errors import InputError
from graph.pending import ANSWERING, Pending

if TYPE_CHECKING:
    from graph.store.base import Store

KIND = "login"
ENTRIES = "login_proposed"


def set_entry(
    store: Store, by: Actor, target: Actor, what: str, kind: str, entries: Mapping[str, Any], **noted: str
) -> Pending | None:
    """Keep ``entries`` (key → body, as :meth:`Store.keep` takes them) for ``target``: now, or when a second agrees.

    The caller has checked that ``by`` may. ``what``: the step's name in the log, ``noted``: what else the log says.
    """
    alone = by.everything or by.id == target.id or by.has("operator") or not target.roles & ANSWERING
    said = {"actor": by.id, "agency": target.agency, "subject": target.id, **noted}
    store.audit.changes.append(what=f"admin {what}" if alone else f"admin {what} propose", **said)
    if alone:
        store.keep(kind, dict(entries))
        return None
    found = pending.propose(store, by, KIND, [target.agency], {"id": target.id, "what": what})
    lapsed = dict.fromkeys(store.kept(ENTRIES).keys() - store.kept("pending").keys())
    entry = {"kind": kind, "entries": dict(entries), "before": _before(store, kind, entries)}
    store.keep(ENTRIES, {**lapsed, found.id: entry})
    return found


def _before(store: Store, kind: str, entries: Mapping[str, Any]) -> str:
    """A digest of what stands at these places: what was agreed on must not undo what came in between."""
    kept = store.kept(kind)
    stands = {key: kept.get(key) for key in entries}
    return hashlib.sha256(orjson.dumps(stands, option=orjson.OPT_SORT_KEYS)).hexdigest()


def said(found: Pending) -> dict[str, Any]:
    """What the log keeps of a proposal."""
    return {"subject": found.body["id"], "step": found.body["what"]}


def carry_out(store: Store, actor: Actor, found: Pending) -> None:
    """Let what was proposed hold; :class:`InputError` where it was changed in between or the actor is gone."""
    entry = store.kept(ENTRIES).get(found.id)
    known = {a.id for a in store.actors()}
    if not entry or found.body["id"] not in known or _before(store, entry["kind"], entry["entries"]) != entry["before"]:
        raise InputError("admin.changed_since", value=str(found.body["id"]))
    store.keep(entry["kind"], entry["entries"])
    store.keep(ENTRIES, {found.id: None})
