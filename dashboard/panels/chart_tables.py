"""Below the chart: its table twin with the same selection, its links, what is not drawn, and the ways out."""

from __future__ import annotations

import io
import tempfile
import zipfile
from collections import Counter
from functools import partial
from pathlib import Path

import pandas as pd
import streamlit as st

from dashboard import charting, markup, state
from dashboard.charting import Desk
from dashboard.panels import links as link_lines
from dashboard.texts import Speaker
from graph.access import Actor
from graph.chart import Chart
from graph.export import export, formats
from graph.store import Store

SUFFIXES = {"html": ("html", "text/html"), "graphml": ("graphml", "application/xml"), "csv": ("zip", "application/zip")}
HEIGHT = 300


def tabs(desk: Desk, say: Speaker) -> None:
    """Four tabs under the chart."""
    left = len(desk.step.left)
    names = [say("ui.tab.things"), say("ui.tab.links"), say("ui.tab.left", count=left), say("ui.tab.export")]
    things, lines, rest, out = st.tabs(names)
    with things:
        _things(desk, say)
    with lines:
        _lines(desk, say)
    with rest:
        _left(desk, say)
    with out:
        _export(desk, say)


def _things(desk: Desk, say: Speaker) -> None:
    nodes, drawn = desk.shown()
    degree = Counter(end for k in drawn for end in (k.source, k.target))
    ids = [n.id for n in nodes]
    frame = pd.DataFrame(
        {
            say("ui.col.name"): [say.caption(n.caption, n.schema, n.masked) for n in nodes],
            say("ui.col.kind"): [say.kind(n) for n in nodes],
            say("ui.col.countries"): [" · ".join(n.countries) for n in nodes],
            say("ui.col.owners"): [", ".join(n.owners) for n in nodes],
            say("ui.col.links"): [degree[n.id] for n in nodes],
        }
    )
    chosen = [n for n, i in enumerate(ids) if i in set(desk.nodes)]
    key = f"chart-things-{desk.canvas}"
    st.dataframe(
        frame,
        key=key,
        hide_index=True,
        height=HEIGHT,
        on_select=lambda: _from_table(desk, key, ids),
        selection_mode="multi-row",
        selection_default={"selection": {"rows": chosen}},
        alt=say("ui.twin.alt"),
    )


def _from_table(desk: Desk, key: str, ids: list[str]) -> None:
    """Select on the chart what is selected in the table; the table keeps its place, so the canvas count stays."""
    rows = st.session_state[key]["selection"]["rows"]
    canvas = desk.canvas
    desk.select([ids[row] for row in rows if row < len(ids)], desk.edges)
    desk.canvas = canvas


def _lines(desk: Desk, say: Speaker) -> None:
    _, drawn = desk.shown()
    names = {n.id: say.caption(n.caption, n.schema, n.masked) for n in desk.chart.nodes}
    frame = pd.DataFrame(
        {
            say("ui.col.from"): [names[k.source] for k in drawn],
            say("ui.col.relation"): [say.relation(k.relation) for k in drawn],
            say("ui.col.to"): [names[k.target] for k in drawn],
            say("ui.col.state"): [say(f"ui.link.{k.state}") for k in drawn],
            say("ui.col.when"): [say.span(k.start, k.end) for k in drawn],
            say("ui.col.source"): [link_lines.origin(k, say) for k in drawn],
        }
    )
    st.dataframe(frame, hide_index=True, height=HEIGHT, alt=say("ui.twin.links.alt"))


def _left(desk: Desk, say: Speaker) -> None:
    """Things that the cap keeps off the chart, to be put on it one by one."""
    left = desk.step.left
    if not left and not desk.step.beyond:
        st.html(markup.meta(say("ui.left.none")))
        return
    if beyond := sum(desk.step.beyond.values()):
        st.html(markup.meta(say("ui.left.beyond", count=beyond)))
    ids = list(left)
    frame = pd.DataFrame(
        {
            say("ui.col.name"): [say.caption(n.caption, n.schema, n.masked) for n in left.values()],
            say("ui.col.kind"): [say.kind(n) for n in left.values()],
            say("ui.col.countries"): [" · ".join(n.countries) for n in left.values()],
            say("ui.col.owners"): [", ".join(n.owners) for n in left.values()],
        }
    )
    chosen = st.dataframe(
        frame, key="chart_left", hide_index=True, height=HEIGHT - 60, on_select="rerun", selection_mode="multi-row"
    )
    rows = chosen["selection"]["rows"]
    if st.button(say("ui.left.add"), disabled=not rows, icon=":material/add:"):
        desk.push(charting.added(state.view(), desk.step, [ids[row] for row in rows]))
        st.rerun()


def _export(desk: Desk, say: Speaker) -> None:
    st.html(markup.meta(say("ui.export.explained")))
    with st.container(horizontal=True):
        for form in [f for f in SUFFIXES if f in formats()]:
            suffix, mime = SUFFIXES[form]
            st.download_button(
                say(f"ui.export.{form}"),
                data=partial(exported, state.store(), state.actor(), desk.chart, form, say.lang),
                file_name=f"vinculo.{suffix}",
                mime=mime,
                key=f"export-{form}",
                icon=":material/download:",
                on_click="ignore",
            )


def exported(store: Store, actor: Actor, chart: Chart, form: str, lang: str) -> bytes:
    """The chart in one format, written by the kernel's exporter, which reads it anew; several files as a zip.

    Made when the button is pressed, in a thread that belongs to no session: so the actor is handed over.
    """
    suffix, _ = SUFFIXES[form]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"vinculo.{form if suffix == 'zip' else suffix}")
        report = export(store.view(actor), chart, form, path, lang)
        if suffix != "zip":
            return report.files[0].read_bytes()
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in report.files:
                archive.write(file, file.name)
        return packed.getvalue()
