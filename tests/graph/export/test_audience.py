"""An export for others holds what the sender and every member of the receiver may see, and not a trace of the rest."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import casework as c
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.access import Team
from graph.chart import chart_for
from graph.delivery import RecordRule, Release
from graph.errors import AccessDenied, ExportError, NotFound
from graph.export import FORMATS, audience_scope, audience_view, export, export_chart
from graph.export.audience import known_as
from graph.export.contents import gather
from graph.identity import Judgement, Pair, Reason
from graph.ids import Ids
from graph.statement import Delivered, Statement
from graph.store import open_store
from graph.store.base import Store

NOW = datetime(2026, 6, 1, tzinfo=UTC)
TEAM = "team:eci"
FULL = (Release("BR-MPF", "full"), Release("CL-FN", "full"))


def made(folder: Path, name: str = "x") -> Store:
    """A store whose ids and clock are the same every time, so that files can be compared byte by byte."""
    store = c.found(open_store(f"sqlite:///{folder / name}.db"))
    store.set_meta("key", "ab" * 32)
    store.ids, store.clock = Ids("ab" * 32), lambda: NOW
    return store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return made(tmp_path)


def marked(record: Delivered, handling: str, *props: str) -> Delivered:
    """``record`` with a handling code on its statements of ``props`` (all where none is named)."""
    record.statements = [
        s._replace(handling=handling) if not props or s.prop in props else s for s in record.statements
    ]
    return record


def person(store: Store, key: str, agency: str = "AR-MPF", dataset: str = "d", **props: object) -> Delivered:
    return c.record(store, agency, dataset, key, **props)


def tie(store: Store, key: str, a: Delivered, b: Delivered, agency: str = "AR-MPF", dataset: str = "d") -> Delivered:
    return c.record(store, agency, dataset, key, "Associate", person=a.id, associate=b.id, relationship=f"socio {key}")


def everything(folder: Path, stem: str) -> str:
    """All files of one export, as text, without the drawing library of a page."""
    text = "\n".join(p.read_text(encoding="utf-8") for p in sorted(folder.glob(f"{stem}*")))
    assert text
    return re.sub(r"<style>.*?</style>|<script>.{100000,}?</script>", "", text, flags=re.S)


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("receiver", ["agency:BR-MPF", TEAM])
def test_what_the_receiver_may_not_see_is_in_no_format(store: Store, tmp_path: Path, form: str, receiver: str) -> None:
    ana, eva, leo = (person(store, k, name=n) for k, n in (("1", "Ana Paz"), ("2", "Eva Sol"), ("3", "Leo Mar")))
    c.deliver(store, c.ANA, "d", [ana, eva, tie(store, "t", ana, eva)], FULL)
    own = person(store, "9", dataset="cajon", name="Nadie Secreta")
    c.deliver(store, c.ANA, "cajon", [own, leo], ())
    a, b = sorted((ana.id, own.id))
    store.save_pairs([Pair(a, b, 0.99, "automatic", (Reason("birth.same", "Secreta", "Paz", 4.0),))], "m")
    report = export_chart(store, c.ANA, [own.id], depth=2, form=form, receiver=receiver, out=tmp_path / f"o.{form}")
    text = everything(tmp_path, "o.")
    assert "Ana Paz" in text and "Eva Sol" in text and "socio t" in text
    assert "Secreta" not in text and own.id not in text and "cajon" not in text and "left_out" not in text
    assert report.left_out["statements"] >= 1


def test_to_oneself_everything_goes(store: Store, tmp_path: Path) -> None:
    ana = marked(person(store, "1", name="Ana Paz", alias="Secreta"), "H2", "alias")
    c.deliver(store, c.ANA, "d", [ana])
    for receiver in ("self", "agency:AR-MPF"):
        report = export_chart(store, c.ANA, [ana.id], form="csv", receiver=receiver, out=tmp_path / "own.csv")
        assert "Secreta" in everything(tmp_path, "own.") and report.left_out == {} and report.handling == ("H2",)


@pytest.mark.parametrize("form", FORMATS)
def test_h2_goes_to_nobody_but_its_owner(store: Store, tmp_path: Path, form: str) -> None:
    ana = marked(
        person(store, "1", name="Ana Paz", alias="Alias Callado", phone="+5491155550101"), "H2", "alias", "phone"
    )
    eva = person(store, "2", name="Eva Sol", phone="+5491155550101")
    leo = marked(person(store, "3", name="Leo Callado"), "H2")
    held = marked(tie(store, "callado", ana, eva), "H2")
    partly = marked(tie(store, "dicho", ana, eva), "H1,H2", "relationship")
    dated = c.record(store, "AR-MPF", "d", "f", "Family", person=ana.id, relative=eva.id, startDate="2001-09-11")
    marked(dated, "H2", "startDate")
    c.deliver(store, c.ANA, "d", [ana, eva, leo, held, partly, dated, tie(store, "l", ana, leo)], FULL)
    report = export_chart(store, c.ANA, [eva.id], depth=2, form=form, receiver="agency:BR-MPF", out=tmp_path / "o.x")
    text = everything(tmp_path, "o.")
    assert "Ana Paz" in text and "Eva Sol" in text
    for secret in ("Callado", "socio dicho", "socio callado", "2001-09-11", leo.id):
        assert secret not in text, secret
    assert (report.nodes, report.handling) == (2, ())  # the number has one carrier left, so it is none that is shared
    assert report.links == 2  # the association without its words, the family tie without its date
    assert report.left_out["nodes"] == 2 and report.left_out["links"] >= 3


def test_the_owner_gets_back_what_it_marked_itself(store: Store, tmp_path: Path) -> None:
    ana = marked(person(store, "1", name="Ana Paz", alias="Alias Callado"), "H2", "alias")
    c.deliver(store, c.ANA, "d", [ana], FULL)
    back = export_chart(store, c.BIA, [ana.id], form="csv", receiver="agency:AR-MPF", out=tmp_path / "o.csv")
    assert "Callado" in everything(tmp_path, "o.") and back.handling == ("H2",)
    export_chart(store, c.BIA, [ana.id], form="csv", receiver=TEAM, out=tmp_path / "t.csv")
    assert "Ana Paz" in everything(tmp_path, "t.") and "Callado" not in everything(tmp_path, "t.")


def test_h1_stays_and_is_marked(store: Store, tmp_path: Path) -> None:
    ana = marked(person(store, "1", name="Ana Paz"), "H1")
    c.deliver(store, c.ANA, "d", [ana], FULL)
    report = export_chart(store, c.ANA, [ana.id], form="html", receiver=TEAM, out=tmp_path / "o.html")
    assert report.handling == ("H1",) and "H1:" in everything(tmp_path, "o.")


def test_an_identity_that_may_rest_on_h2_is_not_told(store: Store, tmp_path: Path) -> None:
    for state in ("automatic", "proposed"):
        ana = person(store, "1", dataset=state, name="Ana Paz", birthDate="1980-01-01")
        c.deliver(store, c.ANA, state, [marked(ana, "H2", "birthDate")], FULL)
        bia = person(store, "1", "BR-MPF", state, name="Ana da Paz", birthDate="1980-01-01")
        c.deliver(store, c.BIA, state, [bia], (Release("*", "full"),))
        a, b = sorted((ana.id, bia.id))
        store.save_pairs([Pair(a, b, 0.99, state, (Reason("birth.same", "1980-01-01", "1980-01-01", 4.0),))], "m")
        own = chart_for(store.view(c.ANA), [ana.id], 1)
        assert len(own.nodes) == (1 if state == "automatic" else 2)
        assert own.nodes[0].records == (2 if state == "automatic" else 1)
        there = audience_view(store, c.ANA, "agency:CL-FN")
        found = gather(there, chart_for(there, [ana.id], 1))
        assert [i.node.records for i in found.items] == [1] and found.lines == ()
        assert "1980" not in repr(found.items)


def test_the_judgement_of_one_agency_is_not_told_to_another(store: Store) -> None:
    """Brazil holds two Argentine records to be one; Argentina, which may not know, sends them as two."""
    ana, eva = person(store, "1", name="Ana Paz"), person(store, "2", name="Ana Pas")
    c.deliver(store, c.ANA, "d", [ana, eva, tie(store, "t", ana, eva)], FULL)
    left, right = sorted((ana.id, eva.id))
    store.log_judgement(Judgement(0, left, right, "same", "BR-MPF", "br:bia", NOW.isoformat()), ("AR-MPF", "AR-MPF"))
    assert len(store.view(c.BIA).entity(ana.id).records) == 2
    there = audience_view(store, c.ANA, "agency:BR-MPF")
    assert [n.records for n in chart_for(there, [ana.id], 1).nodes] == [1, 1]


def test_masked_people_are_the_receivers_pseudonyms(store: Store, tmp_path: Path) -> None:
    case = c.record(store, "AR-MPF", "d", "case", "Investigation", name="Litoral")
    eva = person(store, "2", name="Eva Callada", mask="victim", birthDate="2001-02-03")
    role = c.record(store, "AR-MPF", "d", "r", "CaseRole", person=eva.id, investigation=case.id, mask="victim")
    role.statements.append(Statement("role", "victim", document="data/personas.csv", row=9))
    c.deliver(store, c.ANA, "d", [case, eva, role], FULL)
    for form in FORMATS:
        report = export_chart(store, c.ANA, [case.id], form=form, receiver=TEAM, out=tmp_path / f"m.{form}")
        assert report.protected == 1
    text = everything(tmp_path, "m.")
    assert "Callada" not in text and "2001-02-03" not in text and eva.id not in text and role.id not in text
    assert store.ids.pseudonym(eva.id, TEAM) in text
    assert "data/personas.csv" not in text  # the names of a dataset's files are withheld where it protects somebody
    # started at the person, whom the sender knows by name
    export_chart(store, c.ANA, [eva.id], form="csv", receiver=TEAM, out=tmp_path / "p.csv")
    assert store.ids.pseudonym(eva.id, TEAM) in everything(tmp_path, "p.")
    assert eva.id not in everything(tmp_path, "p.")


def test_a_record_released_to_one_member_does_not_reach_the_others(store: Store) -> None:
    """The kernel's intersection knows no record's dataset; the audience does."""
    ana = person(store, "1", name="Ana Paz", profession="contadora")
    eva = person(store, "2", name="Eva Sol", profession="abogada")
    store.save_federation(
        [], [], [Team("trio", frozenset({"AR-MPF", "BR-MPF", "CL-FN"}), "", "", "2026-01-01", "2099-01-01")]
    )
    rules = (RecordRule("p:1", "release", to="CL-FN", level="full", record=ana.id),)
    releases = (Release("BR-MPF", "identity"), Release("CL-FN", "identity"))
    c.deliver(store, c.ANA, "d", [ana, eva], releases, rules=rules)
    assert store.view(c.CARO).entity(ana.id).values("profession") == ["contadora"]
    assert store.view(c.BIA).entity(ana.id).values("profession") == []
    for sender in (c.ANA, c.CARO, c.BIA):
        view = audience_view(store, sender, "team:trio")
        assert view.entity(ana.id).values("profession") == [] and view.entity(ana.id).values("name") == ["Ana Paz"]
        assert set(audience_scope(store, sender, "team:trio").overrides.values()) <= {2}


def test_every_member_of_a_team_writes_the_same_files(store: Store, tmp_path: Path) -> None:
    ana, eva, leo = (person(store, k, name=n) for k, n in (("1", "Ana Paz"), ("2", "Eva Sol"), ("3", "Leo Mar")))
    c.deliver(store, c.ANA, "d", [ana, eva, leo, tie(store, "t", ana, eva)], (Release(TEAM, "full"),))
    bia = person(store, "1", "BR-MPF", "b", name="Bia Lua")
    more = c.record(store, "BR-MPF", "b", "x", "Associate", person=bia.id, associate=bia.id)
    c.deliver(store, c.BIA, "b", [bia, more], (Release(TEAM, "full"),))
    only_brazil = person(store, "7", "BR-MPF", "cajon", name="Ana Paz")
    c.deliver(store, c.BIA, "cajon", [only_brazil])
    pairs = [sorted((ana.id, r.id)) for r in (bia, only_brazil)]
    store.save_pairs([Pair(a, b, 0.99, "automatic", ()) for a, b in pairs], "m")
    for form in FORMATS:
        for sender in (c.ANA, c.BIA):
            (tmp_path / sender.agency).mkdir(exist_ok=True)
            out = tmp_path / sender.agency / f"o.{form}"
            export_chart(store, sender, [ana.id], depth=2, form=form, receiver=TEAM, out=out)
        one, two = (everything(tmp_path / s.agency, "o.").replace(s.id, "WHO") for s in (c.ANA, c.BIA))
        # the stamp's id and the policy's digests hang on the sender's name
        same = re.compile(r'"s[0-9a-f]{32}"|sha256-[A-Za-z0-9+/=]{44}')
        assert same.sub("", one) == same.sub("", two)
        assert "cajon" not in one + two and only_brazil.id not in one + two


def test_a_thing_reached_through_something_hidden_is_left_out_of_a_chart(store: Store, tmp_path: Path) -> None:
    """Ana – (a link only Argentina sees) – Leo: Leo is visible to Brazil, but why he would stand there is not."""
    ana, eva, leo = (person(store, k, name=n) for k, n in (("1", "Ana Paz"), ("2", "Eva Sol"), ("3", "Leo Mar")))
    c.deliver(store, c.ANA, "d", [ana, eva, leo, tie(store, "t", ana, eva)], FULL)
    hidden = c.record(store, "AR-MPF", "own", "h", "Person", name="Hugo Oculto", phone="+5491155550101")
    also = [person(store, "1", dataset="own", name="Ana Paz", phone="+5491155550101")]
    also.append(person(store, "3", dataset="own", name="Leo Mar", phone="+5491155550101"))
    c.deliver(store, c.ANA, "own", [hidden, *also])
    pairs = [sorted(p) for p in ((ana.id, also[0].id), (leo.id, also[1].id))]
    store.save_pairs([Pair(a, b, 0.99, "automatic", ()) for a, b in pairs], "m")
    view = store.view(c.ANA)
    chart = chart_for(view, [ana.id], 2, title="Con Hugo Oculto")
    assert {n.caption for n in chart.nodes} >= {"Ana Paz", "Eva Sol", "Leo Mar", "Hugo Oculto"}
    report = export(view, chart, "graphml", tmp_path / "o.graphml", receiver=TEAM)
    text = everything(tmp_path, "o.")
    assert "Ana Paz" in text and "Eva Sol" in text
    assert "Leo Mar" not in text and "Oculto" not in text and "+5491155550101" not in text
    assert not any(part.id in text for part in (hidden, *also))
    assert report.left_out["nodes"] == 3  # Leo, Hugo, the telephone
    named = export(view, chart, "graphml", tmp_path / "n.graphml", receiver=TEAM, title="Para la ECI")
    assert named.nodes == 2 and "Para la ECI" in everything(tmp_path, "n.")


def test_places_do_not_tell_of_what_was_left_out(store: Store) -> None:
    """The picture for the receiver is the one of its own view, not the sender's with holes."""
    people = [person(store, str(n), name=f"Persona {n}") for n in range(8)]
    c.deliver(store, c.ANA, "d", [*people, *(tie(store, f"t{n}", people[0], people[n]) for n in range(1, 8))], FULL)
    c.deliver(
        store, c.ANA, "own", [marked(person(store, str(n), dataset="own", name=f"X {n}"), "H1") for n in range(5)]
    )
    view = store.view(c.ANA)
    there = audience_view(store, c.ANA, "agency:BR-MPF")
    from graph.export.audience import retarget

    own = chart_for(view, [people[0].id, *(store.ids.record("AR-MPF", "own", str(n)) for n in range(5))], 1)
    assert retarget(own, view, there).positions == chart_for(there, [people[0].id], 1).positions


@settings(max_examples=settings().max_examples if settings().max_examples > 50 else 20)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 9), st.booleans()), max_size=8), st.sampled_from(FORMATS))
def test_hidden_things_change_no_byte(
    tmp_path_factory: pytest.TempPathFactory, hidden: list[tuple[int, int, bool]], form: str
) -> None:
    """Non-interference: whatever Argentina keeps to itself or marks H2, the file for the team is the same."""
    folder = tmp_path_factory.mktemp("w")
    files = []
    for name in ("with", "without"):
        store = made(folder, name)
        people = [person(store, str(n), name=f"Persona {n}", phone=f"+549115555010{n % 3}") for n in range(6)]
        shown = [*people, *(tie(store, f"t{n}", people[n], people[n + 1]) for n in range(5))]
        extra: list[Delivered] = []
        if name == "with":
            shown += [
                marked(tie(store, f"h{n}", people[a], people[b % 6]), "H2") for n, (a, b, m) in enumerate(hidden) if m
            ]
            extra = [
                person(store, f"x{n}", dataset="own", name=f"Persona {a}", phone=f"+549115555010{b}")
                for n, (a, b, _) in enumerate(hidden)
            ]
            if hidden:
                people[0].statements.append(Statement("alias", "Alias Callado", handling="H2"))
        c.deliver(store, c.ANA, "d", shown, (Release(TEAM, "full"),))
        c.deliver(store, c.ANA, "own", extra)
        pairs = [sorted((people[a].id, extra[n].id)) for n, (a, _, m) in enumerate(hidden) if extra and m]
        store.save_pairs([Pair(a, b, 0.9, "automatic", ()) for a, b in pairs], "m")
        export_chart(store, c.ANA, [people[0].id], depth=2, cap=6, form=form, receiver=TEAM, out=folder / f"{name}.o")
        files.append([p.read_bytes() for p in sorted(folder.glob(f"{name}.o*"))])
    assert files[0] == files[1]


def test_receivers_that_are_none(store: Store, tmp_path: Path) -> None:
    ana = person(store, "1", name="Ana Paz")
    c.deliver(store, c.ANA, "d", [ana], FULL)
    said = set()
    for receiver, sender in (("team:none", c.ANA), (TEAM, c.CARO), ("agency:XX-XX", c.ANA)):
        with pytest.raises(AccessDenied) as refused:
            export_chart(store, sender, [ana.id], form="csv", receiver=receiver, out=tmp_path / "o.csv")
        said.add(refused.value.key)
    assert said == {"export.no_audience"}  # the same words, whether it exists or not
    with pytest.raises(ExportError):
        export_chart(store, c.ANA, [ana.id], form="csv", receiver="everybody", out=tmp_path / "o.csv")
    with pytest.raises(NotFound):
        export_chart(store, c.ANA, ["r0"], form="csv", receiver=TEAM, out=tmp_path / "o.csv")
    private = person(store, "5", dataset="own", name="Nadie")
    c.deliver(store, c.ANA, "own", [private])
    with pytest.raises(ExportError):
        export_chart(store, c.ANA, [private.id], form="csv", receiver=TEAM, out=tmp_path / "o.csv")
    assert list(tmp_path.glob("o*")) == []


def test_after_the_term_it_is_refused(store: Store, tmp_path: Path) -> None:
    ana = person(store, "1", name="Ana Paz")
    store.save_federation([], [], [replace(c.TEAM, until="2026-06-30")])
    c.deliver(store, c.ANA, "d", [ana], (Release(TEAM, "full"),))
    view = audience_view(store, c.ANA, TEAM)
    chart = chart_for(view, [ana.id], 1)
    export(view, chart, "csv", tmp_path / "o.csv")
    store.clock = lambda: datetime(2026, 7, 1, tzinfo=UTC)
    with pytest.raises(AccessDenied):  # the view taken before the end does not outlive it
        export(view, chart, "csv", tmp_path / "p.csv")
    with pytest.raises(AccessDenied):
        export_chart(store, c.ANA, [ana.id], form="csv", receiver=TEAM, out=tmp_path / "p.csv")
    assert list(tmp_path.glob("p*")) == []


def test_an_audience_is_not_for_looking_around(store: Store) -> None:
    ana = person(store, "1", name="Ana Paz")
    c.deliver(store, c.ANA, "d", [ana], FULL)
    view = audience_view(store, c.ANA, "agency:BR-MPF")
    for look in (lambda: view.search("Ana"), lambda: view.arrays(), lambda: view.membership()):
        with pytest.raises(AccessDenied):
            look()
    assert known_as(store.view(c.ANA), view, [ana.id, "r0", "p0"]) == [(ana.id, ana.id)]
