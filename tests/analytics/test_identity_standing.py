"""New records against standing ones: exactly what a full run gives, at the cost of those that share a key."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.identity.match import match
from analytics.identity.model import shipped
from analytics.identity.standing import Standing
from graph.statement import Record, Statement

GIVEN = ("José Luis", "Pepe", "Ana María", "João")
SURNAMES = ("García López", "Lecanda Prado", "Lecanda", "Goncalves Ybarra")
OWNERS = ("AR-MPF", "BR-MPF")


def record(key: str, given: str, surnames: str, born: str, number: str, owner: str) -> Record:
    statements = [Statement("name", f"{given} {surnames}")]
    if born:
        statements.append(Statement("birthDate", born))
    if number:
        statements.append(Statement("idNumber", number, form="ar.dni", check="wellformed"))
    return Record(key, "Person", owner, owner[:2], owner.lower(), 1, "identity", tuple(statements))


people = st.builds(
    record,
    st.just(""),
    st.sampled_from(GIVEN),
    st.sampled_from(SURNAMES),
    st.sampled_from(("", "1980", "1980-05-12")),
    st.sampled_from(("", "70111222", "70111223")),
    st.sampled_from(OWNERS),
)
several = st.lists(people, min_size=2, max_size=10).map(
    lambda rs: [replace(r, id=f"r{n:02d}") for n, r in enumerate(rs)]
)


def fetching(records: Iterable[Record]) -> tuple[list[str], object]:
    """What was asked for, and a function that gives it."""
    by_id, asked = {r.id: r for r in records}, []

    def fetch(ids: Sequence[str]) -> list[Record]:
        asked.extend(ids)
        return [by_id[i] for i in ids]

    return asked, fetch


@settings(max_examples=3)
@given(several, st.data())
def test_new_against_standing_is_what_a_full_run_gives(records: list[Record], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(records)))
    old, new = records[:at], records[at:]
    _, fetch = fetching(old)
    standing = Standing(shipped())
    standing.add(old)
    found = [*match([old], shipped()).pairs, *standing.match(new, fetch)]  # type: ignore[arg-type]
    assert sorted(found) == match([records], shipped()).pairs


@pytest.fixture
def household() -> list[Record]:
    return [
        record("a", "José Luis", "Lecanda Prado", "1980-05-12", "", "AR-MPF"),
        record("b", "Ana María", "Goncalves Ybarra", "1971-02-03", "70111222", "AR-MPF"),
        record("c", "Pepe", "Lecanda", "1980-05-12", "", "BR-MPF"),
    ]


def test_only_those_that_share_a_key_are_read_again(household: list[Record]) -> None:
    a, b, c = household
    standing = Standing(shipped())
    standing.add([a, b])
    asked, fetch = fetching([a, b])
    assert [(p.left, p.right) for p in standing.match([c], fetch)] == [("a", "c")]  # type: ignore[arg-type]
    assert asked == ["a"] and len(standing) == 2


def test_a_record_taken_out_or_replaced_is_met_no_more(household: list[Record]) -> None:
    a, b, c = household
    standing = Standing(shipped())
    standing.add([a, b])
    standing.remove(["a", "nobody"])
    assert standing.partners([c]) == [] and len(standing) == 1
    standing.add([a])
    assert standing.partners([c]) == ["a"]
    standing.add([replace(b, id="a")])  # the record says something else now
    assert standing.partners([c]) == [] and len(standing) == 2


def test_owners_settings_hold_for_new_records_too(household: list[Record]) -> None:
    a = household[0]
    again = replace(a, id="z", owner="BR-MPF", country="BR", dataset="br-mpf")
    standing = Standing(shipped())
    standing.add([a])
    _, fetch = fetching([a])
    by_default = standing.match([again], fetch)  # type: ignore[arg-type]
    allowed = standing.match([again], fetch, {owner: ("name+birth",) for owner in OWNERS})  # type: ignore[arg-type]
    assert [p.state for p in by_default] == ["proposed"] and [p.state for p in allowed] == ["automatic"]
