"""What the commands on datasets say of a delivery's quality: rejects given back as files."""

from __future__ import annotations

from pathlib import Path

from dashboard.commands.common import Session, emit_json
from graph.stewardship import latest_report, own_dataset
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
