"""Proposals that wait for the reader's agency, each with the buttons of the second person."""

from __future__ import annotations

import streamlit as st

from dashboard import markup, state
from dashboard.texts import Speaker
from graph import confirming, pending
from graph.pending import ANSWERING, Pending


def draw(say: Speaker) -> None:
    """What waits, oldest first, with what it is about, who proposed it and who must still agree."""
    found = pending.waiting(state.store(), state.actor())
    if not found:
        st.html(markup.meta(say("ui.waiting.none")))
    for proposal in found:
        _one(proposal, say)


def _one(proposal: Pending, say: Speaker) -> None:
    actor = state.actor()
    with st.container(border=True):
        kind = markup.chip(say.word("pending.kind", proposal.kind))
        title = markup.cell(confirming.subject(proposal))
        fields = {"by": proposal.by, "at": say.day(proposal.at), "until": say.day(proposal.until)}
        lines = [say("ui.waiting.by", **fields), say("ui.waiting.open", agencies=say.listed(list(proposal.open)))]
        st.html(f"{kind} {title}" + "".join(map(markup.meta, [*_about(proposal, say), *lines])))
        if not actor.roles & ANSWERING:
            return
        with st.container(horizontal=True, gap="xsmall"):
            mine = proposal.by == actor.id
            asked = actor.agency in proposal.open and not mine
            if asked and st.button(say("ui.waiting.confirm"), key=f"confirm-{proposal.id}", icon=":material/check:"):
                state.guard(lambda: _confirm(proposal.id, say))
            label = say("ui.waiting.take_back" if mine else "ui.waiting.refuse")
            if st.button(label, key=f"refuse-{proposal.id}", icon=":material/close:"):
                state.guard(lambda: _refuse(proposal.id, say))


def _about(proposal: Pending, say: Speaker) -> list[str]:
    """What would hold, in the words of the proposal."""
    body = proposal.body
    if proposal.kind == "team":
        team = body["team"]
        if body["action"] == "end":
            return [say("ui.waiting.team_end")]
        term = say.span(team["since"], team["until"])
        return [say("ui.waiting.team", members=say.listed(team["members"]), purpose=team["purpose"], term=term)]
    if proposal.kind == "actor":
        return [say("ui.waiting.actor", roles=say.listed([say.word("actor_role", r) for r in body["roles"]]))]
    if proposal.kind == "login":
        return [say(f"ui.waiting.login.{body['what']}")]
    return [say("ui.waiting.unmask", to=body["to"], until=say.day(body["until"]), reason=body["reason"])]


def _confirm(number: str, say: Speaker) -> None:
    left = confirming.confirm(state.store(), state.actor(), number).open
    st.toast(say("ui.waiting.agreed" if left else "ui.waiting.in_effect"))
    st.rerun()


def _refuse(number: str, say: Speaker) -> None:
    confirming.refuse(state.store(), state.actor(), number)
    st.toast(say("ui.waiting.void"))
    st.rerun()
