"""``dataset``: what an agency delivered, and whom it lets see it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from dashboard.commands import quality
from dashboard.commands.common import Session, emit_json, help_text, json_option, pass_session, shared, table
from graph.access import FULL, HIT, IDENTITY, TEXT
from graph.delivery import Release
from graph.i18n import t
from graph.stewardship import own_dataset, release, release_text, releases, withdraw


@click.group(help=help_text("dataset"))
def dataset() -> None:
    """Datasets of the actor's agency and those it may see."""


@dataset.command("list", help=help_text("dataset.list"))
@click.option("--diff", "diff", default="", metavar="DATASET", help=help_text("option.diff"))
@click.option("--from", "before", type=click.IntRange(min=1), default=None, help=help_text("option.diff_from"))
@click.option("--to", "after", type=click.IntRange(min=1), default=None, help=help_text("option.diff_to"))
@json_option
@shared
@pass_session
def dataset_list(session: Session, diff: str, before: int | None, after: int | None, as_json: bool) -> None:
    """Every dataset in the actor's view, with its current revision; or what changed in one of the agency's own."""
    if diff:
        from dashboard.commands import drafts  # it brings the matcher along

        drafts.differ(session, diff, before or 0, after or 0, as_json)
        return
    view = session.view()
    scope = view.scope()
    rows: list[dict[str, Any]] = [
        {
            "owner": d.owner,
            "dataset": d.name,
            "revision": d.revision,
            "title": d.title if scope.level(d.number) > 2 else "",
            "level": {2: "identity", 3: "full", 4: "full", 5: "own"}.get(scope.level(d.number), "record"),
        }
        for d in view.datasets()
    ]
    if as_json:
        emit_json(rows)
        return
    heads = [t(f"cli.count.{name}", session.language()) for name in ("owner", "dataset", "revision", "title", "level")]
    table([list(row.values()) for row in rows], heads)


@dataset.command("rejects", help=help_text("dataset.rejects"))
@click.argument("name")
@click.option("-o", "--output", type=click.Path(path_type=Path), help=help_text("option.rejects_output"))
@click.option("--document", default="", help=help_text("option.rejects_document"))
@json_option
@shared
@pass_session
def dataset_rejects(session: Session, name: str, output: Path | None, document: str, as_json: bool) -> None:
    """What the latest delivery of an own dataset could not use: file, row, column, value, reason."""
    store, lang = session.store(), session.language()
    if output:
        quality.give_back(session, name, output, document, as_json)
        return
    found = [
        {
            "document": r.document,
            "row": r.row,
            "column": r.column,
            "value": r.value,
            "reason": t(r.reason, lang, **r.params),
            "whole": r.whole,
        }
        for r in store.rejects(own_dataset(store, session.actor(), name).number)
        if not document or r.document == document
    ]
    if as_json:
        for row in found:
            emit_json(row)
        return
    heads = [t(f"cli.reject.{part}", lang) for part in ("document", "row", "column", "value", "reason")]
    table([list(row.values())[:5] for row in found], heads)


@dataset.command("report", help=help_text("dataset.report"))
@click.argument("name")
@click.option("--revision", type=click.IntRange(min=1), default=None, help=help_text("option.report_revision"))
@json_option
@shared
@pass_session
def dataset_report(session: Session, name: str, revision: int | None, as_json: bool) -> None:
    """How good the latest delivery of an own dataset was."""
    quality.report(session, name, revision or 0, as_json)


@dataset.command("release", help=help_text("dataset.release"))
@click.argument("name")
@click.option("--to", required=True, help=help_text("option.to"))
@click.option("--level", type=click.Choice(["none", "hit", "identity", "full"]), help=help_text("option.level"))
@click.option("--record", default="", help=help_text("option.record"))
@click.option("--text", is_flag=True, help=help_text("option.text"))
@click.option("--document", default="", help=help_text("option.document"))
@click.option("--until", default="", help=help_text("option.until"))
@click.option("--purpose", default="", help=help_text("option.purpose"))
@click.option("--ground", default="", help=help_text("option.ground"))
@shared
@pass_session
def dataset_release(
    session: Session,
    name: str,
    to: str,
    level: str | None,
    record: str,
    text: bool,
    document: str,
    until: str,
    purpose: str,
    ground: str,
) -> None:
    """Let somebody see a dataset, one record of it, its free text, or a document's name, from now on."""
    if text or document:
        if text and not record or document and (record or text):
            raise click.UsageError(t("release.one_thing", session.language()))
        said = Release(to, level or "full", until, purpose, ground)
        release_text(session.store(), session.actor(), name, said, record, document)
        session.say("cli.dataset.text_released", dataset=name, to=to, name=document or record, level=said.level)
    elif level is None:
        raise click.UsageError(t("release.level_needed", session.language()))
    else:
        release(session.store(), session.actor(), name, Release(to, level, until, purpose, ground), record)
        session.say("cli.dataset.released", dataset=name, to=to, level=level)


@dataset.command("releases", help=help_text("dataset.releases"))
@click.argument("name")
@json_option
@shared
@pass_session
def dataset_releases(session: Session, name: str, as_json: bool) -> None:
    """What holds of an own dataset: who sees how much of what, until when."""
    rows = [
        {
            "to": g.to,
            "level": {0: "none", HIT: "hit", IDENTITY: "identity", FULL: "full", TEXT: "text"}[g.level],
            "of": g.record,
            "until": g.until,
            "purpose": g.purpose,
            "ground": g.ground,
        }
        for g in releases(session.store(), session.actor(), name)
    ]
    if as_json:
        emit_json(rows)
    elif rows:
        table([list(row.values()) for row in rows], [t(f"release.head.{head}", session.language()) for head in rows[0]])
    else:
        session.say("cli.dataset.no_releases", dataset=name)


@dataset.command("withdraw", help=help_text("dataset.withdraw"))
@click.argument("name")
@shared
@pass_session
def dataset_withdraw(session: Session, name: str) -> None:
    """Take a dataset out of every view."""
    withdraw(session.store(), session.actor(), name)
    session.say("cli.dataset.withdrawn", dataset=name)


COMMANDS = (dataset,)
