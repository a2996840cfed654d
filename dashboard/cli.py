"""``vinculo``: the command line. Errors are one sentence and an exit code, never a traceback."""

from __future__ import annotations

import logging
import os
import secrets
import sys
import traceback
from importlib import import_module
from types import TracebackType

import click

from dashboard.commands.common import Session, help_text, shared
from graph.errors import VinculoError
from graph.i18n import harmless, t
from graph.settings import settings

INTERRUPTED = 130
UNEXPECTED = 70


# command → its module under dashboard/commands: only what is asked for is loaded
PLACES = {
    "admin": "admin",
    "analyse": "look",
    "audit": "audit",
    "bench": "bench",
    "dashboard": "operate",
    "dataset": "datasets",
    "demo": "demonstrate",
    "draft": "deliver",
    "evaluate": "identity",
    "export": "look",
    "flag": "flags",
    "identities": "identity",
    "ingest": "deliver",
    "jobs": "jobs",
    "judge": "identity",
    "mapping": "mapping",
    "model": "identity",
    "path": "look",
    "resolve": "identity",
    "review": "identity",
    "search": "look",
    "store": "operate",
    "unmask": "unmask",
    "watch": "watch",
}


class Vinculo(click.Group):
    """The group of all commands, in the order of their names, each loaded when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(PLACES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in PLACES:
            return None
        commands: tuple[click.Command, ...] = import_module(f"dashboard.commands.{PLACES[cmd_name]}").COMMANDS
        return next(command for command in commands if command.name == cmd_name)


@click.command(cls=Vinculo, help=help_text("help"))
@click.version_option(package_name="vinculo")
@shared
def cli() -> None:
    """The program itself; its help comes from the catalogue."""


def _unexpected(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """An error nobody foresaw: a reference for the user, the traceback (no case content on screen) in a file."""
    reference = secrets.token_hex(4)
    folder = os.environ.get("VINCULO_ERRORS") or os.path.expanduser("~/.vinculo-errors")
    os.makedirs(folder, mode=0o700, exist_ok=True)
    with open(os.open(os.path.join(folder, f"{reference}.txt"), os.O_CREAT | os.O_WRONLY, 0o600), "w") as file:
        file.writelines(traceback.format_exception(kind, error, trace))
    click.echo(t("error.unexpected", settings().language, reference=reference), err=True)
    sys.exit(UNEXPECTED)


def main(arguments: list[str] | None = None) -> None:
    """Run the program and exit with its code: 0 done, 1–8 an error of ours, 2 wrong words, 130 interrupted."""
    if os.environ.get("VINCULO_DEBUG") != "1":
        sys.excepthook = _unexpected
    logging.basicConfig(level=logging.WARNING)
    session = Session()
    try:
        cli.main(arguments, prog_name="vinculo", standalone_mode=False, obj=session)
    except VinculoError as error:
        click.echo(harmless(error.text(session.language())), err=True)
        sys.exit(error.exit_code)
    except click.exceptions.Abort:
        click.echo(t("cli.interrupted", session.language()), err=True)
        sys.exit(INTERRUPTED)
    except KeyboardInterrupt:
        click.echo(t("cli.interrupted", session.language()), err=True)
        sys.exit(INTERRUPTED)
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
