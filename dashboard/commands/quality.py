"""What the commands on datasets say of a delivery's quality: its report, and rejects given back as files."""

from __future__ import annotations

from pathlib import Path

import click

from dashboard.commands.common import Session, emit_json, table
from dashboard.quality import sections
from dashboard.texts import Speaker
from graph.i18n import t
from graph.stewardship import delivered, latest_report, own_dataset
from ingest.rejects_file import write_rejects


def give_back(session: Session, name: str, output: Path, document: str, as_json: bool) -> None:
    """Write the rejects of an own dataset's latest delivery to ``output`` and say where they went."""
    store, actor = session.store(), session.actor()
    number = own_dataset(store, actor, name).number
    files = latest_report(store, actor, name).get("files", {})
    returned = write_rejects(lambda: store.rejects(number), files, output, session.language(), document)
    if as_json:
        emit_json({"files": returned.files, "left_out": returned.left_out})
        return
    for file, rows in returned.files.items():
        session.say("quality.returned", rows=rows, file=file)
    if returned.left_out:
        session.say("quality.returned.left_out", count=returned.left_out)
    session.say("quality.returned.next")


def report(session: Session, name: str, revision: int, as_json: bool) -> None:
    """Say how good an own dataset's latest delivery was, or that of a ``revision``."""
    line = delivered(session.store(), session.actor(), name, revision)
    if as_json:
        emit_json({key: line[key] for key in ("dataset", "revision", "state", "published", "report")})
        return
    say = Speaker(session.language())
    state = say.word("delivery_state", line["state"])
    click.echo(t("quality.of", say.lang, dataset=name, revision=line["revision"], state=state))
    if not line["report"].get("quality"):
        session.say("quality.none")
    for section in sections(line["report"], say):
        click.echo(f"\n{section.title}")
        table(section.rows, section.heads)
