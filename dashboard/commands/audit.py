"""``audit``: who looked at what, and whether the logs are whole."""

from __future__ import annotations

from pathlib import Path

import click

from dashboard.commands.common import Session, emit_json, help_text, json_option, pass_session, shared
from graph import heads
from graph.audit import Broken
from graph.errors import InputError, StoreError
from graph.i18n import t
from graph.trail import Wanted, trail

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group(help=help_text("audit"))
def audit() -> None:
    """The logs of changes and looks."""


@audit.command("verify", help=help_text("audit.verify"))
@click.argument("export", required=False, type=FILE)
@click.option("--head", "head_file", type=FILE, help=help_text("audit.option.head"))
@click.option("--key", default="", help=help_text("audit.option.key"))
@json_option
@shared
@pass_session
def audit_verify(session: Session, export: Path | None, head_file: Path | None, key: str, as_json: bool) -> None:
    """Check every line of both logs against the one before it, and against a head kept elsewhere.

    With EXPORT, check that copy by itself; no store is opened.
    """
    if export:
        _verify_export(session, export, key, as_json)
        return
    logs, whole = session.store().audit, session.counts()
    head = heads.read_head(head_file) if head_file else None
    if head:
        heads.check_signature(head, key or heads.public_key(logs))
    found = heads.check(logs, head)
    ends = {name: log.head() for name, log in heads.logs_of(logs).items()} if not found else {}
    if as_json:
        broken_at = {k: v if whole else v._replace(line=0) for k, v in found.items()}
        emit_json({"broken": broken_at, "heads": ends} if whole else {"broken": broken_at})
    _refuse(found, whole)
    if not as_json and not whole:
        session.say("part.audit.whole")
    elif not as_json:
        session.say("cli.audit.whole", **{name: end.number for name, end in ends.items()})


def _verify_export(session: Session, export: Path, key: str, as_json: bool) -> None:
    if not key:
        raise InputError("audit.key_needed")
    head = heads.read_head(export)
    heads.check_signature(head, key)
    found = heads.check_export(export)
    if as_json:
        emit_json({"broken": found, "head": head})
    _refuse(found, True)
    if not as_json:
        counts = {name: head[name]["number"] for name in heads.LOGS}
        session.say("cli.audit.export_whole", at=head["at"], **counts)


def _refuse(found: dict[str, Broken], whole: bool) -> None:
    for name, broken in found.items():
        raise StoreError("cli.audit.broken", log=name, line=broken.line if whole else "–", why=broken.why)


@audit.command("export", help=help_text("audit.export"))
@click.option("-o", "--output", "out", required=True, type=click.Path(path_type=Path), help=help_text("option.output"))
@json_option
@shared
@pass_session
def audit_export(session: Session, out: Path, as_json: bool) -> None:
    """Both logs and their signed heads in one file, for an operator."""
    head = heads.export(session.store().audit, session.actor(), out)
    if as_json:
        emit_json(head)
    else:
        counts = {name: head[name]["number"] for name in heads.LOGS}
        session.say("cli.audit.exported", path=out, public=head["key"], **counts)


@audit.command("show", help=help_text("audit.show"))
@click.option("--record", default="", help=help_text("audit.option.record"))
@click.option("--actor", "by", default="", help=help_text("audit.option.by"))
@click.option("--since", default="", help=help_text("audit.option.since"))
@click.option("--until", default="", help=help_text("audit.option.until"))
@click.option("--ours", is_flag=True, help=help_text("audit.option.ours"))
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1))
@json_option
@shared
@pass_session
def audit_show(
    session: Session, record: str, by: str, since: str, until: str, ours: bool, limit: int, as_json: bool
) -> None:
    """Looks at the own agency's records by others, its own people's looks, and its own changes."""
    lines = trail(session.store(), session.actor(), Wanted(record, by, since, until, ours))
    for line in lines[-limit:]:
        if as_json:
            emit_json(line)
        else:
            what = (line["at"], line["agency"], line["actor"], line["what"], str(len(line.get("records", ()))))
            click.echo("  ".join(what))
    if len(lines) > limit:
        hidden = t("cli.audit.hidden", session.language(), shown=limit, hidden=len(lines) - limit)
        click.echo(hidden, err=True)


COMMANDS = (audit,)
