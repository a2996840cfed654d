"""``vinculo``: the command line. Errors are one sentence and an exit code, never a traceback."""

from __future__ import annotations

import logging
import os
import secrets
import sys
import traceback
from types import TracebackType
from typing import cast

import click

from dashboard.commands import (
    accounts,
    administer,
    audit,
    bench,
    datasets,
    deliver,
    demonstrate,
    identity,
    jobs,
    look,
    mapping,
    operate,
    team,
    unmask,
)
from dashboard.commands.common import Session, help_text, shared
from graph.errors import VinculoError
from graph.i18n import harmless, t
from graph.settings import settings

INTERRUPTED = 130
UNEXPECTED = 70


class Vinculo(click.Group):
    """The group of all commands, in the order of their names."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(super().list_commands(ctx))


@click.command(cls=Vinculo, help=help_text("help"))
@click.version_option(package_name="vinculo")
@shared
def cli() -> None:
    """The program itself; its help comes from the catalogue."""


MODULES = (
    administer,
    audit,
    bench,
    datasets,
    deliver,
    demonstrate,
    identity,
    jobs,
    look,
    mapping,
    operate,
    team,
    unmask,
)
for module in MODULES:
    for command in module.COMMANDS:
        cli.add_command(command)
for command in accounts.UNDER_ADMIN:
    cast(click.Group, cli.commands["admin"]).add_command(command)


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
