"""Joint teams: proposed by a person of the agency that leads, in effect when every member agency has agreed.

The leader's agreement is a second person's; each other member agrees to join. An ended team stays on the books with its
term over, since what was released to it names it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, replace
from secrets import token_hex
from typing import TYPE_CHECKING, Any

from graph import pending
from graph.access import Actor, Team, end_of, start_of
from graph.administration import fingerprint, log
from graph.errors import AccessDenied, InputError, NotFound
from graph.pending import Pending

if TYPE_CHECKING:
    from graph.store.base import Store

KIND = "team"


def member_teams(store: Store, actor: Actor) -> list[Team]:
    """Teams that the actor's agency is a member of; nobody else's list is shown."""
    store.admit(actor)
    return [team for team in store.teams() if actor.everything or actor.agency in team.members]


def member_team(store: Store, actor: Actor, name: str) -> Team:
    """One of :func:`member_teams`; to everybody else there is none (:class:`NotFound`)."""
    for team in member_teams(store, actor):
        if team.id == name:
            return team
    raise NotFound("error.not_found", id=name)


def propose(store: Store, actor: Actor, team: Team, new: bool) -> Pending:
    """Propose a new team, or (``new`` false) a change of one that the actor's agency leads.

    A new team's name gets four random characters behind it: so that no name is refused because a team that the actor
    does not know of has it already.
    """
    pending.may_answer(store, actor)
    before = None if new else member_team(store, actor, team.id)
    if actor.agency != (before or team).leader and not actor.everything:
        raise AccessDenied("admin.leader_only")
    _check(store, team)
    if new:
        team = _named(store, team)
    body = {"action": "put", "team": _fields(team), "before": fingerprint(before)}
    log(store, actor, "team propose", team.id, before, team)
    return pending.propose(store, actor, KIND, [team.leader, *sorted(team.members - {team.leader})], body)


def end(store: Store, actor: Actor, name: str) -> Pending | None:
    """The leader proposes to end a team; any other member leaves it at once (None)."""
    pending.may_answer(store, actor)
    team = member_team(store, actor, name)
    if actor.agency != team.leader and not actor.everything:
        left = replace(team, members=team.members - {actor.agency})
        log(store, actor, "team leave", name, team, left)
        store.save_federation([], [], [left])
        return None
    log(store, actor, "team propose end", name, team)
    body = {"action": "end", "team": _fields(team), "before": fingerprint(team)}
    return pending.propose(store, actor, KIND, [team.leader], body)


def team_of(found: Pending) -> Team:
    """The team that a proposal is about, as it would be."""
    fields: Mapping[str, Any] = found.body["team"]
    return Team(**{**fields, "members": frozenset(fields["members"])})


def said(found: Pending) -> dict[str, Any]:
    """What the log keeps of a proposal."""
    return {"subject": found.body["team"]["id"], "after": fingerprint(team_of(found))}


def carry_out(store: Store, actor: Actor, found: Pending) -> None:
    """Do what all agreed on; :class:`InputError` when the team was changed in between, or cannot be any more."""
    team, ends = team_of(found), found.body["action"] == "end"
    before = next((t for t in store.teams() if t.id == team.id), None)
    if fingerprint(before) != found.body["before"]:
        raise InputError("admin.changed_since", value=team.id)
    if ends:
        team = replace(team, until=store.clock().isoformat(timespec="seconds"))
    else:
        _check(store, team)
    log(store, actor, "team end" if ends else "team put", team.id, before, team)
    store.save_federation([], [], [team])


def _fields(team: Team) -> dict[str, Any]:
    return {**asdict(team), "members": sorted(team.members)}


def _named(store: Store, team: Team) -> Team:
    taken = {t.id for t in store.teams()} | {p["body"]["team"]["id"] for p in _proposed(store)}
    while True:
        name = f"{team.id}-{token_hex(2)}"
        if name not in taken:
            return replace(team, id=name)


def _proposed(store: Store) -> list[dict[str, Any]]:
    return [p for p in store.kept("pending").values() if p["kind"] == KIND]


def _check(store: Store, team: Team) -> None:
    unknown = team.members - {a.code for a in store.open_agencies()}
    named = re.fullmatch(r"[\w.-]+", team.id)
    if not named or team.leader not in team.members or len(team.members) < 2 or unknown:
        raise InputError("admin.bad_team", value=team.id)
    try:
        begins = start_of(team.since) if team.since else None
        over = end_of(team.until)
    except ValueError as error:
        raise InputError("admin.bad_term", value=f"{team.since} {team.until}") from error
    if over <= store.clock() or (begins and begins >= over):
        raise InputError("admin.bad_term", value=f"{team.since} {team.until}")
