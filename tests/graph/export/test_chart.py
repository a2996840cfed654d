"""A chart is a selection: read anew when it leaves, stable when it grows, honest about what it leaves out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import casework as c
import pytest
from caseworld import ACTORS, world

from graph.chart import LINE, LINES, chart_for, label_box, label_lines, wrapped
from graph.delivery import Release
from graph.errors import ExportError, NotFound
from graph.export import export
from graph.export.contents import gather
from graph.result import Node
from graph.store import open_store
from graph.store.base import Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return c.found(open_store(f"sqlite:///{tmp_path / 'x.db'}"))


def two_people(store: Store, note: str = "hermana") -> list[str]:
    """Two people and their tie, released to Brazil."""
    ana = c.record(store, "AR-MPF", "d", "1", name="Ana Paz", phone="+5491155550101")
    eva = c.record(store, "AR-MPF", "d", "2", name="Eva Paz", phone="+5491155550101")
    tie = c.record(store, "AR-MPF", "d", "t", "Family", person=ana.id, relative=eva.id, relationship=note)
    c.deliver(store, c.ANA, "d", [ana, eva, tie], (Release("BR-MPF", "full"),))
    return [ana.id, eva.id]


def test_the_same_view_and_question_give_the_same_chart(tmp_path: Path) -> None:
    store, starts = world(tmp_path, 60)
    view = store.view(ACTORS["CL-FN"])
    first, second = chart_for(view, starts, 2), chart_for(store.view(ACTORS["CL-FN"]), starts, 2)
    assert first.positions == second.positions
    assert (first.nodes, first.links, first.title) == (second.nodes, second.links, second.title)
    assert first.stamp.view == "CL-FN" and first.actor == "cl:uno"


def test_expanding_moves_nothing(tmp_path: Path) -> None:
    store, starts = world(tmp_path, 80)
    view = store.view(ACTORS["AR-MPF"])
    small = chart_for(view, starts[:1], 1)
    large = chart_for(view, starts[:1], 3, previous=small)
    assert len(large.nodes) > len(small.nodes)
    assert {n.id: large.positions[n.id] for n in small.nodes} == dict(small.positions)


def test_the_cap_is_counted(tmp_path: Path) -> None:
    store, starts = world(tmp_path, 80)
    view = store.view(ACTORS["AR-MPF"])
    whole, capped = chart_for(view, starts[:1], 1), chart_for(view, starts[:1], 1, cap=5)
    assert len(capped.nodes) == 5
    assert sum(capped.hidden.values()) == len(whole.nodes) - 5


def test_a_chart_reads_its_things_anew(store: Store) -> None:
    """What was withdrawn is gone, what was renamed has its new name, what stays keeps its place."""
    ids = two_people(store)
    view = store.view(c.BIA)
    chart = chart_for(view, ids, 1)
    assert [n.caption for n in chart.nodes if n.kind == "entity"] == ["Ana Paz", "Eva Paz"]
    again = chart.now(view)
    assert (again.nodes, again.links, again.positions) == (chart.nodes, chart.links, chart.positions)
    ana = c.record(store, "AR-MPF", "d", "1", name="Ana Paz de Sosa")
    c.deliver(store, c.ANA, "d", [ana], (Release("BR-MPF", "full"),), revision=2)
    after = chart.now(view)
    assert [n.caption for n in after.nodes] == ["Ana Paz de Sosa"]
    assert after.links == () and after.positions == {ids[0]: chart.positions[ids[0]]}
    c.deliver(store, c.ANA, "d", [ana], (), revision=3)
    assert chart.now(view).nodes == ()
    with pytest.raises(NotFound):
        chart_for(view, ids, 1)


def test_links_taken_off_a_chart_stay_off(store: Store) -> None:
    ids = two_people(store)
    view = store.view(c.BIA)
    chart = chart_for(view, ids, 1)
    fewer = replace(chart, links=tuple(k for k in chart.links if k.relation != "FAMILY"))
    assert {k.relation for k in fewer.now(view).links} == {"HAS_PHONE"}


def test_what_is_linked_and_not_drawn_is_counted_anew(store: Store) -> None:
    ids = two_people(store)
    view = store.view(c.BIA)
    chart = chart_for(view, ids, 1)
    alone = replace(chart, nodes=tuple(n for n in chart.nodes if n.id == ids[0]), links=())
    assert alone.now(view).hidden == {"Person": 1, "phone": 1}


def test_a_chart_of_another_reader_is_refused(store: Store, tmp_path: Path) -> None:
    ids = two_people(store)
    chart = chart_for(store.view(c.ANA), ids, 1)
    with pytest.raises(ExportError):
        export(store.view(c.BIA), chart, "csv", tmp_path / "x.csv")
    assert list(tmp_path.glob("x.*csv")) == []


def test_every_statement_of_things_and_links_is_gathered(store: Store) -> None:
    ids = two_people(store)
    view = store.view(c.BIA)
    contents = gather(view, chart_for(view, ids, 1))
    people = [i for i in contents.items if i.node.kind == "entity"]
    assert sorted((f.statement.prop, f.statement.value) for f in people[0].facts) == [
        ("name", "Ana Paz"),
        ("phone", "+5491155550101"),
    ]
    family = next(k for k in contents.lines if k.link.relation == "FAMILY")
    told = [(f.statement.prop, f.statement.value, f.statement.document, f.statement.row) for f in family.facts]
    assert ("relationship", "hermana", "data/personas.csv", 3) in told
    assert told[0][:2] == ("", "")  # the tie itself, with its source
    carried = [k for k in contents.lines if k.link.relation == "HAS_PHONE"]
    assert [f.statement.document for k in carried for f in k.facts] == ["data/personas.csv"] * 2


def test_ids_of_links_tell_nothing_of_masked_people(store: Store) -> None:
    case = c.record(store, "AR-MPF", "d", "case", "Investigation", name="Litoral")
    eva = c.record(store, "AR-MPF", "d", "2", name="Eva Paz", mask="victim")
    part = c.record(store, "AR-MPF", "d", "p", "CaseRole", person=eva.id, investigation=case.id, mask="victim")
    c.deliver(store, c.ANA, "d", [case, eva, part], (Release("BR-MPF", "full"),))
    view = store.view(c.BIA)
    contents = gather(view, chart_for(view, [case.id], 1))
    assert contents.protected == 1
    (line,) = contents.lines
    assert line.record is not None
    shown = repr([(i.node, i.facts, i.records) for i in contents.items]) + line.id + line.record.id + line.link.source
    assert eva.id not in shown and part.id not in shown and "Eva" not in shown


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Ana",
        "Juan Carlos Pérez Gómez de la Serna y Alvarado Núñez",
        "x" * 200,
        "a " * 100,
        "5491155550101",
        "日本" * 40,
    ],
)
def test_labels_fit_their_box(text: str) -> None:
    lines = wrapped(text)
    assert len(lines) <= LINES and all(len(line) <= LINE for line in lines)
    if "".join(lines) != text.replace(" ", "") and "".join(lines).replace(" ", "") != text.replace(" ", ""):
        assert lines[-1].endswith("…")
    node = Node("r1", "entity", "Person", text, countries=("AR", "BR"))
    width, height = label_box(node, "es")
    assert width >= 7 * max(map(len, label_lines(node, "es"))) and height > 60
