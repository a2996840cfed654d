"""The case that a table is delivered for: what ``case.yaml`` says, asked in a form."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import Any

import streamlit as st

from dashboard.texts import Speaker
from graph.access import Actor, Team
from ingest.evaluation import HANDLING, SCHEMES
from ingest.manifest import DATASET, LEVELS
from ingest.normalise.text import fold

Case = dict[str, Any]
EVERYBODY = "*"


def slug(text: str) -> str:
    """A name that a dataset may have, from a title."""
    return fold(text).replace(" ", "-")[:60].rstrip("-")


def form(
    mark: str, actor: Actor, known: dict[str, int], agencies: Sequence[str], teams: Sequence[Team], say: Speaker
) -> Case:
    """Ask for the case. ``known``: own datasets and their current revision; ``agencies``, ``teams``: who may get it."""
    left, right = st.columns(2)
    title = left.text_input(say("deliver.title"), key=f"deliver_title_{mark}").strip()
    dataset = right.text_input(
        say("deliver.dataset"),
        placeholder=slug(title) or f"{actor.agency.lower()}-{date.today():%Y}-1",
        help=say("deliver.dataset.help"),
        key=f"deliver_dataset_{mark}",
    ).strip() or slug(title)
    revision = known.get(dataset, 0) + 1
    mode = "full"
    if revision > 1:
        right.caption(say("deliver.revision", revision=revision))
        mode = (
            st.radio(
                say("deliver.mode"),
                ("full", "add"),
                format_func=lambda m: say(f"deliver.mode.{m}"),
                horizontal=True,
                key=f"deliver_mode_{mark}",
            )
            or "full"
        )
    elif dataset and not DATASET.fullmatch(dataset):
        right.caption(say("deliver.dataset.form"))
    case: Case = {
        "vinculo": "1",
        "dataset": dataset,
        "revision": str(revision),
        "mode": mode,
        "title": title,
        "owner": actor.agency,
        "investigation": _investigation(mark, say),
        "release": _releases(mark, actor, agencies, teams, say),
    }
    case.update(_rest(mark, say))
    return {k: v for k, v in case.items() if v}


def _investigation(mark: str, say: Speaker) -> Case:
    number, unit, opened, offences = st.columns((2, 2, 1.4, 2))
    found: Case = {
        "number": number.text_input(
            say("deliver.number"), help=say("deliver.number.help"), key=f"deliver_number_{mark}"
        ).strip(),
        "unit": unit.text_input(say("deliver.unit"), key=f"deliver_unit_{mark}").strip(),
    }
    day = opened.date_input(
        say("deliver.opened"), value=None, format="DD/MM/YYYY", max_value=date.today(), key=f"deliver_opened_{mark}"
    )
    if isinstance(day, date):
        found["opened"] = day.isoformat()
    codes = offences.text_input(
        say("deliver.offences"), placeholder="iccs:0601", help=say("deliver.offences.help"), key=f"deliver_iccs_{mark}"
    )
    if words := [w for w in re.split(r"[,;\s]+", codes) if w]:
        found["offences"] = words
    return {k: v for k, v in found.items() if v}


def _releases(
    mark: str, actor: Actor, agencies: Sequence[str], teams: Sequence[Team], say: Speaker
) -> list[dict[str, str]]:
    """Whom the owner lets see it, one rule a line; nobody where there is none."""
    st.markdown(f"**{say('deliver.release')}**", help=say("deliver.release.help"))
    receivers = [EVERYBODY, *(a for a in agencies if a != actor.agency), *(f"team:{t.id}" for t in teams)]
    found = []
    count = st.session_state.setdefault(f"deliver_rules_{mark}", 0)
    for n in range(count):
        to, level, until, purpose, ground = st.columns((2, 1.6, 1.4, 2, 2))
        key = f"{mark}_{n}"
        day = until.date_input(
            say("deliver.until"), value=None, format="DD/MM/YYYY", min_value=date.today(), key=f"deliver_until_{key}"
        )
        rule = {
            "to": to.selectbox(
                say("deliver.to"),
                receivers,
                format_func=lambda r: say("deliver.to.all") if r == EVERYBODY else r,
                key=f"deliver_to_{key}",
            ),
            "level": level.selectbox(say("ui.level"), LEVELS, format_func=say.level, key=f"deliver_level_{key}"),
            "until": day.isoformat() if isinstance(day, date) else "",
            "purpose": purpose.text_input(say("deliver.purpose"), key=f"deliver_purpose_{key}").strip(),
            "ground": ground.text_input(say("deliver.ground"), key=f"deliver_ground_{key}").strip(),
        }
        found.append({k: v for k, v in rule.items() if v})
    with st.container(horizontal=True):
        if st.button(say("deliver.release.add"), icon=":material/add:", key=f"deliver_rule_add_{mark}"):
            st.session_state[f"deliver_rules_{mark}"] = count + 1
            st.rerun()
        if count and st.button(say("deliver.release.less"), icon=":material/remove:", key=f"deliver_rule_less_{mark}"):
            st.session_state[f"deliver_rules_{mark}"] = count - 1
            st.rerun()
    if not count:
        st.caption(say("deliver.release.nobody"))
    return found


def _rest(mark: str, say: Speaker) -> Case:
    """Evaluation and handling of every row, and how long it is kept."""
    found: Case = {}
    with st.expander(say("deliver.more")):
        source, information, handling, retention = st.columns((1, 1, 2, 1.4))
        first, second = SCHEMES["4x4"]
        a = source.selectbox(say("deliver.source"), ["", *first], key=f"deliver_source_{mark}")
        b = information.selectbox(say("deliver.information"), ["", *second], key=f"deliver_information_{mark}")
        codes = handling.multiselect(say("deliver.handling"), HANDLING, key=f"deliver_handling_{mark}")
        until = retention.date_input(
            say("deliver.retention"),
            value=None,
            format="DD/MM/YYYY",
            min_value=date.today(),
            max_value=date(date.today().year + 100, 12, 31),
            key=f"deliver_retention_{mark}",
        )
    if a or b:
        found["evaluation"] = {"scheme": "4x4", "source": a, "information": b}
    if codes:
        found["handling"] = list(codes)
    if isinstance(until, date):
        found["retention"] = {"until": until.isoformat()}
    return found
