"""Cross-border connections found for the reader's agency, each with its reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from typing import Any

import streamlit as st

from analytics.crossborder.flags import HIT, KINDS, Flag, Phrase
from analytics.crossborder.flags import say as told
from analytics.crossborder.queue import Item, queue
from analytics.crossborder.reader import flags
from dashboard import markup, state
from dashboard.panels import flag_life, watches
from dashboard.texts import Speaker
from graph import hits
from graph.i18n import has
from graph.settings import settings

PAGE = 20
TOLD = 3


def draw() -> None:
    say = state.speaker()
    st.title(say("ui.nav.flags"))
    if left := hits.waiting(state.store(), state.actor()):
        st.warning(
            say("hits.waiting", waiting=say.number(left), limit=settings().hits_per_day), icon=":material/schedule:"
        )
    watched = watches.read()
    stirred = any(w.fresh for w in watched)
    if stirred:
        watches.draw(watched, say)
    flag_life.withdrawn(say)
    _queue(say)
    if not stirred:
        watches.draw(watched, say)


def _queue(say: Speaker) -> None:
    found = queue(state.store(), state.actor(), state.keep(("flags", _stand()), lambda: flags(state.view())))
    if not found:
        st.info(say("ui.flags.empty"), icon=":material/lightbulb:")
        return
    chosen = _filtered(found, say)
    if not chosen:
        st.warning(say("ui.flags.filtered"), icon=":material/filter_alt_off:")
    pages = max(1, -(-len(chosen) // PAGE))
    page = min(st.session_state.get("flags_page", 1), pages)
    for item in chosen[(page - 1) * PAGE : page * PAGE]:
        _flag(item, say)
    if pages > 1:
        st.pagination(pages, key="flags_page")
    flag_life.pairs(found, say)


def _stand() -> Hashable:
    """What the flags shown depend on beside what the reader sees: the job's runs change them without a new version."""
    agencies = state.store().open_agencies() if state.actor().everything else ()
    codes = [a.code for a in agencies] or [state.actor().agency]
    return tuple(tuple(state.store().flag_states(code)) for code in codes)


def _filtered(items: Sequence[Item], say: Speaker) -> list[Item]:
    found = [i.flag for i in items]
    counts = Counter(f.kind for f in found)
    mine = state.actor().agency
    others = sorted({s.owner for f in found for s in f.sides} - {mine})
    kind = st.pills(
        say("ui.flags.kinds"),
        [k for k in KINDS if counts[k]],
        format_func=lambda k: say("ui.flags.kind", kind=say.word("flag.kind", k), count=counts[k]),
        key="flags_kind",
        on_change=_first,
        wrap=True,
    )
    left, right = st.columns([3, 2], vertical_alignment="center")
    owners = right.multiselect(
        say("ui.flags.agencies"),
        others,
        placeholder=say("ui.flags.agencies.all"),
        key="flags_agencies",
        on_change=_first,
        label_visibility="collapsed",
    )
    where = left.segmented_control(
        say("ui.flag_life.where"),
        flag_life.WHERE,
        format_func=lambda w: say(f"ui.flag_life.where.{w}"),
        default="open",
        key="flags_where",
        on_change=_first,
        label_visibility="collapsed",
    )
    chosen = [
        i
        for i in items
        if (not kind or i.flag.kind == kind)
        and (not owners or {s.owner for s in i.flag.sides} & set(owners))
        and flag_life.meant(i, where or "all", state.actor().id)
    ]
    left.html(markup.meta(say.counted("ui.flags.total", len(chosen))))
    return chosen


def _first() -> None:
    st.session_state.pop("flags_page", None)


def _flag(item: Item, say: Speaker) -> None:
    flag = item.flag
    with st.container(border=True):
        left, right = st.columns([5, 1.6], vertical_alignment="center")
        scope = "ui.flags.cross_border" if flag.cross_border else "ui.flags.cross_service"
        parts = [
            markup.chip(flag.title(say.lang)),
            markup.chip(f"{say(scope)}: {' · '.join(flag.countries)}", "cross" if flag.cross_border else ""),
            markup.chip(say("ui.flags.score", score=say.percent(flag.score))),
        ]
        parts += flag_life.chips(item, say)
        if flag.inferred:
            parts.append(markup.chip(say("ui.flags.inferred"), "inferred"))
        seen = say("ui.flags.seen", at=say.day(flag.first_seen))
        news = "" if flag.state == "new" else flag.state  # that it is new, its step says
        left.html(
            f"<div>{markup.chips(parts)}</div>{markup.sentence(_sentence(flag, say))}"
            + markup.meta(f"{seen} · {say.word('flag.state', news)}" if news else seen)
        )
        ids = list(dict.fromkeys(s.entity for s in flag.sides if s.entity and s.entity != HIT))
        with right.container(horizontal_alignment="right"):
            label = "ui.open_network" if len(ids) > 1 else "ui.open_entity"
            if ids and st.button(say(label), key=f"flag-{flag.id}", width="stretch"):
                if len(ids) > 1:
                    state.go("network", id=ids, depth="0")
                state.go("entity", id=ids[0])
            with st.popover(say("ui.flags.grounds"), width="stretch"):
                _grounds(flag, say)
        flag_life.draw(item, say)


def _reasons(flag: Flag) -> list[Any]:
    found = flag.reason.params.get("reasons")
    return list(found) if isinstance(found, (list, tuple)) else []


def _sentence(flag: Flag, say: Speaker) -> str:
    """Why it was raised. Of many reasons the first few; the grounds list them all."""
    found = _reasons(flag)
    if len(found) <= TOLD:
        return told(flag.reason, say.lang)
    rest = say("ui.flags.more", count=len(found) - TOLD)
    return told(Phrase(flag.reason.key, {**flag.reason.params, "reasons": [*found[:TOLD], rest]}), say.lang)


def _grounds(flag: Flag, say: Speaker) -> None:
    """What the strength is made of and what it rests on."""
    if found := _reasons(flag):
        st.html(markup.name(say("ui.flags.reasons")) + markup.listing(told(r, say.lang) for r in found))
    rows = [(_part(name, say), say.percent(weight)) for name, weight in sorted(flag.parts.items(), key=lambda p: -p[1])]
    heads = [say("ui.flags.part"), say("ui.flags.weight")]
    st.html(markup.name(say("ui.flags.parts")) + markup.table(heads, rows, say("ui.flags.parts"), numeric=(1,)))
    held = [(owner, name, say.revision(revision)) for owner, name, revision in flag.data]
    heads = [say("ui.owner"), say("ui.dataset"), say("ui.revision")]
    st.html(markup.name(say("ui.flags.data")) + markup.table(heads, held, say("ui.flags.data"), numeric=(2,)))
    st.html(markup.meta(say("ui.flags.rule", rule=flag.rule)))


def _part(name: str, say: Speaker) -> str:
    for area in ("flag.part", "flag.match", "schema", "relation", "flag.kind"):
        if has(f"{area}.{name}"):
            return say(f"{area}.{name}")
    return name


draw()
