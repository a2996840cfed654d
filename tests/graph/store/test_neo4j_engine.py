"""What holds of the Neo4j engine alone: a graph people can read, a server that is away, loads side by side."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from typing import Any

import casework
import pytest
import worlds

from graph.delivery import Release
from graph.errors import StoreError, StoreUnavailable
from graph.identity import Judgement, Pair
from graph.model import link_types, property_links
from graph.packing import Packed, PackedLink, identifier_kinds
from graph.store import Store, open_store
from graph.store.neo4j_rows import PAIR_TYPES, VERDICT_TYPES, link_relations, queries, spans
from graph.store.neo4j_steps import forget

ANA, BIA = casework.ANA, casework.BIA
PHONE = "+5491123456789"
SCANS = {"AllNodesScan", "NodeByLabelScan", "DirectedAllRelationshipsScan", "UndirectedAllRelationshipsScan"}


@pytest.fixture
def store(empty: Callable[[str], Store], neo4j_server: Any) -> Store:
    return casework.found(empty("neo4j"))


def ask(store: Store, query: str, **params: Any) -> list[Any]:
    with store._driver.session() as session:  # type: ignore[attr-defined]
        return [row.values() for row in session.run(query, params)]


def case(store: Store, revision: int = 1, name: str = "Ana Paz") -> list[str]:
    ana = casework.record(store, "AR-MPF", "litoral", "ana", name=name, phone=PHONE)
    firm = casework.record(store, "AR-MPF", "litoral", "acme", "Company", name="Acme SA", phone=PHONE)
    owns = casework.record(store, "AR-MPF", "litoral", "o", "Ownership", owner=ana.id, asset=firm.id)
    casework.deliver(store, ANA, "litoral", [ana, firm, owns], (Release("BR-MPF", "full"),), revision)
    return [ana.id, firm.id, owns.id]


def test_a_person_in_neo4j_browser_understands_the_graph(store: Store) -> None:
    ana, firm, owns = case(store)
    other = casework.record(store, "BR-MPF", "b", "x", name="Ana Páz")
    casework.deliver(store, BIA, "b", [other])
    left, right = sorted((ana, other.id))
    store.save_pairs([Pair(left, right, 0.7, "proposed")], "m")
    shape = ask(store, "MATCH (a:Person {id: $id})-[k]->(b) RETURN type(k), labels(b), b.caption, b.value", id=ana)
    assert ["OWNERSHIP", ["Record", "Company"], "Acme SA", None] in shape
    assert ["HAS_PHONE", ["Identifier", "Phone"], None, "5491123456789"] in shape
    [[labels, dataset]] = ask(store, "MATCH (r:Record {id: $id}) RETURN labels(r), r.dataset", id=owns)
    assert (sorted(labels), dataset) == (["EdgeRecord", "Ownership", "Record"], "AR-MPF/litoral")
    assert ask(
        store, "MATCH (:Person {id: $a})-[p:POSSIBLY_SAME]->(:Person {id: $b}) RETURN p.score", a=left, b=right
    ) == [[0.7]]
    owners = {ana: "AR-MPF", other.id: "BR-MPF"}
    for agency in ("AR-MPF", "BR-MPF"):
        store.log_judgement(Judgement(0, left, right, "same", agency, agency, "t"), (owners[left], owners[right]))
    ties = ask(
        store,
        "MATCH (:Record {id: $a})-[k]->(:Record {id: $b}) RETURN type(k), k.agency",
        a=left,
        b=right,
    )
    assert sorted(ties, key=repr) == [
        ["JUDGED_SAME", "AR-MPF"], ["JUDGED_SAME", "BR-MPF"], ["POSSIBLY_SAME", None], ["SAME_AS", "*"],
    ]  # fmt: skip
    path = "MATCH (a:Agency {code: 'AR-MPF'})-[:OWNS]->(d:Dataset)-[:RECEIVED]->(e:Delivery) RETURN d.name, e.state"
    assert ask(store, path) == [["litoral", "current"]]
    assert ask(store, "MATCH (:Dataset {name: 'litoral'})-[:RELEASED]->(g:Grant) RETURN g.to") == [["BR-MPF"]]
    assert ask(store, "MATCH (:Actor {id: 'ar:ana'})-[:WORKS_FOR]->(a)-[:MEMBER_OF]->(t:Team) RETURN a.code, t.id") == [
        ["AR-MPF", "eci"]
    ]


def test_the_caption_people_see_is_the_newest_and_no_read_rests_on_it(store: Store) -> None:
    ana, *_ = case(store)
    case(store, 2, "Ana Nueva")
    assert ask(store, "MATCH (r:Record {id: $id}) RETURN r.caption", id=ana) == [["Ana Nueva"]]
    before = store.view(BIA).neighbourhood([ana])
    ask(
        store,
        "MATCH (r:Record) SET r.caption = 'x', r.dataset = 'y' REMOVE r:Person, r:Company, r:EdgeRecord, r:Ownership",
    )
    ask(store, "MATCH (g:Grant) DETACH DELETE g")
    again = store.view(BIA).neighbourhood([ana])
    assert (again.nodes, again.links) == (before.nodes, before.links)


def test_relationship_types_are_told_apart() -> None:
    carried = {kind["relation"] for kind in identifier_kinds().values()}
    ours = {*PAIR_TYPES, *VERDICT_TYPES, "LATER", "ABOUT", "RESTS_ON", "RECEIVED", "RELEASED", "REFUSED", "OWNS"}
    assert not set(link_relations()) & carried and not (set(link_relations()) | carried) & ours
    drawn = {link.relation for table in (link_types(), property_links()) for link in table.values()}
    assert drawn <= set(link_relations())


def test_only_known_relations_get_into_a_query(store: Store) -> None:
    ana, firm, _ = case(store)
    for schema, relation in (("Ownership", "X`]->() DETACH DELETE a //"), ("Nonsense", "OWNERSHIP")):
        link = PackedLink(relation, schema, "", ana, firm, True, 3, "", "", "", "[]")
        bad = Packed("r" + "1" * 32, schema, "", 3, b"x" * 16, "c", links=[link])
        with pytest.raises(StoreError), store.deliver(ANA, casework.manifest("AR-MPF", "litoral", 2)) as delivery:
            store.write(delivery._dataset, delivery._number, [bad])
    assert len(store.nodes(store.scope(BIA))) == 2


def test_values_are_never_part_of_a_query(store: Store) -> None:
    odd = "Ana') DETACH DELETE (n) //` $p {x: 1} \\u0027 }] RETURN"
    who = casework.record(store, "AR-MPF", "litoral", "x", name=odd, alias=("`", "'", '"', "\\", "\u2028"))
    casework.deliver(store, ANA, "litoral", [who])
    assert store.view(ANA).entity(who.id).values("name") == [odd]
    assert store.view(ANA).search(odd).total == 1


@pytest.mark.parametrize("scheme", ["bolt", "neo4j"])
def test_a_server_that_is_away_is_told_within_five_seconds(scheme: str) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    started = time.monotonic()
    with pytest.raises(StoreUnavailable):
        open_store(f"{scheme}://127.0.0.1:{port}", user="neo4j", password="x")
    assert time.monotonic() - started < 5


def test_a_server_that_accepts_and_says_nothing_is_told_within_five_seconds() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        started = time.monotonic()
        with pytest.raises(StoreUnavailable):
            open_store(f"bolt://127.0.0.1:{silent.getsockname()[1]}", user="neo4j", password="x")
        assert time.monotonic() - started < 5


def test_a_wrong_password_is_told_without_the_password(neo4j_server: Any) -> None:
    with pytest.raises(StoreUnavailable) as told:
        open_store(neo4j_server.uri, user=neo4j_server.user, password="not-the-password")
    assert "not-the-password" not in str(told.value)


def test_loads_side_by_side_that_share_numbers_all_arrive(store: Store) -> None:
    names = [f"caso-{n}" for n in range(3)]
    failed: list[BaseException] = []

    def load(name: str) -> None:
        try:
            people = [
                casework.record(store, "AR-MPF", name, str(n), name=f"P {n}", phone=f"+549112345{n:04d}")
                for n in range(60)
            ]
            with store.deliver(ANA, casework.manifest("AR-MPF", name)) as delivery:
                for start in range(0, 60, 20):
                    delivery.add(people[start : start + 20])
                delivery.publish()
        except BaseException as error:
            failed.append(error)
            raise

    threads = [threading.Thread(target=load, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert len(store.nodes(store.scope(ANA))) == 180
    carried = store.all_carried(store.scope(ANA))
    assert len(carried) == 180 and len({c.identifier for c in carried}) == 60


def test_taking_a_load_back_may_stop_half_way(store: Store) -> None:
    ids = case(store)
    before = store.view(BIA).neighbourhood([ids[0]])
    delivery = store.deliver(ANA, casework.manifest("AR-MPF", "litoral", 2)).__enter__()
    changed = casework.record(store, "AR-MPF", "litoral", "ana", name="Otra", phone="+5511987654321")
    delivery.add([changed, casework.record(store, "AR-MPF", "litoral", "new", name="Nueva")])
    store._write(lambda run: forget(run, delivery._number), gate=False)  # type: ignore[attr-defined]
    store.abandon(delivery._dataset, delivery._number)
    store.abandon(delivery._dataset, delivery._number)
    after = store.view(BIA).neighbourhood([ids[0]])
    assert (after.nodes, after.links) == (before.nodes, before.links)
    assert (
        ask(store, "MATCH (v:Version) RETURN count(v)")
        == [[0]]
        == ask(store, "MATCH (i:Identifier {value: '5511987654321'}) RETURN count(i)")
    )
    assert ask(store, "MATCH (r:Record) RETURN count(r)") == [[3]]


def test_a_record_twice_in_one_delivery_is_refused(store: Store) -> None:
    who = casework.record(store, "AR-MPF", "litoral", "x", name="Ana")
    with (
        pytest.raises(ValueError, match="twice"),
        store.deliver(ANA, casework.manifest("AR-MPF", "litoral")) as delivery,
    ):
        delivery.add([who])
        delivery.add([who])
    assert store.nodes(store.scope(ANA)) == []


def test_a_record_of_another_dataset_is_refused(store: Store) -> None:
    ana, *_ = case(store)
    who = casework.record(store, "AR-MPF", "litoral", "ana", name="Robada")
    with pytest.raises(StoreError), store.deliver(BIA, casework.manifest("BR-MPF", "b")) as delivery:
        delivery.add([who])
    assert store.view(BIA).entity(ana).caption == "Ana Paz"


def test_a_release_is_read_with_its_own_delivery(store: Store) -> None:
    """Readers during many publishes: whatever is current in the terms, its grants are those it was delivered with."""
    case(store)
    wrong: list[object] = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            datasets, grants, *_ = store.terms()
            receivers = [g.to for g in grants]
            if receivers != (["BR-MPF"] if datasets[0].revision % 2 else ["CL-FN"]):
                wrong.append((datasets[0].revision, receivers))

    reader = threading.Thread(target=read)
    reader.start()
    try:
        for revision in range(2, 12):
            to = "BR-MPF" if revision % 2 else "CL-FN"
            casework.deliver(store, ANA, "litoral", [], (Release(to, "full"),), revision, mode="add")
    finally:
        done.set()
        reader.join()
    assert wrong == []


@pytest.mark.parametrize(
    "name", ["fetch", "links_of", "carried_by", "carriers", "pairs_of", "opinions_of", "scan", "current_ids"]
)
def test_reads_by_id_use_an_index(store: Store, name: str) -> None:
    """A plan that looks at every record would pass all other tests and fail with the first million."""
    case(store)
    with store._driver.session() as session:  # type: ignore[attr-defined]
        plan = session.run(f"EXPLAIN {queries()[name]}", {"p": {}}).consume().plan
    found = list(operators(plan))
    assert any("IndexSeek" in step for step in found), found
    assert not [step for step in found if step in SCANS], found


def operators(plan: Any) -> Any:
    yield plan["operatorType"].partition("@")[0]
    for child in plan.get("children", ()):
        yield from operators(child)


@pytest.mark.parametrize("count", [0, 1, 6000, 6001, 100_000, 5_000_000])
def test_ranges_hold_every_id_once(count: int) -> None:
    ranges = spans("r", count)
    assert ranges[0][0] == "" and ranges[-1][1] == "\uffff"
    assert all(low < high for low, high in ranges)
    assert [high for _, high in ranges[:-1]] == [low for low, _ in ranges[1:]]
    for made in ("r0", "r" + "f" * 32, "r7" + "0" * 31, "x", "", "r1"):
        assert sum(low <= made < high for low, high in ranges) == 1


def test_the_key_is_made_once_and_kept(store: Store) -> None:
    assert store.meta("key") == worlds.KEY and store.meta("indexed") == " ".join(link_relations())
