"""Dry run, load with progress, and what became of it."""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

import streamlit as st

from dashboard import markup, state
from dashboard.panels import quality
from dashboard.texts import Speaker
from graph.access import Actor
from graph.delivery import Reject
from graph.i18n import has, t
from graph.stewardship import latest_report, own_dataset
from graph.store import Store
from ingest.load import Progress, deliver_package, rehearse_package
from ingest.package import Package
from ingest.rejects_file import write_rejects

Opener = Callable[[], AbstractContextManager[Package]]
COUNTS = {
    "rows_read": "rows",
    "rows_accepted": "accepted",
    "rows_rejected": "rejected",
    "values_rejected": "values_rejected",
}
READING = 0.6  # share of the bar for reading; writing the records is the rest
SHOWN = 50


@dataclass(frozen=True, slots=True)
class Tried:
    """A dry run: of what (``mark``), its counts, its first rejects."""

    mark: str
    report: Mapping[str, Any]
    kinds: Mapping[str, int]
    rejects: Sequence[Reject]


@dataclass(frozen=True, slots=True)
class Done:
    """A delivery that was loaded."""

    report: Mapping[str, Any]
    rejects: Sequence[Reject]


def run(mark: str, opened: Opener, say: Speaker) -> None:
    """Offer the dry run, and after it the load. ``mark`` stands for everything that would be loaded: a dry run of
    something else counts for nothing."""
    if st.button(say("deliver.try"), icon=":material/fact_check:", key="deliver_try"):
        state.guard(partial(_try, mark, opened, say))
    tried: Tried | None = st.session_state.get("deliver_tried")
    if tried is None or tried.mark != mark:
        st.caption(say("deliver.try.first"))
        return
    counts(tried.report, say)
    if tried.kinds:
        chips = (f"{say.schema(k)} {say.number(n)}" for k, n in sorted(tried.kinds.items(), key=lambda e: -e[1]))
        st.html(markup.chips(markup.chip(c) for c in chips))
    if elsewhere := _elsewhere(tried.report):
        st.warning(say.counted("deliver.elsewhere", elsewhere), icon=":material/link_off:")
    if tried.rejects:
        rejects(tried.rejects, tried.report, say)
    with st.expander(say("quality.title")):
        quality.show(tried.report, say)
    kind = st.radio(
        say("deliver.as"),
        ("delivery", "draft"),
        format_func=lambda k: say(f"deliver.as.{k}"),
        captions=[say("deliver.as.delivery.means"), say("deliver.as.draft.means")],
        key="deliver_as",
    )
    if not tried.report["rows_accepted"]:
        st.warning(say("deliver.nothing"), icon=":material/block:")
    label = say(f"deliver.load.{kind}")
    if st.button(
        label, type="primary", icon=":material/upload:", disabled=not tried.report["rows_accepted"], key="deliver_load"
    ) and state.guard(partial(_load, opened, tried, kind == "draft", say)):
        st.rerun()


def _elsewhere(report: Mapping[str, Any]) -> int:
    """Links and values whose other end no row of the delivery describes: another table does."""
    said = report["quality"]
    return sum(said[part].get("ingest.reject.dangling", 0) for part in ("rows", "values"))


def _try(mark: str, opened: Opener, say: Speaker) -> None:
    st.session_state.pop("deliver_tried", None)
    bar = st.progress(0.0, say("deliver.opening"))

    def told(step: Progress) -> None:
        bar.progress(0.5, say(f"deliver.stage.{step.stage}", done=step.done))

    with opened() as package:
        found = rehearse_package(state.store(), package, state.actor(), progress=told)
    bar.empty()
    st.session_state["deliver_tried"] = Tried(mark, asdict(found.report), dict(found.kinds), tuple(found.rejects))


def _load(opened: Opener, tried: Tried, draft: bool, say: Speaker) -> None:
    bar = st.progress(0.0, say("deliver.opening"))
    rows, records = max(tried.report["rows_read"], 1), max(tried.report["records"], 1)

    def told(step: Progress) -> None:
        share = READING * step.done / rows if step.stage == "read" else READING + (1 - READING) * step.done / records
        bar.progress(min(share, 1.0), say(f"deliver.stage.{step.stage}", done=step.done))

    store, actor = state.store(), state.actor()
    with opened() as package:
        report = deliver_package(store, package, actor, draft=draft, progress=told)
    bar.empty()
    for key in [k for k in st.session_state if str(k).startswith("deliver_")]:
        del st.session_state[key]
    st.session_state["deliver_done"] = Done(asdict(report), tuple(tried.rejects))


def counts(report: Mapping[str, Any], say: Speaker) -> None:
    """The four counts of a delivery."""
    for place, (name, word) in zip(st.columns(len(COUNTS)), COUNTS.items(), strict=True):
        place.metric(say(f"ui.datasets.{word}"), say.number(report[name]), border=True)


def rejects(found: Sequence[Reject], report: Mapping[str, Any], say: Speaker) -> None:
    """The first of what could not be used, with why, and how many more there are."""
    heads = ["document", "row", "column", "value", "reason", "what"]
    rows = [
        (
            r.document,
            say.number(r.row) if r.row else "",
            r.column,
            r.value if len(r.value) <= 120 else f"{r.value[:119]}…",
            t(r.reason, say.lang, **r.params) if has(r.reason) else r.reason,
            say("ui.rejects.whole" if r.whole else "ui.rejects.one"),
        )
        for r in found[:SHOWN]
    ]
    total = report["rows_rejected"] + report["values_rejected"]
    with st.expander(say.counted("deliver.rejects", total), expanded=total <= 10):
        st.html(markup.table([say(f"ui.rejects.{h}") for h in heads], rows, say("ui.rejects"), numeric=(1,)))
        if total > len(rows):
            st.html(markup.meta(say("deliver.rejects.more", shown=len(rows), total=total)))


def done(found: Done, say: Speaker) -> None:
    """What became of a load: counts, quality, rejects to be mended."""
    report = found.report
    st.success(
        say(f"deliver.done.{report['state']}", dataset=report["dataset"], revision=report["revision"]),
        icon=":material/task_alt:",
    )
    counts(report, say)
    changes = [f"{say(f'cli.count.{n}')} {say.number(report[n])}" for n in ("added", "changed", "unchanged", "removed")]
    st.html(markup.chips(markup.chip(c) for c in changes))
    if found.rejects:
        rejects(found.rejects, report, say)
        st.html(markup.meta(say("deliver.rejects.mend")))
    with st.expander(say("quality.title")):
        quality.show(report, say)
    with st.container(horizontal=True):
        if found.rejects:
            many = len({r.document for r in found.rejects}) > 1 or len(report["files"]) > 1
            st.download_button(
                say("deliver.rejects.download"),
                data=partial(given_back, state.store(), state.actor(), report["dataset"], say.lang, many),
                file_name=f"{report['dataset']}-rejects.{'zip' if many else 'csv'}",
                mime="application/zip" if many else "text/csv",
                icon=":material/download:",
                on_click="ignore",
                key="deliver_rejects",
            )
        if st.button(say("deliver.again"), icon=":material/upload_file:", key="deliver_again"):
            del st.session_state["deliver_done"]
            st.rerun()
        if st.button(say("deliver.to_datasets"), icon=":material/folder_open:", key="deliver_datasets"):
            state.go("datasets")


def given_back(store: Store, actor: Actor, dataset: str, lang: str, many: bool) -> bytes:
    """The rejects of an own dataset's latest delivery as a file that can be mended, or as a zip of such files.

    Made when the button is pressed, in a thread that belongs to no session: so the actor is handed over.
    """
    number = own_dataset(store, actor, dataset).number
    files = latest_report(store, actor, dataset).get("files", {})
    with tempfile.TemporaryDirectory(prefix="vinculo-") as name:
        target = Path(name, "rejects") if many else Path(name, "rejects.csv")
        written = write_rejects(lambda: store.rejects(number), files, target, lang).files
        if not many:
            return target.read_bytes()
        content = BytesIO()
        with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in written:
                archive.write(file, Path(file).relative_to(target).as_posix())
        return content.getvalue()
