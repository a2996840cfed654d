"""``admin``: who exists – agencies and actors – and what waits for a second person. Teams stand in ``team.py``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from dashboard.commands.common import Session, emit_json, help_text, json_option, pass_session, shared, table
from graph import administration, confirming, pending
from graph.access import Actor, Agency, Team
from graph.errors import AccessDenied, InputError
from graph.federation import load
from graph.i18n import t
from graph.pending import Pending
from graph.session import is_development
from graph.store import Store


@click.group(help=help_text("admin"))
def admin() -> None:
    """Who exists."""


@admin.command("load", help=help_text("admin.load"))
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@shared
@pass_session
def admin_load(session: Session, file: Path) -> None:
    """Add or replace agencies, actors and teams from a federation.yaml."""
    store = session.store()
    first = not store.actors() and not is_development(store)  # an empty store has nobody to be yet
    who, agency = ("first load", "") if first else _operator(session.actor())
    agencies, actors, teams = load(file)
    if not first and not is_development(store) and _differ(store, teams):
        raise InputError("admin.teams_by_proposal", file=file.name)
    store.audit.changes.append(what="federation", actor=who, agency=agency, file=file.name)
    store.save_federation(agencies, actors, teams)
    session.say("cli.admin.loaded", agencies=len(agencies), actors=len(actors), teams=len(teams))


def _operator(actor: Actor) -> tuple[str, str]:
    if not administration.is_operator(actor):
        raise AccessDenied("error.role_needed", role="operator")
    return actor.id, actor.agency


def _differ(store: Store, teams: list[Team]) -> bool:
    known = {team.id: team for team in store.teams()}
    return any(known.get(team.id) != team for team in teams)


def listing(name: str, show: Callable[[Session, bool], None]) -> click.Group:
    """A group of ``admin`` that lists what there is when no subcommand is named."""

    @admin.group(name, help=help_text(f"admin.{name}"), invoke_without_command=True)
    @json_option
    @shared
    @pass_session
    @click.pass_context
    def group(context: click.Context, session: Session, as_json: bool) -> None:
        if context.invoked_subcommand is None:
            show(session, as_json)

    @group.command("list", help=help_text(f"admin.{name}"))
    @json_option
    @shared
    @pass_session
    def listed(session: Session, as_json: bool) -> None:
        show(session, as_json)

    return group


def proposed(session: Session, found: Pending, err: bool = False) -> None:
    """Say who must agree before it takes effect."""
    told = {"id": found.id, "needs": ", ".join(found.open), "until": found.until[:10]}
    click.echo(t("cli.admin.proposed", session.language(), **told), err=err)


# --- agencies ---------------------------------------------------------------------------------------------------------


def _agencies(session: Session, as_json: bool) -> None:
    session.actor()
    store = session.store()
    rows, is_open = store.agencies(), {a.code for a in store.open_agencies()}
    if as_json:
        emit_json(rows)
        return
    lock = help_text("admin.locked")
    listed = [[a.code, a.country, a.name, a.contact.get("email", ""), "" if a.code in is_open else lock] for a in rows]
    table(listed, [""] * 5)


agency = listing("agency", _agencies)


def _agency_options(command: Any) -> Any:
    for name, several in (("automatic", True), ("contact", True), ("country", False), ("name", False)):
        option = click.option(f"--{name}", multiple=several, default=None, help=help_text(f"option.{name}"))
        command = option(command)
    return command


def _put_agency(session: Session, known: Agency, new: bool, **said: Any) -> None:
    fields = {k: v for k, v in said.items() if v}
    if "contact" in fields:
        pairs = [entry.partition("=") for entry in fields["contact"]]
        if any(not (field and value) for field, _, value in pairs):
            raise click.BadParameter(help_text("option.contact"))
        fields["contact"] = {field: value for field, _, value in pairs}
    if "country" in fields:
        fields["country"] = fields["country"].upper()
    administration.put_agency(session.store(), session.actor(), replace(known, **fields), new)
    session.say("cli.admin.done", name=known.code)


@agency.command("add", help=help_text("admin.agency.add"))
@click.argument("code")
@_agency_options
@shared
@pass_session
def agency_add(session: Session, /, code: str, **said: Any) -> None:
    """Register an agency."""
    _put_agency(session, Agency(code, said["name"] or code, ""), new=True, **said)


@agency.command("change", help=help_text("admin.agency.change"))
@click.argument("code")
@_agency_options
@shared
@pass_session
def agency_change(session: Session, /, code: str, **said: Any) -> None:
    """Change what is said of an agency; what is not given stays. A locked one is open again."""
    session.actor()
    known = next((a for a in session.store().agencies() if a.code == code), Agency(code, code, ""))
    _put_agency(session, known, new=False, **said)


@agency.command("remove", help=help_text("admin.agency.remove"))
@click.argument("code")
@shared
@pass_session
def agency_remove(session: Session, code: str) -> None:
    """Lock an agency."""
    administration.lock_agency(session.store(), session.actor(), code)
    session.say("cli.admin.done", name=code)


# --- actors -----------------------------------------------------------------------------------------------------------


def _actors(session: Session, as_json: bool) -> None:
    rows = administration.actors(session.store(), session.actor())
    if as_json:
        emit_json([{"id": a.id, "agency": a.agency, "roles": sorted(a.roles), "locked": shut} for a, shut in rows])
        return
    lock = help_text("admin.locked")
    table([[a.id, a.agency, ", ".join(sorted(a.roles)), lock if shut else ""] for a, shut in rows], [""] * 4)


actor_group = listing("actor", _actors)


def _put_actor(session: Session, person: Actor, new: bool) -> None:
    found = administration.put_actor(session.store(), session.actor(), person, new)
    if found:
        proposed(session, found)
    else:
        session.say("cli.admin.done", name=person.id)


@actor_group.command("add", help=help_text("admin.actor.add"))
@click.argument("actor_id")
@click.option("--agency", "of_agency", default="", help=help_text("option.of_agency"))
@click.option("--role", "roles", multiple=True, required=True, help=help_text("option.role"))
@shared
@pass_session
def actor_add(session: Session, actor_id: str, of_agency: str, roles: tuple[str, ...]) -> None:
    """Register an actor, of one's own agency where none is named."""
    _put_actor(session, Actor(actor_id, of_agency or session.actor().agency, frozenset(roles)), new=True)


@actor_group.command("change", help=help_text("admin.actor.change"))
@click.argument("actor_id")
@click.option("--role", "roles", multiple=True, help=help_text("option.role"))
@shared
@pass_session
def actor_change(session: Session, actor_id: str, roles: tuple[str, ...]) -> None:
    """Change an actor's roles (the same ones where none is named), and open a locked one."""
    known = {a.id: a for a, _ in administration.actors(session.store(), session.actor())}
    if actor_id not in known:
        raise AccessDenied("admin.not_yours")
    person = known[actor_id]
    _put_actor(session, replace(person, roles=frozenset(roles)) if roles else person, new=False)


@actor_group.command("remove", help=help_text("admin.actor.remove"))
@click.argument("actor_id")
@shared
@pass_session
def actor_remove(session: Session, actor_id: str) -> None:
    """Lock an actor."""
    administration.lock_actor(session.store(), session.actor(), actor_id)
    session.say("cli.admin.done", name=actor_id)


# --- what waits -------------------------------------------------------------------------------------------------------


@admin.command("pending", help=help_text("admin.pending"))
@json_option
@shared
@pass_session
def admin_pending(session: Session, as_json: bool) -> None:
    """What waits for one's agency, or was proposed by it."""
    rows = pending.waiting(session.store(), session.actor())
    if as_json:
        emit_json(rows)
        return
    lang = session.language()
    listed = [
        [p.id, t(f"pending.kind.{p.kind}", lang), confirming.subject(p), p.by, ", ".join(p.open), p.until[:10]]
        for p in rows
    ]
    table(listed, [t(f"pending.head.{head}", lang) for head in ("id", "kind", "subject", "by", "open", "until")])


@admin.command("confirm", help=help_text("admin.confirm"))
@click.argument("proposal")
@shared
@pass_session
def admin_confirm(session: Session, proposal: str) -> None:
    """Agree for one's agency."""
    found = confirming.confirm(session.store(), session.actor(), proposal)
    if found.open:
        proposed(session, found)
    else:
        session.say("cli.admin.in_effect", id=proposal)


@admin.command("refuse", help=help_text("admin.refuse"))
@click.argument("proposal")
@shared
@pass_session
def admin_refuse(session: Session, proposal: str) -> None:
    """Refuse for one's agency, or take one's own proposal back."""
    confirming.refuse(session.store(), session.actor(), proposal)
    session.say("cli.admin.refused", id=proposal)
