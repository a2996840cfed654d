"""The working chart: exact counts of what is not drawn, steps that come back as they were, filters that
move nothing.
"""

from __future__ import annotations

import pytest

from dashboard import charting
from dashboard.charting import Asked, Desk, Filters
from graph.errors import NotFound
from graph.neighbourhood import POSSIBLY_SAME
from graph.store.base import Store
from graph.view import View
from tests.dashboard.stage import CROWD
from tests.graph.casework import ANA, CARO

CAP = 50


def begun(store: Store, words: str, depth: int = 1, cap: int = CAP) -> tuple[View, Desk]:
    view = store.view(ANA)
    found = view.search(words).items[0].entity.id
    return view, Desk(Asked((found,)), [charting.opened(view, [found], depth, cap)])


def ids(desk: Desk) -> set[str]:
    return {n.id for n in desk.chart.nodes}


def test_the_cap_leaves_nothing_uncounted(staged: Store) -> None:
    _, desk = begun(staged, "cooperativa andina")
    assert len(desk.chart.nodes) == CAP
    assert len(desk.step.left) == CROWD + 1 - CAP
    assert sum(desk.step.hidden().values()) == CROWD + 1 - CAP
    assert not ids(desk) & set(desk.step.left)
    assert dict(desk.chart.hidden) == {"Person": CROWD + 1 - CAP}


def test_what_the_cap_left_out_can_be_put_on(staged: Store) -> None:
    view, desk = begun(staged, "cooperativa andina")
    some = sorted(desk.step.left)[:3]
    places = dict(desk.chart.positions)
    desk.push(charting.added(view, desk.step, some))
    assert set(some) <= ids(desk) and len(desk.step.left) == CROWD + 1 - CAP - 3
    assert {i: desk.chart.positions[i] for i in places} == places


def test_more_than_is_looked_at_is_counted(staged: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(charting, "MOST_FETCHED", 100)
    _, desk = begun(staged, "cooperativa andina")
    assert sum(desk.step.hidden().values()) == CROWD + 1 - CAP and sum(desk.step.beyond.values()) > 0


def test_expanding_keeps_places_and_undo_brings_back_exactly_what_was(staged: Store) -> None:
    view, desk = begun(staged, "nunez")
    before = desk.chart
    carlos = next(n.id for n in before.nodes if n.caption.startswith("Carlos Eduardo"))
    desk.push(charting.expanded(view, desk.step, [carlos], [], CAP))
    after = desk.chart
    assert ids(desk) > {n.id for n in before.nodes}
    assert all(after.positions[i] == place for i, place in before.positions.items())
    desk.undo()
    assert desk.chart is before
    desk.redo()
    assert desk.chart is after
    desk.undo()
    desk.push(charting.removed(view, desk.step, [carlos]))
    desk.redo()  # nothing to redo: a new step was made
    assert carlos not in ids(desk)


def test_expanding_by_one_relation_brings_that_alone(staged: Store) -> None:
    view = staged.view(ANA)
    found = view.search("nunez").items[0].entity.id
    alone = charting.together(view, [found], CAP)
    assert {n.id for n in alone.chart.nodes} == {found}
    step = charting.expanded(view, alone, [found], ["FAMILY"], CAP)
    assert sorted(n.caption for n in step.chart.nodes) == ["Juan Pablo Nuñez Iturbe", "Marta Quiroga Benítez"]


def test_a_full_chart_takes_no_more_and_says_so(staged: Store) -> None:
    view, desk = begun(staged, "nunez", cap=7)
    full = charting.expanded(view, desk.step, [n.id for n in desk.chart.nodes if n.kind == "entity"], [], 7)
    assert len(full.chart.nodes) <= 7 and full.left
    assert {n.id for n in full.chart.nodes} == ids(desk)


def test_collapsing_takes_what_hangs_on_one_thing_alone(staged: Store) -> None:
    view, desk = begun(staged, "cooperativa andina")
    hub = desk.chart.start[0]
    assert {n.id for n in charting.collapsed(view, desk.step, hub).chart.nodes} == {hub}


def test_filters_hide_and_move_nothing(staged: Store) -> None:
    _, desk = begun(staged, "nunez")
    nodes, links = desk.shown()
    assert len(nodes) == len(desk.chart.nodes) and len(links) == len(desk.chart.links)
    desk.filters = Filters(relations=frozenset({"FAMILY"}))
    kept, lines = desk.shown()
    assert {k.relation for k in lines} == {"FAMILY"} and len(kept) == 2
    desk.filters = Filters(owners=frozenset({"BR-MPF"}))
    kept, lines = desk.shown()
    assert {k.owner for k in lines} == {"BR-MPF"}
    assert all("BR-MPF" in n.owners for n in kept if n.kind == "entity")
    desk.filters = Filters(schemata=frozenset({"Company"}))
    assert {n.schema for n in desk.shown()[0]} == {"Company"}
    assert desk.chart.positions.keys() == {n.id for n in desk.chart.nodes}


def test_inferences_can_be_left_out(staged: Store) -> None:
    _, desk = begun(staged, "marta quiroga benitez")
    assert POSSIBLY_SAME in {k.relation for k in desk.shown()[1]}
    desk.filters = Filters(inferred=False)
    assert POSSIBLY_SAME not in {k.relation for k in desk.shown()[1]}


def test_moved_things_stay_where_they_were_put(staged: Store) -> None:
    view, desk = begun(staged, "nunez")
    one = desk.chart.nodes[0].id
    desk.move({one: [5, 7.5], "r" + "0" * 32: [1, 1]})
    assert desk.chart.positions[one] == (5.0, 7.5) and len(desk.steps) == 1
    other = next(n.id for n in desk.chart.nodes if n.caption.startswith("Carlos Eduardo"))
    desk.push(charting.expanded(view, desk.step, [other], [], CAP))
    assert desk.chart.positions[one] == (5.0, 7.5)


def test_selection_forgets_what_left_the_chart(staged: Store) -> None:
    view, desk = begun(staged, "nunez")
    desk.select([n.id for n in desk.chart.nodes], [k.id for k in desk.chart.links])
    gone = desk.chart.nodes[0].id
    desk.push(charting.removed(view, desk.step, [gone]))
    assert gone not in desk.nodes and set(desk.nodes) == ids(desk)
    assert set(desk.edges) == {k.id for k in desk.chart.links}
    desk.select(["r" + "f" * 32])
    assert desk.nodes == []


def test_what_was_withdrawn_leaves_the_chart(fresh: Store) -> None:
    from graph.stewardship import withdraw
    from tests.graph.casework import BIA

    view, desk = begun(fresh, "nunez")
    carlos = next(n.id for n in desk.chart.nodes if n.caption.startswith("Carlos Eduardo"))
    withdraw(fresh, BIA, "porto-2026")
    step = charting.refreshed(view, desk.step)
    left = {n.id for n in step.chart.nodes}
    assert carlos not in left and left and all("BR-MPF" not in n.owners for n in step.chart.nodes)
    assert not {k.owner for k in step.chart.links} & {"BR-MPF"}


def test_a_chart_begins_with_nothing_that_is_not_visible(staged: Store) -> None:
    with pytest.raises(NotFound):
        charting.opened(staged.view(CARO), [staged.ids.record("AR-MPF", "litoral-2026", "juan")], 1, CAP)


def test_what_joins_two_things_is_what_both_touch(staged: Store) -> None:
    view = staged.view(ANA)
    ends = [staged.ids.record("AR-MPF", "litoral-2026", "marta"), staged.ids.record("CL-FN", "andes-2026", "prado")]
    step = charting.together(view, ends, CAP)
    assert sorted(n.schema for n in step.chart.nodes) == ["Person", "Person", "phone"]
    assert len(step.chart.links) == 2
