"""The second person: agreeing to what another proposed, or refusing it. One way for all that needs more than one.

Each kind of proposal says what the log keeps of it and how it is carried out; what is common to all is here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from graph import administration, login_change, pending, teams, unmasking
from graph.access import Actor
from graph.errors import InputError, NotFound
from graph.pending import Pending

if TYPE_CHECKING:
    from graph.store.base import Store


class Kind(NamedTuple):
    """A kind of proposal, and what the log calls it."""

    called: str
    said: Callable[[Pending], dict[str, Any]]
    carry_out: Callable[[Store, Actor, Pending], None]


KINDS = {
    administration.KIND: Kind("admin actor", administration.said, administration.carry_out),
    login_change.KIND: Kind("admin login", login_change.said, login_change.carry_out),
    teams.KIND: Kind("admin team", teams.said, teams.carry_out),
    unmasking.KIND: Kind("unmask", unmasking.said, unmasking.carry_out),
}


def subject(found: Pending) -> str:
    """What a proposal is about, in a word: the id of the actor, team or record."""
    return str(KINDS[found.kind].said(found)["subject"])


def confirm(store: Store, actor: Actor, number: str, kind: str = "") -> Pending:
    """Agree for one's agency; with the last agreement the change takes effect (``open`` is empty then).

    Raises :class:`AccessDenied` for whoever proposed it, and :class:`InputError` or :class:`NotFound` when it cannot be
    carried out any more: the proposal is then void.
    """
    found = pending.one(store, actor, number, kind)
    pending.may_agree(store, actor, found)
    _log(store, actor, found, "confirm")
    found = pending.agree(store, actor, found)
    if found.open:
        return found
    try:
        KINDS[found.kind].carry_out(store, actor, found)
    except (InputError, NotFound):
        _log(store, actor, found, "void")
        pending.drop(store, found)
        raise
    pending.drop(store, found)
    return found


def refuse(store: Store, actor: Actor, number: str, kind: str = "") -> None:
    """Refuse for one's agency, or take back a proposal of one's own agency: it is void."""
    pending.may_answer(store, actor)
    found = pending.one(store, actor, number, kind)
    _log(store, actor, found, "refuse")
    pending.drop(store, found)


def _log(store: Store, actor: Actor, found: Pending, what: str) -> None:
    kind, fields = KINDS[found.kind], {"actor": actor.id, "agency": actor.agency, "proposal": found.id}
    store.audit.changes.append(what=f"{kind.called} {what}", **fields, **kind.said(found))
