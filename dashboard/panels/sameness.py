"""Why records are held to be one thing, what else may be the same, and the reader's own word on it."""

from __future__ import annotations

from typing import NamedTuple

import streamlit as st

from dashboard import markup, state, things
from dashboard.texts import Speaker
from graph.i18n import has
from graph.identity import Judgement, Opinion, Pair, Reason
from graph.judging import JUDGING_ROLES, judge, undo
from graph.neighbourhood import POSSIBLY_SAME
from graph.result import Entity
from graph.statement import Record

FIRST = 4
PRIOR = "prior"  # where every pair starts: it says nothing of this one, so it comes last
VERDICTS = ("same", "different", "unsure")
ICONS = {"same": ":material/join:", "different": ":material/call_split:", "unsure": ":material/help:"}


class Candidate(NamedTuple):
    """Another entity that may be the same, with the pairs that say so, strongest first."""

    entity: Entity
    pairs: tuple[Pair, ...]


def candidates(entity: Entity) -> list[Candidate]:
    """Entities that the matcher holds to be possibly the same as this one and on which nobody's word decides."""
    view = state.view()
    near = view.neighbourhood([entity.id], [POSSIBLY_SAME], depth=1)
    others = view.entities([n.id for n in near.nodes if n.id != entity.id])
    found = []
    for other in others.values():
        both = Entity(entity.id, entity.schema, "", entity.records + other.records)
        mine = {r.id for r in entity.records}
        pairs, _ = view.grounds(both)
        between = sorted((p for p in pairs if (p.left in mine) != (p.right in mine)), key=lambda p: -p.score)
        if between:
            found.append(Candidate(other, tuple(between)))
    return sorted(found, key=lambda c: (-c.pairs[0].score, c.entity.id))


def reason(found: Reason, say: Speaker) -> str:
    """One reason as a sentence that holds the two values compared, and its weight in log-odds."""
    key = f"reason.{found.feature}"
    if has(key):
        words = say(key, left=found.left, right=found.right)
    else:
        words = f"{found.feature}: {found.left} / {found.right}"
    return f"{words} ({say('ui.reason.weight', weight=say.signed(found.weight))})"


def reasons(pair: Pair, say: Speaker) -> str:
    """A pair's reasons, the heaviest first; all but the first few fold away."""
    ordered = sorted(pair.reasons, key=lambda r: (r.feature == PRIOR, -abs(r.weight)))
    told = [reason(r, say) for r in ordered]
    return markup.listing(told, FIRST, say("ui.reasons.more", count=len(told) - FIRST))


def why_one(entity: Entity, say: Speaker) -> None:
    """The pairs and judgements that make several records one entity."""
    if len(entity.records) < 2:
        st.html(markup.meta(say("ui.why.single")))
        _own_judgements(entity, say)
        return
    pairs, opinions = state.keep(("grounds", entity.id), lambda: state.view().grounds(entity))
    origin = {r.id: f"{r.owner} · {r.dataset}" for r in entity.records}
    for opinion in opinions:
        st.html(_opinion(opinion, origin, say))
    for pair in pairs:
        with st.container(border=True):
            word = say("ui.why.pair", left=origin[pair.left], right=origin[pair.right])
            tone = "auto" if pair.state == "automatic" else "inferred"
            chip = markup.chip(say(f"ui.pair.{pair.state}", score=say.percent(pair.score)), tone)
            st.html(f"{markup.cell(word)} {chip}{reasons(pair, say)}")
    _own_judgements(entity, say)


def _opinion(opinion: Opinion, origin: dict[str, str], say: Speaker) -> str:
    who = say("ui.why.all_owners") if opinion.agency == "*" else opinion.agency
    text = say("ui.why.judged", agency=who, left=origin[opinion.left], right=origin[opinion.right])
    tone = {"same": "sure", "different": "wrong"}.get(opinion.verdict, "")
    return f"<div>{markup.chip(say.word('verdict', opinion.verdict), tone)}{markup.cell(text)}</div>"


def _own_judgements(entity: Entity, say: Speaker) -> None:
    """The judgements of the reader's agency on these records, each with a button that takes it back."""
    actor = state.actor()
    if not actor.roles & JUDGING_ROLES:
        return
    inside = {r.id for r in entity.records}
    standing = [j for j in state.store().standing(actor.agency) if j.left in inside or j.right in inside]
    if not standing:
        return
    seen = {r.id: r for r in state.view().records([i for j in standing for i in (j.left, j.right)])}
    st.html(markup.meta(say("ui.judged")))
    for j in standing:
        if j.left in seen and j.right in seen:
            _undo_line(j, seen, say)


def _undo_line(j: Judgement, seen: dict[str, Record], say: Speaker) -> None:
    left, right = st.columns([3, 1], vertical_alignment="center")
    ends = [seen[i] for i in (j.left, j.right)]
    origins = " ↔ ".join(f"{r.owner} · {r.dataset}" for r in ends)
    said = say("ui.judged.by", actor=j.actor, at=say.day(j.at))
    left.html(markup.chip(say.word("verdict", j.verdict)) + markup.cell(origins) + markup.meta(said))
    if right.button(say("ui.undo"), key=f"undo-{j.number}", icon=":material/undo:"):
        undo(state.store(), state.actor(), j.number)
        st.toast(say("ui.judged.undone"))
        st.rerun()


def proposals(entity: Entity, say: Speaker) -> None:
    """What may be the same, worded as a possibility, with the buttons that judge it."""
    found = state.keep(("candidates", entity.id), lambda: candidates(entity))
    if not found:
        st.html(markup.meta(say("ui.proposals.none")))
        return
    may_judge = bool(state.actor().roles & JUDGING_ROLES)
    for candidate in found:
        _candidate(candidate, may_judge, say)


def _candidate(candidate: Candidate, may_judge: bool, say: Speaker) -> None:
    other, best = candidate.entity, candidate.pairs[0]
    with st.container(border=True):
        title = say.caption(other.caption, other.schema, other.masked)
        chip = markup.chip(say("ui.pair.proposed", score=say.percent(best.score)), "inferred", say("ui.proposed.help"))
        facts = things.key_facts(other, say)
        st.html(f"{markup.name(title)} {chip}<div>{things.entity_chips(other, say)}</div>{markup.meta(facts)}")
        st.html(reasons(best, say))
        with st.container(horizontal=True, gap="xsmall"):
            if st.button(say("ui.open"), key=f"other-{other.id}"):
                state.go("entity", id=other.id)
            for verdict in VERDICTS if may_judge else ():
                label = say.word("verdict.button", verdict)
                key = f"{verdict}-{best.left}-{best.right}"
                if st.button(label, key=key, icon=ICONS[verdict], help=say(f"ui.verdict.{verdict}.help")):
                    judge(state.store(), state.actor(), best.left, best.right, verdict, best.score)
                    st.toast(say("ui.judged.done"))
                    st.rerun()
