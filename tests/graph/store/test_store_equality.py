"""The two engines give equal answers: every read, for every actor, over random worlds that change."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import casework
import pytest
import worlds
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from graph.access import Actor
from graph.delivery import RecordRule
from graph.digest import digest
from graph.errors import VinculoError
from graph.identity import Judgement
from graph.packing import decode
from graph.store import Store
from graph.store.base import StoredFlag

ACTORS = (casework.ANA, casework.BIA, casework.CARO, casework.EVERYONE, casework.OPERATOR)
SOUGHT = ((["ana"], ()), (["jose", "nun"], ("Person",)), (["5491"], ()), (["s", "a"], ("Company", "Investigation")))


def attempt(call: Callable[[], Any]) -> Any:
    """An answer, or the error in its stead."""
    try:
        return call()
    except VinculoError as error:
        return type(error).__name__, error.key, error.params


def raw_reads(store: Store, scope: Any, agency: str, asked: list[str], numbers: list[str]) -> dict[str, Any]:
    """Every read of the store's interface under one scope."""

    def plain(raws: Any) -> list[Any]:
        return [(r.id, r.dataset, r.schema, r.mask, r.level, [decode(p) for p in r.packs]) for r in raws]

    return {
        "fetch": plain(store.fetch(scope, asked)),
        "scan": [plain(chunk) for chunk in store.scan(scope, (), 9)],
        "scan some": [plain(chunk) for chunk in store.scan(scope, ("Person", "CaseRole"), 50)],
        "find": [store.find(scope, words, kinds) for words, kinds in SOUGHT],
        "nodes": store.nodes(scope),
        "links_of": store.links_of(scope, asked),
        "all_links": store.all_links(scope),
        "carried": store.carried(scope, asked),
        "carriers": store.carriers(scope, numbers),
        "all_carried": store.all_carried(scope),
        "pairs": [store.pairs(scope, some) for some in (None, asked)],
        "opinions": [store.opinions(scope, some) for some in (None, asked)],
        "hits": store.hits(scope, agency),
        "flags": store.flags(scope, agency),
    }


def answers(store: Store, actor: Actor, asked: list[str], numbers: list[str]) -> dict[str, Any]:
    """Everything that one actor can get."""
    view = store.view(actor)
    if actor not in worlds.ACTORS.values():  # all or nothing: what is read, not what is made of it
        return raw_reads(store, view.scope(), actor.agency, asked, numbers) | {"members": view.membership()}
    shown = sorted(set(view.membership().values()))
    got = raw_reads(store, view.scope(), actor.agency, asked, numbers)
    # one read of many: a neighbourhood around all that is visible holds every entity, link and number
    got |= {
        "datasets": view.datasets(),
        "entities": view.entities([*asked, *shown]),
        "near": attempt(lambda: view.neighbourhood(shown[:3] + numbers[:1], depth=2, cap=6)),
        "counts": attempt(lambda: view.link_counts(asked[-1])),
        "path": attempt(lambda: view.paths(asked[0], asked[-1])),
        "proposals": view.proposals(),
        "search": [view.search("ana paz", limit=2, offset=1), view.search("5491123456789")],
    }
    arrays = view.arrays(proposed=True)
    lines = zip(arrays.source.tolist(), arrays.target.tolist(), arrays.relation.tolist(), arrays.records, strict=True)
    got["arrays"] = [*vars_of(arrays), sorted(lines)]
    return got


def vars_of(arrays: Any) -> list[Any]:
    """The parts of arrays that have one order."""
    names = ("ids", "kinds", "schemata", "owners", "countries", "masked", "relations", "stamp")
    return [getattr(arrays, name) for name in names]


def put(store: Store, first: worlds.World, then: worlds.World, draft: bool) -> None:
    """One world, then another revision of some of its datasets, the last of it a draft; flags on everybody."""
    worlds.put(store, first)
    for n, d in enumerate(then.datasets):
        old = first.datasets[n] if n < len(first.datasets) else d
        changed = worlds.Dataset(old.owner, old.name, d.people, d.links, d.releases)
        rule = RecordRule(
            "p",
            "release",
            "BR-MPF",
            ("none", "identity", "full")[n],
            record=store.ids.record(old.owner, old.name, "p0"),
        )
        more = {"mode": "add" if len(d.links) > 1 else "full", "rules": (rule,)}
        manifest = casework.manifest(changed.owner, changed.name, 2, changed.releases, **more)
        last = draft and n == len(then.datasets) - 1
        with store.deliver(worlds.ACTORS[changed.owner], manifest, draft=last) as delivery:
            delivery.add(records_of(store, changed))
            delivery.publish()
    for a, b, verdict, agency in then.judgements:
        names, own = worlds.ids(store, first), worlds.owners(first)
        if max(a, b) < len(names):
            (left, lo), (right, ro) = sorted(((names[a], own[a]), (names[b], own[b])))
            said = Judgement(0, left, right, verdict, agency, agency, worlds.NOW.isoformat())
            number = store.log_judgement(said, (lo, ro))
            if verdict == "different":
                store.retract(number, worlds.NOW.isoformat(), (lo, ro))
    people = worlds.ids(store, first)
    told = [
        StoredFlag(f"f{n}{agency}", agency, "k", "{}", "d", tuple((i, 2 + n % 3) for i in people[n : n + 2]))
        for n in range(len(people))
        for agency in worlds.ACTORS
    ]
    for agency in worlds.ACTORS:
        store.save_flags(agency, [f for f in told if f.agency == agency], "t")


def records_of(store: Store, d: worlds.Dataset) -> list[Any]:
    """A later revision of a dataset: its people again, now with papers, a firm they own, kin and a route."""

    def made(key: str, schema: str, /, **props: object) -> Any:
        return casework.record(store, d.owner, d.name, key, schema, **props)

    def ref(key: str) -> str:
        return store.ids.record(d.owner, d.name, key)

    kept = [
        made("case", "Investigation", name=f"Caso {d.name}", caseNumber="1/2026"),
        made("firm", "Company", name="Souza Hermanos SA", registrationNumber="77", phone=worlds.PHONES[0]),
        made("route", "Route", name="Ruta", investigation=ref("case")),
        made("leg", "RouteLeg", route=ref("route"), place="Rosario"),
        made("call", "Call", caller=ref("p0"), receiver=ref("firm"), date="2026-01-02"),
    ]
    for n, (name, alias, phone, mask) in enumerate(d.people):
        more = {k: v for k, v in (("alias", alias), ("phone", phone)) if v}
        kept.append(made(f"p{n}", "Person", name=name, mask=mask, idNumber=f"3011122{n}", notes="otra", **more))
        kept.append(made(f"own{n}", "Ownership", owner=ref(f"p{n}"), asset=ref("firm"), startDate=f"202{n}"))
        role = {"person": ref(f"p{n}"), "investigation": ref("case"), "role": mask or "suspect"}
        kept.append(made(f"role{n}", "CaseRole", mask=mask, **role))
    for a, b in d.links:
        kept.append(made(f"link{a}-{b}", "Family", person=ref(f"p{a}"), relative=ref(f"p{b}"), relationship="primo"))
    return kept


@pytest.mark.timeout(900)
@settings(
    phases=[Phase.explicit, Phase.generate],  # an example takes a second: shrinking one would take minutes
    max_examples=settings().max_examples if settings().max_examples > 50 else min(settings().max_examples, 4),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
)
@given(first=worlds.worlds(3), then=worlds.worlds(2), draft=st.booleans())
def test_both_engines_give_equal_answers(
    first: worlds.World, then: worlds.World, draft: bool, empty: Callable[[str], Store]
) -> None:
    embedded, server = empty("sqlite"), empty("neo4j")
    try:
        for store in (embedded, server):
            put(store, first, then, draft)
        asked = worlds.ids(embedded, first)
        numbers = [embedded.ids.identifier("phone", p.removeprefix("+")) for p in worlds.PHONES]
        for actor in ACTORS:
            mine, other = (answers(store, actor, asked, numbers) for store in (embedded, server))
            assert {k: v for k, v in mine.items() if other[k] != v} == {
                k: other[k] for k in mine if other[k] != mine[k]
            }
        mine, other = (raw_reads(s, s.matching_scope(), "AR-MPF", asked, numbers) for s in (embedded, server))
        assert mine == other
        assert embedded.datasets() == server.datasets() and embedded.grants() == server.grants()
        assert [embedded.ledger(a) for a in worlds.ACTORS] == [server.ledger(a) for a in worlds.ACTORS]
        assert digest(embedded) == digest(server)
    finally:
        embedded.close()
        server.close()
