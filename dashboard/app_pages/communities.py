"""Who belongs together across jurisdictions, and who bridges them."""

from __future__ import annotations

import streamlit as st

from analytics.communities import Communities, Community
from dashboard import markup, state
from dashboard.panels import grouping
from dashboard.texts import Speaker
from graph.result import Entity

PAGE = 10
NAMED = 6


def draw() -> None:
    say = state.speaker()
    st.title(say("ui.nav.communities"))
    st.html(markup.meta(say("ui.communities.intro")))
    with st.container(horizontal=True):
        crossing = st.toggle(say("ui.communities.crossing"), value=True, key="communities_crossing")
        proposed = st.toggle(
            say("ui.communities.proposed"), key="communities_proposed", help=say("ui.communities.proposed.help")
        )
    with st.spinner(say("ui.communities.computing")):
        found = grouping.found(proposed)
    if not found.communities:
        st.info(say("ui.communities.empty"), icon=":material/lightbulb:")
        return
    shown = [c for c in found.communities if c.crosses or not crossing]
    st.html(markup.meta(say.counted("ui.communities.total", len(shown))))
    if not shown:
        st.info(say("ui.communities.none_cross"), icon=":material/filter_alt_off:")
    pages = max(1, -(-len(shown) // PAGE))
    page = min(st.session_state.get("communities_page", 1), pages)
    chosen = shown[(page - 1) * PAGE : page * PAGE]
    wanted = [i for c in chosen for i in _named(c)]
    names = state.keep(("members", tuple(wanted)), lambda: state.view().entities(wanted))
    for community in chosen:
        _community(community, names, proposed, say)
    if pages > 1:
        st.pagination(pages, key="communities_page")
    _stamp(found, say)


def _named(community: Community) -> list[str]:
    """The members that a community is shown by: those who bridge it, then others."""
    bridges = [b.member for b in community.bridges[:NAMED]]
    return list(dict.fromkeys([*bridges, *community.members]))[:NAMED]


def _community(community: Community, names: dict[str, Entity], proposed: bool, say: Speaker) -> None:
    def called(member: str) -> str:
        entity = names.get(member)
        return say.caption(entity.caption, entity.schema, entity.masked) if entity else ""

    with st.container(border=True):
        left, right = st.columns([5, 1.2], vertical_alignment="center")
        mix = sorted(community.mix.items(), key=lambda m: -m[1])
        words = say.listed([f"{say.country(c)} {say.percent(share)}" for c, share in mix])
        parts = [markup.chip(say("ui.communities.members", count=len(community.members)))]
        if community.crosses:
            parts.append(markup.chip(say("ui.crosses", countries=" · ".join(sorted(community.mix))), "cross"))
        parts += [markup.chip(owner, title=say("ui.owner")) for owner in community.owners]
        ties = say("ui.communities.ties", inside=community.inside[0], outside=community.outside[0])
        title = say.listed([c for c in map(called, _named(community)[:3]) if c])
        left.html(
            f"<div>{markup.name(title)}</div><div>{markup.chips(parts)}</div>"
            + markup.meta(f"{say('ui.communities.mix', mix=words)} · {ties}")
        )
        if bridges := [b for b in community.bridges[:NAMED] if b.member in names]:
            told = [f"{called(b.member)} ({' · '.join(b.countries)})" for b in bridges]
            left.html(markup.meta(f"{say('ui.communities.bridges')}: {say.listed(told)}"))
        if right.button(say("ui.open_network"), key=f"community-{community.id}", width="stretch"):
            state.go("network", community=community.id, identities="proposed" if proposed else "confirmed")


def _stamp(found: Communities, say: Speaker) -> None:
    """What the result rests on, at the foot of the page."""
    st.html(
        markup.meta(say("ui.communities.alone", count=found.alone, hubs=found.hubs))
        + markup.meta(
            say(
                "ui.communities.stamp",
                method="Leiden",
                modularity=say.number(round(found.modularity, 3)),
                seed=found.stamp.seed,
                datasets=len(found.stamp.datasets),
                at=say.day(found.stamp.at),
            )
        )
    )


draw()
