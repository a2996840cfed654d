"""``mapping propose``: draft the mapping of tables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from dashboard.commands.common import Session, emit_json, help_text, json_option, pass_session, shared
from graph.errors import InputError
from ingest.propose import Decisions, Proposal, as_yaml, kinds, propose


@click.group(help=help_text("mapping"))
def mapping() -> None:
    """How columns are read."""


def _country(_: click.Context, option: click.Parameter, value: str) -> str:
    if value and not (len(value) == 2 and value.isascii() and value.isalpha()):
        raise click.BadParameter(value, param=option)
    return value.upper()


@mapping.command("propose", help=help_text("mapping.propose"))
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("-o", "--out", type=click.Path(dir_okay=False, path_type=Path), help=help_text("option.mapping_out"))
@click.option("--kind", default="", type=click.Choice(["", *kinds()]), help=help_text("option.table_kind"))
@click.option("--country", default="", callback=_country, help=help_text("option.table_country"))
@click.option("--sheet", default="", help=help_text("option.table_sheet"))
@json_option
@shared
@pass_session
def mapping_propose(
    session: Session, files: tuple[Path, ...], out: Path | None, kind: str, country: str, sheet: str, as_json: bool
) -> None:
    """Look at the beginning of each table; write one mapping for all of them. Nothing is delivered."""
    named = int(sheet) if sheet.isdigit() else sheet
    decided = Decisions(kind=kind, country=country)
    found = [propose(file, _name(file, out), decided, sheet=named) for file in files]
    text = as_yaml(found, session.language())
    if out:
        _write(out, text)
    if as_json:
        emit_json([_plain(p) for p in found])
    elif out:
        total = sum(len(p.columns) for p in found)
        used = total - sum(len(p.unused) for p in found)
        session.say("cli.mapping.written", file=str(out), used=used, total=total)
    else:
        click.echo(text, nl=False)


def _name(file: Path, out: Path | None) -> str:
    """What the mapping calls a file: its place beside the mapping where it lies there, as in a package."""
    if out and file.resolve().is_relative_to(out.resolve().parent):
        return file.resolve().relative_to(out.resolve().parent).as_posix()
    return file.name


def _write(out: Path, text: str) -> None:
    try:
        with out.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:  # it may be a mapping that somebody corrected by hand
        raise InputError("propose.exists", file=str(out)) from error


def _plain(proposal: Proposal) -> dict[str, Any]:
    return {
        "file": proposal.sheet.name,
        "kind": proposal.kind,
        "country": proposal.country,
        "columns": proposal.columns,
        "warnings": [key for key, _ in proposal.warnings],
        "mapping": proposal.mapping,
    }


COMMANDS = (mapping,)
