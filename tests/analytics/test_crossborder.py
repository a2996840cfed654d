"""The kinds of flags on small deliveries: who is told what, in which words, and for how long."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import casework
import pytest

from analytics.crossborder.flags import HIT, KINDS, Flag
from analytics.crossborder.reader import flags
from analytics.crossborder.run import run
from graph.access import Actor, Agency
from graph.delivery import Release
from graph.i18n import LANGUAGES
from graph.identity import Pair, Reason
from graph.judging import judge, undo
from graph.statement import Delivered
from graph.store import open_store
from graph.store.base import Store

ANA, BIA, CARO = casework.ANA, casework.BIA, casework.CARO
FULL = (Release("*", "full"),)
IDENTITY = (Release("*", "identity"),)
HITS = (Release("*", "hit"),)
PHONE = "+5491100000001"
Make = Callable[..., Delivered]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = casework.found(open_store(f"sqlite:///{tmp_path / 'x.db'}"))
    store.clock = lambda: datetime(2026, 11, 25, 12, tzinfo=UTC)
    return store


def of(store: Store, actor: Actor, dataset: str) -> tuple[Make, Callable[[str], str]]:
    """(maker of records, maker of their ids) of one dataset."""
    make = lambda key, schema="Person", **props: casework.record(  # noqa: E731
        store, actor.agency, dataset, key, schema, **props
    )
    return make, lambda key: store.ids.record(actor.agency, dataset, key)


def pair(store: Store, a: str, b: str, score: float = 0.9, state: str = "automatic") -> Pair:
    left, right = sorted((a, b))
    return Pair(left, right, score, state, (Reason("documents.same", "1", "1", 4.0),))


def told(store: Store, actor: Actor, kind: str = "") -> list[Flag]:
    return [f for f in flags(store.view(actor)) if kind in ("", f.kind)]


def two_people(store: Store, ar: tuple[Release, ...] = FULL, br: tuple[Release, ...] = FULL) -> tuple[str, str]:
    """Juan in AR and João in BR, with nothing in common but what a test adds."""
    a, a_id = of(store, ANA, "ar1")
    b, b_id = of(store, BIA, "br1")
    casework.deliver(store, ANA, "ar1", [a("1", name="Juan Pérez")], ar)
    casework.deliver(store, BIA, "br1", [b("1", name="João Peres Lima")], br)
    return a_id("1"), b_id("1")


# --- the same person ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["automatic", "proposed", "confirmed"])
def test_the_same_person_is_told_to_both_sides_in_the_words_of_its_state(store: Store, state: str) -> None:
    left, right = two_people(store)
    store.save_pairs([pair(store, left, right, state="proposed" if state == "proposed" else "automatic")], "m")
    if state == "confirmed":
        judge(store, ANA, left, right, "same")
        judge(store, BIA, left, right, "same")
    run(store)
    for actor in (ANA, BIA):
        (flag,) = told(store, actor)
        assert (flag.kind, flag.reason.key) == ("same_entity", f"flag.same_entity.{state}")
        assert flag.inferred == (state != "confirmed")
        assert flag.raw == (1.0 if state == "confirmed" else 0.9)
        assert {(s.owner, s.dataset, s.records) for s in flag.sides} == {
            ("AR-MPF", "ar1", (left,)),
            ("BR-MPF", "br1", (right,)),
        }
        assert flag.sides[0].owner == actor.agency
        assert flag.cross_border
        assert "Lima" in flag.words("es")
    assert told(store, CARO) == []


def test_a_proposal_that_is_accepted_keeps_its_flag(store: Store) -> None:
    left, right = two_people(store)
    seen = []
    store.save_pairs([pair(store, left, right, 0.8, "proposed")], "m")
    run(store, at="2026-01-01T00:00:00+00:00")
    seen += told(store, ANA)
    store.save_pairs([pair(store, left, right, 0.9)], "m")
    assert run(store, at="2026-01-02T00:00:00+00:00")["updated"] == 2
    seen += told(store, ANA)
    number = judge(store, ANA, left, right, "same")
    run(store)
    seen += told(store, ANA)
    assert len({f.id for f in seen}) == 1
    assert [f.reason.key.rpartition(".")[2] for f in seen] == ["proposed", "automatic", "confirmed"]
    assert [f.state for f in seen] == ["new", "updated", "updated"]
    assert {f.first_seen for f in seen} == {"2026-01-01T00:00:00+00:00"}
    undo(store, ANA, number)
    run(store)
    assert told(store, ANA)[0].reason == seen[1].reason
    judge(store, ANA, left, right, "different")
    run(store)
    assert told(store, ANA) == []
    assert len(told(store, BIA)) == 1  # AR's word holds in AR's view


def test_a_weak_proposal_is_not_raised_and_a_shared_phone_strengthens_one(store: Store) -> None:
    a, a_id = of(store, ANA, "ar1")
    b, b_id = of(store, BIA, "br1")
    casework.deliver(store, ANA, "ar1", [a("1", name="Juan"), a("2", name="Ana", phone=PHONE)], FULL)
    casework.deliver(store, BIA, "br1", [b("1", name="João"), b("2", name="Anna", phone=PHONE)], FULL)
    store.save_pairs([pair(store, a_id(k), b_id(k), 0.4, "proposed") for k in "12"], "m")
    run(store)
    (flag,) = told(store, ANA)  # one flag for the two: the phone is a reason of it
    assert flag.kind == "same_entity"
    assert flag.parts == {"identity": 0.4, "phone": 0.85}
    assert flag.raw == 0.91
    assert PHONE in flag.words("es")


def test_services_of_one_country_are_told_apart_from_countries(store: Store) -> None:
    sur = Actor("ar:sur", "AR-SUR", ANA.roles)
    store.save_federation([Agency("AR-SUR", "Fiscalía del Sur", "AR")], [sur], [])
    left, _ = two_people(store)
    make, key = of(store, sur, "sur1")
    casework.deliver(store, sur, "sur1", [make("1", name="Juan Pérez")], FULL)
    store.save_pairs([pair(store, left, key("1"))], "m")
    run(store)
    (flag,) = told(store, ANA)
    assert not flag.cross_border
    assert flag.as_json()["cross_border"] is False
    assert "servicios de un mismo país" in flag.words("es")
    assert told(store, BIA) == []


def test_of_an_entity_known_to_two_others_each_is_a_flag(store: Store) -> None:
    left, right = two_people(store)
    make, key = of(store, CARO, "cl1")
    casework.deliver(store, CARO, "cl1", [make("1", name="Juan Perez")], FULL)
    # AR and CL are tied through BR only
    store.save_pairs([pair(store, left, right), pair(store, right, key("1"), 0.95)], "m")
    run(store)
    assert {tuple(s.owner for s in f.sides) for f in told(store, ANA, "same_entity")} == {
        ("AR-MPF", "BR-MPF"),
        ("AR-MPF", "CL-FN"),
    }
    casework.deliver(store, BIA, "br1", [], (), revision=2)  # what tied them is gone: both are hidden at once
    assert told(store, ANA) == []


# --- identifiers, links, routes, money ----------------------------------------------------------------------------


def test_a_flag_rests_on_the_record_that_ties_the_two(store: Store) -> None:
    """Withdrawn, it takes the flag along at once, though neither side nor the name shown is its own."""
    made = {}
    for actor, name, said in ((ANA, "ar1", "Juan Pérez"), (BIA, "br1", "J. Peres"), (CARO, "cl1", "Juan Pérez")):
        make, ident = of(store, actor, name)
        casework.deliver(store, actor, name, [make("1", name=said)], FULL)
        made[name] = ident("1")
    store.save_pairs([pair(store, made["ar1"], made["br1"]), pair(store, made["br1"], made["cl1"])], "m")
    run(store)
    assert {f.sides[-1].owner for f in told(store, ANA, "same_entity")} == {"BR-MPF", "CL-FN"}
    between = next(d for d in store.datasets() if d.name == "br1")
    store.replace_grants(between.number, [])
    assert told(store, ANA) == told(store, CARO) == []


def test_a_shared_phone_ties_its_users_not_the_lines(store: Store) -> None:
    a, a_id = of(store, ANA, "ar1")
    b, b_id = of(store, BIA, "br1")
    people = [
        a("1", name="Juan", phone=PHONE),
        a("line", "PhoneNumber", number=PHONE, user=a_id("1")),
        a("2", name="Eva", phone="+5491100000002"),
    ]
    casework.deliver(store, ANA, "ar1", people, FULL)
    casework.deliver(
        store, BIA, "br1", [b("line", "PhoneNumber", number=PHONE, user=b_id("1")), b("1", name="Bia")], FULL
    )
    run(store)
    (flag,) = told(store, ANA)
    assert flag.kind == "shared_identifier"
    assert flag.parts == {"phone": 0.85}
    assert [s.entity for s in flag.sides] == [a_id("1"), b_id("1")]
    assert "«Juan»" in flag.words("es") and "«Bia»" in flag.words("es") and PHONE in flag.words("es")


def test_what_many_share_counts_less_and_above_the_cap_nothing(store: Store) -> None:
    b, _ = of(store, BIA, "br1")
    casework.deliver(store, BIA, "br1", [b("1", name="Bia", phone=PHONE)], FULL)
    scores = []
    for revision, clients in enumerate((1, 2, 4, 30), start=1):
        a, _ = of(store, ANA, "ar1")
        records = [a(str(n), name=f"Cliente {n}", phone=PHONE) for n in range(clients)]
        casework.deliver(store, ANA, "ar1", records, FULL, revision=revision)
        counts = run(store)
        scores.append({f.score for f in told(store, ANA)})
    assert [len(s) for s in scores] == [1, 1, 0, 0]  # the lawyer's phone tells nothing
    assert max(scores[0]) > max(scores[1])
    assert counts["common"] == 3  # once for each of the three that see it: what a cap hides is counted


def test_shared_identifiers_of_two_people_are_one_flag(store: Store) -> None:
    a, _ = of(store, ANA, "ar1")
    b, _ = of(store, BIA, "br1")
    shared = {"phone": PHONE, "email": "x@example.org"}
    casework.deliver(store, ANA, "ar1", [a("1", name="Juan", **shared)], FULL)
    casework.deliver(store, BIA, "br1", [b("1", name="Bia", **shared)], FULL)
    run(store)
    (flag,) = told(store, ANA)
    assert flag.parts == {"phone": 0.85, "email": 0.85}
    assert flag.raw == 0.9775


def test_a_link_of_another_case_crosses_at_a_person_of_mine(store: Store) -> None:
    a, a_id = of(store, ANA, "ar1")
    b, b_id = of(store, BIA, "br1")
    casework.deliver(store, ANA, "ar1", [a("1", name="Juan Pérez")], FULL)
    kin = b("k", "Family", person=b_id("1"), relative=b_id("2"), relationship="irmão")
    case = [b("c", "Investigation", name="Caso"), b("r", "CaseRole", person=b_id("1"), investigation=b_id("c"))]
    casework.deliver(store, BIA, "br1", [b("1", name="João Peres"), b("2", name="Bia Lima"), kin, *case], FULL)
    store.save_pairs([pair(store, a_id("1"), b_id("1"))], "m")
    run(store)
    (flag,) = told(store, ANA, "crossing_link")
    assert flag.parts == {"link": 0.8, "identity": 0.9, "rarity": 1.0}
    assert {s.entity for s in flag.sides} == {min(a_id("1"), b_id("1")), b_id("2")}
    assert "parentesco" in flag.words("es") and "Bia Lima" in flag.words("es")
    assert len(told(store, BIA, "crossing_link")) == 1  # BR's own link crosses as well
    # a strong proposal carries it as a hypothesis, a weaker one not at all
    store.save_pairs([pair(store, a_id("1"), b_id("1"), 0.95, "proposed")], "m")
    run(store)
    (maybe,) = told(store, ANA, "crossing_link")
    assert maybe.id == flag.id
    assert maybe.reason.key == "flag.crossing_link.proposed"
    store.save_pairs([pair(store, a_id("1"), b_id("1"), 0.7, "proposed")], "m")
    run(store)
    assert told(store, ANA, "crossing_link") == []


def leg(make: Make, key: Callable[[str], str], name: str, **props: str) -> list[Delivered]:
    return [make(name, "Route", name=name.upper()), make(f"{name}-1", "RouteLeg", route=key(name), **props)]


@pytest.mark.parametrize(
    ("mine", "theirs", "parts"),
    [
        ({"containerNumber": "ABCU1234560"}, {"containerNumber": "ABCU 123456-0"}, {"container": 0.9}),
        (
            {"carrier": "Naviera Sol S.A.", "toPlace": "Santos", "toPlaceCode": "BRSSZ", "arrival": "2026-03-01"},
            {"carrier": "NAVIERA SOL SA", "toPlace": "Puerto", "toPlaceCode": "brssz", "arrival": "2026-03-04T10:00"},
            {"carrier": 0.4, "place": 0.25},
        ),
        (
            {"place": "Asunción", "toPlace": "Itajaí", "departure": "2026-03-01", "carrierNumber": "XY 123"},
            {"place": "ASUNCION", "toPlace": "Itajai", "departure": "2026-03-02", "carrierNumber": "XY123"},
            {"leg": 0.35, "voyage": 0.4},
        ),
        (
            {"place": "Asunción", "departure": "2026-03-01", "carrier": "Linea"},
            {"place": "Asunción", "departure": "2026-03-09", "carrier": "Linea"},
            None,  # the same carrier a week apart
        ),
        ({"place": "Asunción", "departure": "2026-03-01"}, {"place": "Asunción", "departure": "2026-03-01"}, None),
    ],
)
def test_routes_that_meet(
    store: Store, mine: dict[str, str], theirs: dict[str, str], parts: dict[str, float] | None
) -> None:
    casework.deliver(store, ANA, "ar1", leg(*of(store, ANA, "ar1"), "r1", **mine), FULL)
    casework.deliver(store, BIA, "br1", leg(*of(store, BIA, "br1"), "b1", **theirs), FULL)
    run(store)
    found = told(store, ANA)
    assert [f.parts for f in found] == ([parts] if parts else [])
    for flag in found:
        assert flag.kind == "shared_route"
        assert "«R1»" in flag.words("es") and "«B1»" in flag.words("es")


def test_routes_by_one_ship_meet(store: Store) -> None:
    for actor, name in ((ANA, "ar1"), (BIA, "br1")):
        make, key = of(store, actor, name)
        ship = make("ship", "Vessel", name="Aurora", imoNumber="9074729")
        casework.deliver(store, actor, name, [ship, *leg(make, key, "r", vehicle=key("ship"))], FULL)
    run(store)
    (flag,) = told(store, ANA, "shared_route")
    assert flag.parts == {"means": 0.8}


def test_money_through_an_account_of_another_case(store: Store) -> None:
    a, a_id = of(store, ANA, "ar1")
    b, b_id = of(store, BIA, "br1")
    ends = {"payer": a_id("1"), "beneficiary": a_id("2"), "beneficiaryAccount": a_id("acc")}
    casework.deliver(
        store,
        ANA,
        "ar1",
        [
            a("1", name="Juan"),
            a("2", name="Titular"),
            a("acc", "BankAccount", accountNumber="0110599"),
            a("pay", "Payment", amount="100", **ends),
        ],
        FULL,
    )
    held = b("own", "Ownership", owner=b_id("1"), asset=b_id("acc"))
    casework.deliver(
        store, BIA, "br1", [b("1", name="Bia"), b("acc", "BankAccount", accountNumber="0110599"), held], FULL
    )
    run(store)
    (flag,) = told(store, ANA)  # not said again as a shared identifier
    assert (flag.kind, flag.raw) == ("money", 0.8)
    assert [s.entity for s in flag.sides] == [a_id("1"), b_id("1")]
    assert "0110599" in flag.words("pt") and "«Bia»" in flag.words("pt")
    (other,) = told(store, BIA)
    assert other.kind == "money"
    # without the payment it is a shared identifier
    casework.deliver(store, ANA, "ar1", [a("acc", "BankAccount", accountNumber="0110599")], FULL, revision=2)
    run(store)
    assert [f.kind for f in told(store, ANA)] == ["shared_identifier"]


# --- hits ---------------------------------------------------------------------------------------------------------


def test_a_hit_says_agency_contact_and_kind_of_match_and_nothing_more(store: Store) -> None:
    a, a_id = of(store, ANA, "ar1")
    casework.deliver(store, ANA, "ar1", [a("1", name="Juan Pérez", phone=PHONE)])
    b, _ = of(store, BIA, "br1")
    contact = {"contact": {"name": "Unidade X", "email": "x@example.org"}}
    casework.deliver(store, BIA, "br1", [b("1", name="Secreto Total", phone=PHONE)], HITS, **contact)
    run(store)
    (flag,) = told(store, ANA)
    assert flag.kind == HIT
    assert flag.as_json()["sides"] == [
        {"owner": "AR-MPF", "dataset": "ar1", "entity": a_id("1")},
        {"owner": "BR-MPF", "dataset": "", "entity": "hit"},
    ]
    assert flag.parts == {"phone": 0.55}
    assert "Unidade X, x@example.org" in flag.words("es")
    stored = store.view(ANA).flags()
    # more of it, and another case of theirs, change not a byte
    more = [b(str(n), name=f"Secreto {n}", phone=PHONE) for n in range(9)]
    casework.deliver(store, BIA, "br1", more, HITS, revision=2, **contact)
    b2, _ = of(store, BIA, "br2")
    casework.deliver(store, BIA, "br2", [b2("1", name="Otro Secreto", phone=PHONE)], HITS, **contact)
    run(store)
    assert [(f.id, f.body, f.digest) for f in store.view(ANA).flags()] == [(f.id, f.body, f.digest) for f in stored]
    assert "Secreto" not in stored[0].body and "br1" not in stored[0].body


def test_a_hit_on_a_number_that_half_the_case_carries_is_not_raised(store: Store) -> None:
    a, _ = of(store, ANA, "ar1")
    casework.deliver(store, ANA, "ar1", [a(str(n), name=f"Cliente {n}", phone=PHONE) for n in range(8)])
    b, _ = of(store, BIA, "br1")
    casework.deliver(store, BIA, "br1", [b("1", name="Bia", phone=PHONE)], HITS)
    run(store)
    assert told(store, ANA) == []


def test_a_hit_ends_with_its_release(store: Store) -> None:
    a, _ = of(store, ANA, "ar1")
    casework.deliver(store, ANA, "ar1", [a("1", name="Juan", phone=PHONE)])
    b, _ = of(store, BIA, "br1")
    casework.deliver(store, BIA, "br1", [b("1", name="Bia", phone=PHONE)], (Release("*", "hit", "2026-12-01"),))
    run(store)
    assert len(told(store, ANA)) == 1
    store.clock = lambda: datetime(2026, 12, 2, 0, 0, 1, tzinfo=UTC)
    assert told(store, ANA) == []  # before any run


def test_a_hit_in_two_cases_outlives_one_of_them(store: Store) -> None:
    a, _ = of(store, ANA, "ar1")
    casework.deliver(store, ANA, "ar1", [a("1", name="Juan", phone=PHONE)])
    for name in ("br1", "br2"):
        b, _ = of(store, BIA, name)
        casework.deliver(store, BIA, name, [b("1", name="Bia", phone=PHONE)], HITS)
    run(store, at="2026-01-01T00:00:00+00:00")
    (before,) = told(store, ANA)
    store.withdraw(2)
    assert told(store, ANA) == []
    assert run(store)["updated"] == 1
    (after,) = told(store, ANA)
    assert (after.id, after.digest, after.first_seen) == (before.id, before.digest, before.first_seen)
    assert run(store)["updated"] == 0
    store.withdraw(3)
    assert run(store)["withdrawn"] == 1
    assert told(store, ANA) == []


# --- who is told --------------------------------------------------------------------------------------------------


def test_what_is_masked_raises_nothing_for_others(store: Store) -> None:
    a, _ = of(store, ANA, "ar1")
    b, b_id = of(store, BIA, "br1")
    casework.deliver(store, ANA, "ar1", [a("1", name="Juan", phone=PHONE)], FULL)
    victim = b("1", name="Vítima", phone=PHONE, mask="victim")
    case = [
        b("c", "Investigation", name="Caso"),
        b("r", "CaseRole", person=b_id("1"), investigation=b_id("c"), mask="victim"),
    ]
    casework.deliver(store, BIA, "br1", [victim, *case], FULL)
    run(store)
    assert told(store, ANA) == []
    assert [f.kind for f in told(store, BIA)] == ["shared_identifier"]  # its owner is told
    casework.deliver(store, BIA, "br1", [victim, *case], HITS, revision=2)
    run(store)
    assert told(store, ANA) == []


def test_a_flag_is_seen_only_with_the_level_it_rests_on(store: Store) -> None:
    a, _ = of(store, ANA, "ar1")
    b, _ = of(store, BIA, "br1")
    casework.deliver(store, ANA, "ar1", [a("1", name="Juan", phone=PHONE)], FULL)
    casework.deliver(store, BIA, "br1", [b("1", name="Bia", phone=PHONE)], FULL)
    run(store)
    assert len(told(store, ANA)) == 1
    store.replace_grants(2, [])
    assert told(store, ANA) == []
    casework.deliver(store, BIA, "br1", [b("1", name="Bia", phone=PHONE)], IDENTITY, revision=2)
    assert told(store, ANA) == []  # a person's phone is no part of identity
    assert run(store)["withdrawn"] == 1  # AR's; BR's own view is what it was
    assert len(told(store, BIA)) == 1


def test_an_operator_sees_no_flag_and_the_development_actor_everybodys(store: Store) -> None:
    left, right = two_people(store)
    store.save_pairs([pair(store, left, right)], "m")
    run(store)
    assert told(store, casework.OPERATOR) == []
    assert sorted(f.agency for f in told(store, casework.EVERYONE)) == ["AR-MPF", "BR-MPF"]


# --- again and again ----------------------------------------------------------------------------------------------


def everything(store: Store) -> None:
    """A store in which every kind is raised for AR."""
    a, a_id = of(store, ANA, "ar1")
    b, b_id = of(store, BIA, "br1")
    ends = {"payer": a_id("2"), "beneficiary": a_id("3"), "payerAccount": a_id("acc")}
    mine = [
        a("1", name="Juan Pérez"),
        a("2", name="Ana", phone=PHONE),
        a("3", name="Leo", email="leo@example.org"),
        a("acc", "BankAccount", accountNumber="0110599"),
        a("pay", "Payment", **ends),
        *leg(a, a_id, "r1", containerNumber="ABCU1234560"),
    ]
    theirs = [
        b("1", name="João Peres"),
        b("2", name="Bia", phone=PHONE),
        b("k", "Family", person=b_id("1"), relative=b_id("2")),
        b("acc", "BankAccount", accountNumber="0110599"),
        *leg(b, b_id, "b1", containerNumber="ABCU1234560"),
    ]
    casework.deliver(store, ANA, "ar1", mine, FULL)
    casework.deliver(store, BIA, "br1", theirs, FULL)
    c, _ = of(store, CARO, "cl1")
    casework.deliver(store, CARO, "cl1", [c("1", name="Z", email="leo@example.org")], HITS)
    store.save_pairs([pair(store, a_id("1"), b_id("1"))], "m")


def test_every_kind_speaks_three_languages_without_a_bare_key(store: Store) -> None:
    everything(store)
    run(store)
    found = told(store, ANA)
    assert {f.kind for f in found} == set(KINDS)
    for flag in found:
        texts = {flag.words(lang) for lang in LANGUAGES}
        assert len(texts) == 3
        for text in texts:
            assert "flag." not in text and "schema." not in text and "{" not in text and "«»" not in text
        body = flag.as_json("en")
        assert {"kind", "score", "sides", "reason", "state", "first_seen", "cross_border"} <= body.keys()
        assert 0 < flag.score <= 1
        assert len({flag.title(lang) for lang in LANGUAGES}) == 3
        assert {d[0] for d in flag.data} <= {"AR-MPF", "BR-MPF"}


def test_running_again_raises_nothing_and_a_lost_ground_withdraws(store: Store) -> None:
    everything(store)
    first = run(store)
    before = store.view(ANA).flags()
    again = run(store)
    assert first["new"] > 0 and again["new"] == again["updated"] == again["withdrawn"] == 0
    assert again["unchanged"] == first["new"]
    assert store.view(ANA).flags() == before
    store.withdraw(2)
    gone = run(store)
    assert {f.kind for f in told(store, ANA)} == {HIT}
    assert gone["withdrawn"] > 0
    assert run(store)["withdrawn"] == 0  # told once


def test_only_the_agencies_asked_for_are_touched(store: Store) -> None:
    everything(store)
    assert run(store, ["AR-MPF"])["agencies"] == 1
    assert told(store, ANA)
    assert told(store, BIA) == []


def test_a_flag_that_comes_back_is_the_same_flag(store: Store) -> None:
    left, right = two_people(store)
    store.save_pairs([pair(store, left, right)], "m")
    run(store, at="2026-01-01T00:00:00+00:00")
    (before,) = told(store, ANA)
    store.save_pairs([], "m")
    assert run(store)["withdrawn"] == 2
    store.save_pairs([pair(store, left, right)], "m")
    run(store)
    (after,) = told(store, ANA)
    assert (after.id, after.first_seen, after.digest) == (before.id, before.first_seen, before.digest)
