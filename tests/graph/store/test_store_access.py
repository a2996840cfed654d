"""The contract of both engines: what a reader sees at each level, and that what is hidden leaves no trace."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import casework
import pytest
import worlds

from graph.access import FULL, IDENTITY, OWN, TEXT, Actor, Grant, Lift, Team
from graph.delivery import RecordRule, Release
from graph.errors import AccessDenied, NotFound
from graph.identity import Pair
from graph.statement import Delivered, Statement
from graph.store import Store

ANA, BIA, CARO = casework.ANA, casework.BIA, casework.CARO


def made(store: Store, key: str, schema: str = "Person", /, **props: object) -> Delivered:
    return casework.record(store, "AR-MPF", "litoral", key, schema, **props)


def ref(store: Store, key: str) -> str:
    return store.ids.record("AR-MPF", "litoral", key)


def case(store: Store) -> list[Delivered]:
    return [
        made(store, "ana", name="Ana Paz", alias="Oculta", idNumber="30111222", phone="+5491123456789", notes="nota"),
        made(store, "leo", name="Leo Paz", phone="+5491123456789"),
        made(store, "acme", "Company", name="Acme SA"),
        made(store, "o1", "Ownership", owner=ref(store, "ana"), asset=ref(store, "acme")),
        made(store, "o2", "Ownership", owner=ref(store, "leo"), asset=ref(store, "acme")),
    ]


def deliver(store: Store, records: list[Delivered], *releases: Release, **more: Any) -> Any:
    return casework.deliver(store, ANA, "litoral", records, releases, **more)


def props(store: Store, actor: Actor, key: str) -> set[str]:
    return {s.prop for r in store.view(actor).records([ref(store, key)]) for s in r.statements}


def test_each_level_reads_its_packs_and_no_more(store: Store) -> None:
    deliver(store, case(store), Release("BR-MPF", "identity"), Release("CL-FN", "full"), Release("*", "hit"))
    assert props(store, BIA, "ana") == {"name", "alias", "idNumber"}
    assert props(store, CARO, "ana") == props(store, ANA, "ana") == {"name", "alias", "idNumber", "phone", "notes"}
    assert [r.level for r in store.fetch(store.scope(BIA), [ref(store, "ana")])] == [IDENTITY]
    assert [r.level for r in store.fetch(store.scope(CARO), [ref(store, "ana")])] == [TEXT]
    assert [r.level for r in store.fetch(store.scope(ANA), [ref(store, "ana")])] == [OWN]
    assert store.all_links(store.scope(BIA)) == []
    assert len(store.all_links(store.scope(CARO))) == 2
    assert [c.kind for c in store.carried(store.scope(BIA), [ref(store, "ana")])] == ["document"]
    assert {c.kind for c in store.carried(store.scope(CARO), [ref(store, "ana")])} == {"document", "phone"}
    assert store.all_carried(store.scope(BIA)) == []
    assert {c.value for c in store.all_carried(store.scope(CARO))} == {"5491123456789"}


def test_free_text_of_a_dataset_with_a_protected_person_stays_with_its_owner(store: Store) -> None:
    victim = made(store, "vic", name="Víctima", mask="victim")
    deliver(store, [*case(store), victim], Release("CL-FN", "full"))
    assert "notes" not in props(store, CARO, "ana") and "phone" in props(store, CARO, "ana")
    assert [r.level for r in store.fetch(store.scope(CARO), [ref(store, "ana")])] == [FULL]
    assert "notes" in props(store, ANA, "ana")


def test_hit_none_and_an_operator_see_nothing(store: Store) -> None:
    deliver(store, case(store), Release("BR-MPF", "hit"))
    for actor in (BIA, CARO, casework.OPERATOR):
        scope = store.scope(actor)
        assert store.fetch(scope, [ref(store, "ana")]) == [] == store.nodes(scope)
        assert list(store.scan(scope, (), 10)) == [] == store.find(scope, ["ana"], ())
        assert store.all_links(scope) == [] == store.links_of(scope, [ref(store, "ana")])
        assert store.all_carried(scope) == [] == store.carried(scope, [ref(store, "ana")])
        assert store.carriers(scope, [store.ids.identifier("phone", "5491123456789")]) == []
        assert store.view(actor).datasets() == []
        with pytest.raises(NotFound):
            store.view(actor).entity(ref(store, "ana"))
    assert len(store.nodes(store.scope(casework.EVERYONE))) == 3


def test_a_single_record_may_be_released_or_held_back(store: Store) -> None:
    rules = (
        RecordRule("persona:ana", "release", "BR-MPF", "full", record=ref(store, "ana")),
        RecordRule("persona:leo", "release", "CL-FN", "none", record=ref(store, "leo")),
        RecordRule("empresa:acme", "release", "CL-FN", "identity", record=ref(store, "acme")),
    )
    deliver(store, case(store), Release("CL-FN", "full"), rules=rules)
    assert [n[0] for n in store.nodes(store.scope(BIA))] == [ref(store, "ana")]
    assert props(store, BIA, "ana") >= {"notes", "phone"}
    assert store.all_carried(store.scope(BIA)) == [] == store.all_links(store.scope(BIA))
    assert {c.kind for c in store.carried(store.scope(BIA), [ref(store, "ana")])} == {"document", "phone"}
    scope = store.scope(CARO)
    assert [n[0] for n in store.nodes(scope)] == sorted([ref(store, "ana"), ref(store, "acme")])
    assert [k.record for k in store.all_links(scope)] == [ref(store, "o1")]
    assert store.find(scope, ["leo"], ()) == [] and store.all_carried(scope) == []
    assert [r.level for r in store.fetch(scope, [ref(store, "acme")])] == [IDENTITY]


def test_a_release_ends_when_its_day_has_passed_and_a_team_when_its_term_has(store: Store) -> None:
    deliver(store, case(store), Release("CL-FN", "full", until="2026-11-25"), Release("team:eci", "identity"))
    store.save_federation([], [], [Team("eci", frozenset({"BR-MPF"}), since="2026-11-01", until="2026-12-01T06:00:00")])
    caro, bia = store.view(CARO), store.view(BIA)
    for now, open_to in (
        (datetime(2026, 10, 1, tzinfo=UTC), (True, False)),
        (datetime(2026, 11, 25, 23, 59, 59, tzinfo=UTC), (True, True)),
        (datetime(2026, 11, 26, tzinfo=UTC), (False, True)),
        (datetime(2026, 12, 1, 5, 59, tzinfo=UTC), (False, True)),
        (datetime(2026, 12, 1, 6, tzinfo=UTC), (False, False)),
    ):
        store.clock = lambda now=now: now  # type: ignore[misc]
        for view, opened in zip((caro, bia), open_to, strict=True):
            fresh = store.view(view.actor)
            assert fresh.search("ana").total == int(opened), now
            if now > worlds.NOW:  # a view that is held notices by itself
                assert view.search("ana").total == int(opened), now


def test_a_dataset_past_its_retention_is_seen_by_nobody(store: Store) -> None:
    deliver(store, case(store), Release("CL-FN", "full"), retention="2026-11-24")
    assert store.nodes(store.scope(CARO)) == [] == store.nodes(store.scope(ANA))


def test_withdrawing_a_release_holds_from_the_next_call_on(store: Store) -> None:
    deliver(store, case(store), Release("CL-FN", "full"))
    view = store.view(CARO)
    assert view.search("ana").total == 1
    [dataset] = store.datasets()
    assert store.grants() == [Grant(dataset.number, "CL-FN", FULL)]
    store.replace_grants(dataset.number, [Grant(dataset.number, "BR-MPF", IDENTITY, "", "2099-01-01", "p", "g")])
    assert view.search("ana").total == 0
    assert store.grants() == [Grant(dataset.number, "BR-MPF", IDENTITY, "", "2099-01-01", "p", "g")]
    store.replace_grants(dataset.number, [])
    assert store.grants() == []


def test_grants_keep_their_order(store: Store) -> None:
    deliver(store, case(store), Release("CL-FN", "full"), Release("*", "hit"), Release("BR-MPF", "identity"))
    casework.deliver(store, BIA, "otro", [], (Release("CL-FN", "hit"),))
    assert [(g.dataset, g.to) for g in store.grants()] == [(1, "CL-FN"), (1, "*"), (1, "BR-MPF"), (2, "CL-FN")]
    store.replace_grants(1, [Grant(1, "CL-FN", IDENTITY)])
    assert [(g.dataset, g.to) for g in store.grants()] == [(2, "CL-FN"), (1, "CL-FN")]


def protected(store: Store) -> list[Delivered]:
    """A victim with a role, a sister, a phone shared with a suspect, and the case."""
    return [
        made(store, "case", "Investigation", name="Caso Litoral"),
        made(store, "vic", name="Vera Cruz", phone="+5491123456789", idNumber="40222333", mask="victim"),
        made(store, "sus", name="Saúl Cruz", phone="+5491123456789"),
        made(
            store, "r1", "CaseRole", person=ref(store, "vic"), investigation=ref(store, "case"), role="victim",
            startDate="2026-01-01", mask="victim",
        ),
        made(store, "r2", "CaseRole", person=ref(store, "sus"), investigation=ref(store, "case"), role="suspect"),
        made(store, "fam", "Family", person=ref(store, "vic"), relative=ref(store, "sus"), relationship="hermana"),
    ]  # fmt: skip


def test_a_victim_is_a_bare_node_with_its_role_outside_its_owner(store: Store) -> None:
    deliver(store, protected(store), Release("BR-MPF", "full"), Release("CL-FN", "identity"))
    scope = store.scope(BIA)
    assert {(i, mask) for i, _, _, mask in store.nodes(scope)} == {
        (ref(store, "case"), ""),
        (ref(store, "vic"), "victim"),
        (ref(store, "sus"), ""),
    }
    [bare] = store.fetch(scope, [ref(store, "vic")])
    assert (bare.mask, bare.packs, bare.level) == ("victim", (), FULL)
    assert sorted((k.relation, k.source) for k in store.all_links(scope)) == sorted(
        [("CASE_ROLE", ref(store, "vic")), ("CASE_ROLE", ref(store, "sus"))]
    )
    assert [k.relation for k in store.links_of(scope, [ref(store, "vic")])] == ["CASE_ROLE"]
    assert store.carried(scope, [ref(store, "vic")]) == [] == store.all_carried(scope)
    assert [c.record for c in store.carriers(scope, [store.ids.identifier("phone", "5491123456789")])] == [
        ref(store, "sus")
    ]
    for word in ("vera", "40222333"):
        assert store.find(scope, [word], ()) == []
    assert [i for i, _ in store.find(scope, ["cruz"], ())] == [ref(store, "sus")]
    with pytest.raises(NotFound):
        store.view(BIA).entity(ref(store, "vic"))
    shown = store.ids.pseudonym(ref(store, "vic"), "BR-MPF")
    assert store.view(BIA).entity(shown).caption == ""
    assert ref(store, "vic") not in [n[0] for n in store.nodes(store.scope(CARO))]


def test_its_owner_sees_the_victim_whole(store: Store) -> None:
    deliver(store, protected(store), Release("BR-MPF", "full"))
    scope = store.scope(ANA)
    assert {mask for _, _, _, mask in store.nodes(scope)} == {""}
    assert sorted(k.relation for k in store.all_links(scope)) == ["CASE_ROLE", "CASE_ROLE", "FAMILY"]
    assert len(store.all_carried(scope)) == 2
    assert [i for i, _ in store.find(scope, ["vera"], ())] == [ref(store, "vic")]


def test_a_mask_may_come_and_go_with_a_revision(store: Store) -> None:
    deliver(store, protected(store), Release("BR-MPF", "full"))
    plain = [made(store, "vic", name="Vera Cruz", phone="+5491123456789"), *protected(store)[2:3], protected(store)[0]]
    deliver(store, plain, Release("BR-MPF", "full"), revision=2)
    assert store.view(BIA).entity(ref(store, "vic")).caption == "Vera Cruz"
    assert len(store.all_carried(store.scope(BIA))) == 2
    deliver(store, protected(store), Release("BR-MPF", "full"), revision=3)
    assert store.all_carried(store.scope(BIA)) == []
    assert store.find(store.scope(BIA), ["vera"], ()) == []


def test_a_hidden_record_in_the_middle_breaks_the_path(store: Store) -> None:
    chain = [made(store, k, name=f"Persona {k}") for k in "abc"]
    links = [
        made(store, f"{a}{b}", "Associate", person=ref(store, a), associate=ref(store, b)) for a, b in ("ab", "bc")
    ]
    hide = RecordRule("persona:b", "release", "BR-MPF", "none", record=ref(store, "b"))
    deliver(store, [*chain, *links], Release("BR-MPF", "full"), Release("CL-FN", "full"), rules=(hide,))
    ends = ref(store, "a"), ref(store, "c")
    assert [p.start for p in store.view(CARO).paths(*ends)] == [(ends[0], ref(store, "b"), ends[1])]
    assert store.view(BIA).paths(*ends) == []
    assert store.all_links(store.scope(BIA)) == []
    assert store.view(BIA).link_counts(ends[0]) == {}
    alone = store.view(BIA).neighbourhood([ends[0]], depth=3)
    assert ([n.id for n in alone.nodes], alone.hidden) == ([ends[0]], {})


def test_a_hidden_alias_is_in_no_caption_and_finds_nothing(store: Store) -> None:
    deliver(store, [made(store, "x", alias="Alias Muy Largo Secreto", name="Ana")], Release("BR-MPF", "full"))
    secret = casework.record(store, "BR-MPF", "b", "y", name="Nombre Real Mucho Mas Largo")
    casework.deliver(store, BIA, "b", [secret], (Release("CL-FN", "full"),))
    left, right = sorted((ref(store, "x"), secret.id))
    store.save_pairs([Pair(left, right, 0.99, "automatic")], "m")
    assert store.view(BIA).entity(ref(store, "x")).caption == "Nombre Real Mucho Mas Largo"
    assert store.view(ANA).entity(ref(store, "x")).caption == "Ana"
    assert store.view(ANA).search("real").total == 0
    assert store.view(CARO).search("secreto").total == 0


def test_every_word_must_begin_a_visible_word(store: Store) -> None:
    people = [
        made(store, "1", name="José Núñez"),
        made(store, "2", name="Jose Nunez Paz"),
        made(store, "3", name="Josefina Paz", alias="Núñez la Paz"),
        made(store, "4", name="Ana María d'Ávila-Núñez", phone="+54 9 11 2345-6789"),
        made(store, "5", "Company", name="Núñez y José SRL", phone="+5491123456789"),
        made(store, "6", name="Łukasz Groß"),
        made(store, "7", address="Avenida " + "muy larga " * 40 + "123"),
    ]
    deliver(store, people, Release("BR-MPF", "identity"), Release("CL-FN", "full"))
    scope, low = store.scope(CARO), store.scope(BIA)

    def keys(found: list[tuple[str, str]]) -> list[str]:
        back = {ref(store, str(n)): str(n) for n in range(1, 8)}
        return sorted(back[i] for i, _ in found)

    assert keys(store.find(scope, ["jose", "nunez"], ())) == ["1", "2", "3", "5"]
    assert keys(store.find(scope, ["nun", "jo"], ())) == ["1", "2", "3", "5"]
    assert keys(store.find(scope, ["jose", "nunez"], ["Person"])) == ["1", "2", "3"]
    assert keys(store.find(scope, ["jose", "nunez"], ["Company", "Vessel"])) == ["5"]
    assert keys(store.find(scope, ["osefina"], ())) == []
    assert keys(store.find(scope, ["5491123456789"], ())) == ["4", "5"]
    assert keys(store.find(scope, ["5491"], ())) == ["4", "5"]
    assert keys(store.find(scope, ["nunez", "5491"], ())) == ["4", "5"]
    assert keys(store.find(low, ["5491"], ())) == [] == keys(store.find(low, ["nunez", "5491"], ()))
    assert keys(store.find(low, ["avila"], ())) == ["4"] == keys(store.find(low, ["d", "av"], ()))
    assert keys(store.find(scope, ["lukasz", "gross"], ())) == ["6"]
    long = "avenida" + "muylarga" * 40 + "123"
    for word in ("avenidamuylarga", long[:254], long[:255], long[:256], long[:300], long):
        assert keys(store.find(scope, [word], ())) == ["7"], len(word)
    assert keys(store.find(scope, [long + "4"], ())) == [] == keys(store.find(scope, ["larga"], ()))
    for odd in ([], [""], ["*"], ["jose*"], ["-"], ['"'], ["or"], ["not"], ["a:b"], ["\\"]):
        assert keys(store.find(scope, odd, ())) == [], odd
    assert store.find(scope, ["jose", "*"], ()) == store.find(scope, ["jose"], ())
    assert store.find(low, ["josefina"], ()) == [(ref(store, "3"), "nunez la paz josefina paz")]


def test_search_order_comes_from_visible_words_only(store: Store) -> None:
    first = [made(store, str(n), name="Ana Paz" + " Soto" * (n % 3), phone=f"+549112345{n:04d}") for n in range(9)]
    deliver(store, first, Release("BR-MPF", "identity"))
    before = store.view(BIA).search("ana paz", limit=4, offset=2)
    assert before.total == 9 and len(before.items) == 4
    more = [casework.record(store, "CL-FN", "x", str(n), name="Ana Paz Ana Paz") for n in range(30)]
    casework.deliver(store, CARO, "x", more)
    deliver(store, [*first, made(store, "99", name="Zoe")], Release("BR-MPF", "identity"), revision=2)
    after = store.view(BIA).search("ana paz", limit=4, offset=2)
    assert (after.total, [(i.entity.id, i.score) for i in after.items]) == (
        before.total,
        [(i.entity.id, i.score) for i in before.items],
    )


def test_a_scan_gives_all_in_chunks_by_id(store: Store) -> None:
    deliver(store, [made(store, str(n), name=f"P {n}") for n in range(23)] + case(store), Release("BR-MPF", "full"))
    chunks = list(store.scan(store.scope(BIA), (), 5))
    ids = [r.id for chunk in chunks for r in chunk]
    assert max(map(len, chunks)) == 5 and ids == sorted(set(ids)) and len(ids) == 28
    assert len([r for chunk in store.scan(store.scope(BIA), ["Person"], 7) for r in chunk]) == 25
    assert [r.schema for c in store.scan(store.scope(BIA), ["Ownership", "Company"], 7) for r in c].count(
        "Company"
    ) == 1


def test_the_matcher_reads_identity_of_the_unmasked_of_every_owner(store: Store) -> None:
    deliver(store, protected(store))
    casework.deliver(store, BIA, "b", [casework.record(store, "BR-MPF", "b", "y", name="Ana", phone="+5491123456789")])
    found = {r.id: {s.prop for s in r.statements} for chunk in store.matching().scan(["Person"]) for r in chunk}
    assert found == {ref(store, "sus"): {"name"}, store.ids.record("BR-MPF", "b", "y"): {"name"}}
    assert set(store.matching().agencies()) == {"AR-MPF", "BR-MPF", "CL-FN"}


def test_a_link_that_several_rows_state_is_one_link_with_all_its_sources(store: Store) -> None:
    """What is counted before expanding is what is drawn, and no row that states it is lost."""
    ana, acme = made(store, "ana", name="Ana Paz"), made(store, "acme", "Company", name="Acme SA")
    ends = (("owner", ana.id), ("asset", acme.id))
    said = [Statement(p, v, document="socios.csv", row=row) for row in (2, 3, 4) for p, v in ends]
    deliver(store, [ana, acme, Delivered(ref(store, "o1"), "Ownership", said)])
    view = store.view(ANA)
    assert view.link_counts(ana.id) == {"OWNERSHIP": 1}
    (link,) = view.neighbourhood([ana.id]).links
    assert [(document, row) for document, row, *_ in link.sources] == [("socios.csv", n) for n in (2, 3, 4)]
    (link,) = view.paths(ana.id, acme.id)[0].links
    assert len(link.sources) == 3


def test_the_locked_and_those_of_no_agency_are_refused(store: Store) -> None:
    deliver(store, case(store))
    views = [store.view(ANA), store.view(BIA)]
    assert store.terms().agencies == {"AR-MPF", "BR-MPF", "CL-FN"} and store.terms().locked == frozenset()
    store.keep("lock", {"actor:ar:ana": {"by": "ar:op"}, "agency:CL-FN": {"by": "ar:op"}}, seen=True)
    assert store.terms().locked == {"actor:ar:ana", "agency:CL-FN"}
    assert [a.code for a in store.open_agencies()] == ["AR-MPF", "BR-MPF"]
    for attempt in (lambda: store.actor("ar:ana"), views[0].scope, lambda: store.view(CARO)):
        with pytest.raises(AccessDenied) as error:
            attempt()
        assert error.value.key == "access.locked"
    views[1].scope()
    with pytest.raises(AccessDenied):
        store.view(Actor("xx:no", "XX-NO", casework.ROLES))
    store.keep("lock", {"actor:ar:ana": None}, seen=True)
    assert store.actor("ar:ana") == ANA and views[0].scope().sights


def test_a_lifted_mask_opens_every_read_to_its_receiver_until_it_ends(store: Store) -> None:
    deliver(store, protected(store), Release("BR-MPF", "full"), Release("CL-FN", "full"))
    vic, sus = ref(store, "vic"), ref(store, "sus")
    view, other = store.view(BIA), store.view(CARO)
    before = store.nodes(other.scope()), store.all_links(other.scope())
    masked = view.neighbourhood([ref(store, "case")]).nodes
    dataset = store.datasets()[0].number
    body = {"dataset": dataset, "records": [vic, ref(store, "r1")], "to": "BR-MPF", "until": "2026-12-31"}
    store.keep("lift", {"x": body}, seen=True)
    assert store.terms().lifts == [Lift(dataset, r, "BR-MPF", "2026-12-31") for r in body["records"]]  # type: ignore[attr-defined]
    scope = view.scope()
    assert scope.overrides == {vic: OWN, ref(store, "r1"): OWN} and scope.level(dataset) == FULL
    assert {mask for _, _, _, mask in store.nodes(scope)} == {""}
    [raw] = store.fetch(scope, [vic])
    assert raw.level == OWN and len(raw.packs) >= 1
    assert [i for i, _ in store.find(scope, ["vera"], ())] == [vic]
    assert sorted(k.relation for k in store.all_links(scope)) == ["CASE_ROLE", "CASE_ROLE", "FAMILY"]
    assert sorted({c.record for c in store.all_carried(scope)}) == sorted([vic, sus])
    assert view.entity(vic).caption == "Vera Cruz"
    for link in view.neighbourhood([vic]).links:  # each opens by the id it is given under
        assert link.record.startswith("i") or view.records([link.record])
    assert (store.nodes(other.scope()), store.all_links(other.scope())) == before
    store.keep("lift", {"x": {**body, "until": "2026-11-24"}}, seen=True)
    assert view.neighbourhood([ref(store, "case")]).nodes == masked
    with pytest.raises(NotFound):
        view.entity(vic)
    assert store.find(view.scope(), ["vera"], ()) == []
