"""``admin``, ``store``, ``dashboard``: for whoever runs Vínculo. No case content passes here."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from dashboard.commands.common import Session, emit_json, help_text, json_option, pass_session, shared, table
from dashboard.serve import serve
from graph.errors import AccessDenied
from graph.federation import load
from graph.session import is_development


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
    if store.actors() or is_development(store):  # the first load of an empty store has nobody to be yet
        actor = session.actor()
        if not (actor.everything or actor.has("operator")):
            raise AccessDenied("error.role_needed", role="operator")
        who, agency = actor.id, actor.agency
    else:
        who, agency = "first load", ""
    agencies, actors, teams = load(file)
    store.audit.changes.append(what="federation", actor=who, agency=agency, file=file.name)
    store.save_federation(agencies, actors, teams)
    session.say("cli.admin.loaded", agencies=len(agencies), actors=len(actors), teams=len(teams))


@admin.command("agency", help=help_text("admin.agency"))
@json_option
@shared
@pass_session
def admin_agency(session: Session, as_json: bool) -> None:
    """Every agency with its contact point."""
    session.actor()
    rows = session.store().agencies()
    if as_json:
        emit_json(rows)
    else:
        table([[a.code, a.country, a.name, a.contact.get("email", "")] for a in rows], ["", "", "", ""])


@admin.command("actor", help=help_text("admin.actor"))
@json_option
@shared
@pass_session
def admin_actor(session: Session, as_json: bool) -> None:
    """Actors of the asking actor's agency."""
    actor = session.actor()
    rows = [a for a in session.store().actors() if a.agency == actor.agency or actor.everything]
    if as_json:
        emit_json([{"id": a.id, "agency": a.agency, "roles": sorted(a.roles)} for a in rows])
    else:
        table([[a.id, a.agency, ", ".join(sorted(a.roles))] for a in rows], ["", "", ""])


@admin.command("team", help=help_text("admin.team"))
@json_option
@shared
@pass_session
def admin_team(session: Session, as_json: bool) -> None:
    """Teams of which the asking actor's agency is a member; nobody else's list is shown."""
    actor = session.actor()
    rows = [x for x in session.store().teams() if actor.agency in x.members or actor.everything]
    if as_json:
        emit_json(rows)
    else:
        table([[x.id, ", ".join(sorted(x.members)), x.until, x.purpose] for x in rows], ["", "", "", ""])


@click.group(help=help_text("store"))
def store() -> None:
    """The store itself."""


@store.command("info", help=help_text("store.info"))
@json_option
@shared
@pass_session
def store_info(session: Session, as_json: bool) -> None:
    """Its address and format, and how many deliveries were swept that a killed load had left."""
    opened = session.store()
    whole = session.counts()
    swept = opened.sweep()
    info: dict[str, object] = {"url": opened.url, "format": opened.meta("format")}
    if whole:
        info |= {"version": opened.version(), "swept": swept}
    if as_json:
        emit_json(info)
    else:
        table([[k, v] for k, v in info.items()], ["", ""])


@click.command("dashboard", help=help_text("dashboard"))
@click.option("--port", default=8501, show_default=True, type=click.IntRange(1, 65535))
@click.option("--address", default="127.0.0.1", show_default=True)
@click.option("--allowed-host", "hosts", multiple=True, help=help_text("option.allowed_host"))
@shared
@pass_session
def dashboard_command(session: Session, port: int, address: str, hosts: tuple[str, ...]) -> None:
    """Serve the pages."""
    store = session.store()
    store.close()
    sys.exit(serve(store.url, port=port, address=address, allowed_hosts=hosts))


COMMANDS = (admin, store, dashboard_command)
