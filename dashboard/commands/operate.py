"""``store``, ``dashboard``: for whoever runs Vínculo. No case content passes here."""

from __future__ import annotations

import sys

import click

from dashboard.commands.common import Session, emit_json, help_text, json_option, pass_session, shared, table
from dashboard.serve import serve


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


COMMANDS = (store, dashboard_command)
