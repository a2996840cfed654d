"""Deliver: upload a table or a package, see how it will be understood, correct it, try it, load it. For stewards."""

from __future__ import annotations

import hashlib
import re
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import NamedTuple, TypeVar

import streamlit as st
import yaml

from dashboard import markup, state
from dashboard.panels import deliver_case, deliver_columns, deliver_run
from dashboard.texts import Speaker, plain
from graph.access import Actor
from graph.delivery import Manifest, Release
from graph.errors import MappingError
from graph.stewardship import revisions
from ingest.compose import composed, received
from ingest.package import Package
from ingest.preview import Understood, preview_package, preview_table
from ingest.propose import Decisions, Proposal, Sheet, as_yaml, propose_sheet, read_sheet

T = TypeVar("T")
TABLES = ["csv", "tsv", "txt", "xlsx", "xls", "ods", "json", "jsonl"]
BOOKS = (".xlsx", ".xls", ".ods")


class Upload(NamedTuple):
    """What was handed over: a name that a package may hold, the content, and a mark of it."""

    name: str
    content: bytes
    mark: str


def draw() -> None:
    say, actor = state.speaker(), state.actor()
    st.title(say("ui.nav.deliver"))
    if not actor.has("steward") or actor.everything:
        st.info(say("deliver.stewards"), icon=":material/lock:")
        return
    if done := st.session_state.get("deliver_done"):
        deliver_run.done(done, say)
        return
    st.html(markup.meta(say("deliver.intro", agency=actor.agency)))
    upload = _uploaded(say)
    if upload is None:
        st.info(say("deliver.empty"), icon=":material/lightbulb:")
    elif upload.name.endswith(".zip"):
        state.guard(partial(_package, upload, say))
    else:
        state.guard(partial(_table, upload, actor, say))


def _uploaded(say: Speaker) -> Upload | None:
    kinds = ", ".join(kind.upper() for kind in ("zip", *TABLES))
    most = int(st.get_option("server.maxUploadSize"))
    st.html(markup.uploader(say("deliver.file.choose"), say("deliver.file.limits", most=most, kinds=kinds)))
    file = st.file_uploader(
        say("deliver.file"), type=["zip", *TABLES], help=say("deliver.file.help"), key="deliver_file"
    )
    if file is None:
        return None
    content = file.getvalue()
    name = re.sub(r"[^\w.() -]+", "_", Path(file.name.replace("\\", "/")).name).lstrip(".") or "data.csv"
    return Upload(name, content, hashlib.sha256(content).hexdigest()[:16])


def _kept(name: tuple[object, ...], make: Callable[[], T]) -> T:
    """``make()`` once for an upload: what is kept is the session's, and goes with its actor."""
    known: dict[tuple[object, ...], T] = st.session_state.setdefault("deliver_kept", {})
    if name not in known:
        made = make()
        while len(known) >= 12:
            known.pop(next(iter(known)))
        known[name] = made
    return known[name]


def _table(upload: Upload, actor: Actor, say: Speaker) -> None:
    named = ""
    if upload.name.lower().endswith(BOOKS):
        named = st.text_input(say("deliver.sheet"), help=say("deliver.sheet.help"), key=f"deliver_sheet_{upload.mark}")
    sheet = _kept(("sheet", upload.mark, named), lambda: _read(upload, named.strip()))
    mark = f"{upload.mark}_{named}"
    st.subheader(say("deliver.step.columns"))
    st.html(markup.meta(say("deliver.step.columns.means", rows=len(sheet.rows), columns=len(sheet.columns))))
    try:
        first = _kept(("first", mark), lambda: propose_sheet(sheet, Decisions(), named))
        found = deliver_columns.Chosen(first.kind, first.country or actor.agency[:2])
    except MappingError:
        st.warning(say("deliver.kind.unknown"), icon=":material/help:")
        found = deliver_columns.Chosen("", actor.agency[:2])
    chosen = deliver_columns.whole(mark, found, say)
    if not chosen.kind:
        return
    start = Decisions(chosen.kind, chosen.country)
    base = _kept(("base", mark, chosen), lambda: propose_sheet(sheet, start, named, blank=True))
    decided = deliver_columns.columns(mark, base, say)
    proposal = base if decided == start else propose_sheet(sheet, decided, named, blank=True)
    if not proposal.queries:
        st.info(say("deliver.too_little"), icon=":material/lightbulb:")
        return
    deliver_columns.warnings(proposal.warnings, say)
    mapping = as_yaml([proposal], say.lang)
    _show(proposal, sheet, mapping, actor, say)

    st.subheader(say("deliver.step.case"))
    known = revisions(state.store(), actor)
    agencies = [a.code for a in state.store().agencies()]
    teams = [team for team in state.store().teams() if actor.agency in team.members]
    case = deliver_case.form(upload.mark, actor, known, agencies, teams, say)

    st.subheader(say("deliver.step.run", number=4))
    if not case.get("dataset"):
        st.caption(say("deliver.dataset.missing"))
        return
    everything = hashlib.sha256(f"{upload.mark}\0{mapping}\0{yaml.safe_dump(case)}".encode()).hexdigest()
    deliver_run.run(everything, lambda: composed(case, mapping, {sheet.name: upload.content}), say)


def _read(upload: Upload, named: str) -> Sheet:
    with tempfile.TemporaryDirectory(prefix="vinculo-") as folder:
        path = Path(folder, upload.name)
        path.write_bytes(upload.content)
        return read_sheet(path, f"data/{upload.name}", "", int(named) if named.isdigit() else named)


def _show(proposal: Proposal, sheet: Sheet, mapping: str, actor: Actor, say: Speaker) -> None:
    st.subheader(say("deliver.step.preview"))
    rows = _kept(("preview", sheet.name, mapping), lambda: preview_table(sheet, mapping, actor.agency))
    deliver_columns.preview(rows, say)
    unused = [note.column for note in proposal.unused]
    if unused:
        st.html(markup.meta(say("deliver.unused.columns", columns=", ".join(unused))))
    st.download_button(
        say("deliver.mapping.download"),
        data=mapping,
        file_name="mapping.yml",
        mime="application/yaml",
        icon=":material/download:",
        on_click="ignore",
        help=say("deliver.mapping.help"),
        key="deliver_mapping",
    )


def _package(upload: Upload, say: Speaker) -> None:
    opened: Callable[[], AbstractContextManager[Package]] = partial(received, upload.content)
    manifest, shown = _kept(("package", upload.mark), lambda: _opened(opened))
    st.subheader(say("deliver.step.package"))
    facts = [
        (say("ui.dataset"), manifest.dataset),
        (say("ui.owner"), manifest.owner),
        (say("ui.revision"), say.number(manifest.revision)),
        (say("deliver.mode"), say(f"deliver.mode.{manifest.mode}")),
        (say("deliver.title"), manifest.title),
        (say("deliver.number"), str(manifest.investigation.get("number", ""))),
        (say("deliver.documents"), say.number(len(manifest.documents))),
        (say("deliver.release"), _released(manifest.releases, say)),
    ]
    heads = [say("deliver.what"), say("deliver.said")]
    st.html(markup.table(heads, facts, say("deliver.step.package"), widths=(22, 78)))
    st.subheader(say("deliver.step.preview"))
    for name, rows in shown.items():
        with st.expander(plain(name), expanded=len(shown) == 1):
            deliver_columns.preview(rows, say)
    st.subheader(say("deliver.step.run", number=3))
    deliver_run.run(upload.mark, opened, say)


def _opened(opened: Callable[[], AbstractContextManager[Package]]) -> tuple[Manifest, dict[str, list[Understood]]]:
    with opened() as package:
        return package.manifest, dict(preview_package(package, 3))


def _released(releases: tuple[Release, ...], say: Speaker) -> str:
    return "; ".join(f"{r.to}: {say.level(r.level)}" for r in releases) or say("deliver.release.nobody")


draw()
