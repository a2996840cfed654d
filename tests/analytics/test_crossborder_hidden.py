"""Rule 2 for flags: what is not released to an agency changes none of its flags, byte for byte."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path

import casework
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics.crossborder.flags import KINDS
from analytics.crossborder.reader import flags
from analytics.crossborder.run import run
from graph.access import Actor
from graph.delivery import Release
from graph.identity import Pair, Reason
from graph.statement import Delivered
from graph.store.base import Store, StoredFlag
from graph.store.sqlite import SQLiteStore

KEY = "3c" * 32
MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None  # hundreds of small commits: no need of a disk
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
ACTORS = {a.agency: a for a in (casework.ANA, casework.BIA, casework.CARO)}
READER = casework.ANA
RELEASED = (("*", "full"), ("AR-MPF", "full"), ("*", "identity"), ("AR-MPF", "identity"), ("*", "hit"))

# to nobody, or to another agency than the reader
ELSEWHERE = (("", ""), ("BR-MPF", "full"), ("CL-FN", "identity"), ("CL-FN", "hit"))

SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]


@dataclass(frozen=True)
class Case:
    """One dataset as plain data. People are (name, phone, mask); ties are between two of them."""

    owner: str
    name: str
    people: tuple[tuple[str, str, str], ...]
    ties: tuple[tuple[int, int], ...]
    account: str
    paid: bool
    place: str
    container: str
    release: tuple[str, str]

    def records(self, store: Store) -> list[Delivered]:
        """What is delivered of it."""

        def make(key: str, schema: str, /, **props: str) -> Delivered:
            said = {k: v for k, v in props.items() if v}
            return casework.record(store, self.owner, self.name, key, schema, **said)

        def key(name: str) -> str:
            return store.ids.record(self.owner, self.name, name)

        found = [make(f"p{n}", "Person", name=a, phone=b, mask=m) for n, (a, b, m) in enumerate(self.people)]
        found += [
            make(f"t{a}-{b}", "Associate", person=key(f"p{a}"), associate=key(f"p{b}"), mask=self._mask(a, b))
            for a, b in self.ties
        ]
        found.append(make("acc", "BankAccount", accountNumber=self.account))
        if self.paid:
            ends = {"payer": key("p0"), "beneficiary": key("p1"), "beneficiaryAccount": key("acc")}
            found.append(make("pay", "Payment", mask=self._mask(0, 1), **ends))
        found.append(make("r", "Route", name=f"Ruta {self.name}"))
        leg = {"carrier": "Naviera", "toPlace": self.place, "arrival": "2026-05-01", "containerNumber": self.container}
        return [*found, make("l", "RouteLeg", route=key("r"), **leg)]

    def _mask(self, *ends: int) -> str:
        return next((self.people[n][2] for n in ends if self.people[n][2]), "")


people = st.tuples(
    st.sampled_from(("Juan Pérez", "João Peres", "Ana Souza", "Bia Lima")),
    st.sampled_from(("", "+5491100000001", "+5511900000002")),
    st.sampled_from(("", "", "", "victim")),
)


@st.composite
def cases(draw: st.DrawFn, number: int, owners: Iterable[str], releases: Iterable[tuple[str, str]]) -> Case:
    who = tuple(draw(st.lists(people, min_size=2, max_size=4)))
    end = st.integers(0, len(who) - 1)
    tie = st.tuples(end, end).filter(lambda e: e[0] != e[1])
    return Case(
        draw(st.sampled_from(tuple(owners))),
        f"case-{number}",
        who,
        tuple(draw(st.lists(tie, max_size=3, unique=True))),
        draw(st.sampled_from(("0110599", "0220599"))),
        draw(st.booleans()),
        draw(st.sampled_from(("Santos", "Callao"))),
        draw(st.sampled_from(("", "ABCU1234560"))),
        draw(st.sampled_from(tuple(releases))),
    )


def deliver(store: Store, case: Case) -> None:
    releases = (Release(*case.release),) if case.release[0] else ()
    casework.deliver(store, ACTORS[case.owner], case.name, case.records(store), releases)


def match(store: Store, known: Iterable[Case]) -> None:
    """Pairs by name, a pure function of the two names: equal ones are automatic, like ones are proposed."""
    found = []
    clear = [
        (store.ids.record(c.owner, c.name, f"p{n}"), name, c.owner)
        for c in known
        for n, (name, _, mask) in enumerate(c.people)
        if not mask
    ]
    for (a, one, _), (b, two, _) in combinations(clear, 2):
        if one == two or {one, two} == {"Juan Pérez", "João Peres"}:
            left, right = sorted((a, b))
            state, score = ("automatic", 0.97) if one == two else ("proposed", 0.92)
            found.append(Pair(left, right, score, state, (Reason("writing.alike", one, two, 2.0),)))
    store.save_pairs(found, "m")


def fresh(folder: str, name: str) -> Store:
    SQLiteStore(Path(folder, name)).set_meta("key", KEY)
    store = casework.found(SQLiteStore(Path(folder, name)))
    store.clock = lambda: NOW
    return store


def seen(store: Store, actor: Actor) -> tuple[list[StoredFlag], list[dict[str, object]]]:
    """Everything the actor gets of flags: as stored, and as shown. What a hit rests on is the store's own affair."""
    view = store.view(actor)
    return [f._replace(hits=()) for f in view.flags()], [
        f.as_json(lang) for lang in ("es", "pt", "en") for f in flags(view)
    ]


@settings(
    max_examples=settings().max_examples // 2, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(data=st.data())
def test_what_is_hidden_from_an_agency_changes_none_of_its_flags(data: st.DataObject) -> None:
    mine = [data.draw(cases(0, ["AR-MPF"], RELEASED))]
    shown = [data.draw(cases(n, ACTORS, RELEASED)) for n in (1, 2)]
    hidden = [
        data.draw(
            cases(n, ["BR-MPF", "CL-FN"], [("", ""), ("BR-MPF", "full"), ("CL-FN", "identity"), ("CL-FN", "hit")])
        )
        for n in range(3, 3 + data.draw(st.integers(1, 2)))
    ]
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        first, second = fresh(folder, "a.db"), fresh(folder, "b.db")
        for case in (*mine, *shown):
            deliver(first, case)
        match(first, [*mine, *shown])
        run(first)
        before = seen(first, READER)
        # added afterwards, with another run
        for case in hidden:
            deliver(first, case)
        match(first, [*mine, *shown, *hidden])
        again = run(first, [READER.agency])
        assert again["new"] == again["updated"] == again["withdrawn"] == 0
        run(first)
        assert seen(first, READER) == before
        # delivered in any order with the rest, in a store that never was without it
        for case in data.draw(st.permutations([*mine, *shown, *hidden])):
            deliver(second, case)
        match(second, [*mine, *shown, *hidden])
        raised = run(second)
        assert seen(second, READER) == before
        # whoever a flag is raised for sees all it rests on
        kinds = [f.kind for actor in ACTORS.values() for f in flags(second.view(actor))]
        assert {k: kinds.count(k) for k in KINDS} == {k: raised[k] for k in KINDS}
        # and running twice raises nothing, for anybody
        counts = run(second)
        assert counts["new"] == counts["updated"] == counts["withdrawn"] == 0
        first.close()
        second.close()


def test_the_worlds_above_do_raise_flags_of_every_kind() -> None:
    """The property would hold of nothing: here a world of the same form raises all kinds, and hidden data would add."""
    people = (("Juan Pérez", "+5491100000001", ""), ("Ana Souza", "", ""))
    theirs = (("João Peres", "", ""), ("Bia Lima", "+5491100000001", ""), ("Ana Souza", "", ""))
    one = Case("AR-MPF", "case-0", people, ((0, 1),), "0110599", True, "Santos", "ABCU1234560", ("*", "full"))
    two = Case("BR-MPF", "case-1", theirs, ((0, 1),), "0110599", True, "Santos", "ABCU1234560", ("*", "full"))
    three = Case("CL-FN", "case-2", people, (), "0110599", False, "Callao", "", ("*", "hit"))
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        store = fresh(folder, "a.db")
        for case in (one, two, three):
            deliver(store, case)
        match(store, [one, two, three])
        run(store)
        before = {f.kind for f in store.view(READER).flags()}
        assert before == {"same_entity", "shared_identifier", "crossing_link", "shared_route", "money", "hit"}
        released = Case(*[*(getattr(three, f) for f in three.__dataclass_fields__)][:-1], ("*", "full"))
        casework.deliver(store, casework.CARO, "case-2", released.records(store), (Release("*", "full"),), revision=2)
        assert run(store, ["AR-MPF"])["new"] > 0
