"""``admin team``: joint teams, each change proposed by the agency that leads and confirmed by every member."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import click

from dashboard.commands.administer import listing, proposed
from dashboard.commands.common import Session, emit_json, help_text, pass_session, shared, table
from graph import teams
from graph.access import Team


def _teams(session: Session, as_json: bool) -> None:
    rows = teams.member_teams(session.store(), session.actor())
    if as_json:
        emit_json(rows)
    else:
        table([[x.id, ", ".join(sorted(x.members)), x.until, x.purpose] for x in rows], [""] * 4)


team = listing("team", _teams)


def _team_options(needed: bool) -> Callable[[Any], Any]:
    def decorate(command: Any) -> Any:
        for name, required in (("since", False), ("until", needed), ("purpose", needed), ("leader", False)):
            option = click.option(f"--{name}", default=None, required=required, help=help_text(f"option.{name}"))
            command = option(command)
        member = click.option("--member", "members", multiple=True, required=needed, help=help_text("option.member"))
        return member(command)

    return decorate


@team.command("add", help=help_text("admin.team.add"))
@click.argument("name")
@_team_options(needed=True)
@shared
@pass_session
def team_add(session: Session, /, name: str, members: tuple[str, ...], **said: str | None) -> None:
    """Propose a team; its leader is one's own agency where none is named."""
    actor = session.actor()
    leader = said["leader"] or actor.agency
    purpose, since, until = (said[k] or "" for k in ("purpose", "since", "until"))
    wanted = Team(name, frozenset({*members, leader}), purpose, leader, since, until)
    found = teams.propose(session.store(), actor, wanted, new=True)
    session.say("cli.admin.team.named", name=teams.team_of(found).id)
    proposed(session, found)


@team.command("change", help=help_text("admin.team.change"))
@click.argument("name")
@_team_options(needed=False)
@shared
@pass_session
def team_change(session: Session, /, name: str, members: tuple[str, ...], **said: str | None) -> None:
    """Propose a change; what is not given stays."""
    store, actor = session.store(), session.actor()
    known = teams.member_team(store, actor, name)
    fields: dict[str, Any] = {k: v for k, v in said.items() if v}
    if members:
        fields["members"] = frozenset(members)
    proposed(session, teams.propose(store, actor, replace(known, **fields), new=False))


@team.command("remove", help=help_text("admin.team.remove"))
@click.argument("name")
@shared
@pass_session
def team_remove(session: Session, name: str) -> None:
    """Propose the end of a team one leads; leave another."""
    found = teams.end(session.store(), session.actor(), name)
    if found:
        proposed(session, found)
    else:
        session.say("cli.admin.left", name=name)
