"""Ids that cannot be guessed or confused, packs that hold what their level may read."""

from __future__ import annotations

import orjson
from hypothesis import given
from hypothesis import strategies as st

from graph.access import FULL, IDENTITY, OWN, TEXT
from graph.ids import Ids, new_key
from graph.packing import decode, encode, fold, pack, squeeze
from graph.statement import Delivered, Statement

A, B = Ids("00" * 32), Ids("01" * 32)
text = st.text(max_size=6)


@given(st.lists(text, min_size=1, max_size=3), st.lists(text, min_size=1, max_size=3))
def test_different_keys_give_different_ids(left: list[str], right: list[str]) -> None:
    assert (A.record("o", "d", *left) == A.record("o", "d", *right)) == (left == right)
    assert A.record("o", "d", *left) != B.record("o", "d", *left)


def test_kinds_datasets_and_viewers_are_kept_apart() -> None:
    record = A.record("AR-MPF", "a", "17")
    assert record != A.record("AR-MPF", "b", "17") and record != A.record("BR-MPF", "a", "17")
    assert A.pseudonym(record, "BR-MPF") != A.pseudonym(record, "CL-FN")
    assert {record[0], A.identifier("phone", "1")[0], A.pseudonym(record, "x")[0]} == {"r", "i", "p"}


def test_nobody_without_the_key_can_try_all_numbers() -> None:
    """An id of a document number is an HMAC under 256 random bits: trying all 90 million DNI needs the key."""
    number = "ar.dni:12345678"
    assert A.identifier("document", number) != Ids(new_key()).identifier("document", number)
    assert len(new_key()) == 64 and new_key() != new_key()


def record(mask: str = "", schema: str = "Person", **props: str) -> Delivered:
    return Delivered(
        "r" + "0" * 32, schema, [Statement(k, v, document="a.csv", row=2) for k, v in props.items()], "", mask
    )


def test_levels_are_packed_apart() -> None:
    found = pack(record(name="Ana Paz", phone="+5491123456789", notes="secreto"))
    props = {level: {s.prop for s in decode(body)} for level, body in found.packs.items()}
    assert props == {IDENTITY: {"name"}, FULL: {"phone"}, TEXT: {"notes"}}
    assert found.low == IDENTITY and found.words == {IDENTITY: "ana paz", FULL: "5491123456789"}


def test_a_masked_record_keeps_everything_for_its_owner() -> None:
    found = pack(record("victim", name="Ana Paz", phone="+5491123456789"))
    assert set(found.packs) == {OWN} and found.low == FULL and set(found.words) == {OWN}
    assert {i.level for i in found.identifiers} == {OWN}


def test_a_masked_role_shows_the_role_alone() -> None:
    found = pack(record("victim", "CaseRole", person="r1", investigation="r2", role="victim", startDate="2026-01-01"))
    shown = {level: {s.prop for s in decode(body)} for level, body in found.packs.items()}
    assert shown == {FULL: {"role"}, OWN: {"startDate"}} and found.low == FULL


def test_ids_of_other_records_stand_in_links_only() -> None:
    found = pack(record("", "Ownership", owner="r1", asset="r2", percentage="50"))
    assert all(s.prop == "percentage" for body in found.packs.values() for s in decode(body))
    assert [(k.relation, k.source, k.target) for k in found.links] == [("OWNERSHIP", "r1", "r2")]


def tie(*rows: tuple[int, str, str], handling: dict[str, str] | None = None) -> list[tuple[str, str, list[object]]]:
    """(source, target, [document, row, evaluation, handling]) of an ownership stated in ``rows``: (row, owner, asset);
    an end left empty is not stated there."""
    codes = handling or {}
    said = [
        Statement(prop, value, document="a.csv", row=row, handling=codes.get(prop, ""))
        for row, owner, asset in rows
        for prop, value in (("owner", owner), ("asset", asset))
        if value
    ]
    return [(k.source, k.target, orjson.loads(k.origin)) for k in pack(Delivered("r0", "Ownership", said)).links]


def test_a_link_is_drawn_once_for_each_row_that_states_it() -> None:
    assert tie(*((row, "r1", "r2") for row in (2, 3, 4))) == [("r1", "r2", ["a.csv", n, "", ""]) for n in (2, 3, 4)]


def test_no_link_is_drawn_that_no_row_states() -> None:
    assert [t[:2] for t in tie((2, "r1", "r3"), (3, "r2", "r4"))] == [("r1", "r3"), ("r2", "r4")]
    # ends that stand alone are tied to the other side, each once
    assert [t[:2] for t in tie((2, "r1", ""), (3, "r2", ""), (4, "", "r3"), (5, "", "r3"))] == [
        ("r1", "r3"),
        ("r2", "r3"),
    ]
    assert [t[:2] for t in tie((2, "r1", "r3"), (3, "", "r4"))] == [("r1", "r3"), ("r1", "r4")]


def test_a_link_carries_the_handling_of_both_its_ends() -> None:
    assert tie((2, "r1", "r2"), handling={"asset": "H2"})[0][2][3] == "H2"
    assert tie((2, "r1", "r2"), handling={"owner": "H1", "asset": "H2"})[0][2][3] == "H1,H2"


@given(
    st.lists(st.tuples(st.sampled_from(("name", "alias", "phone")), text), max_size=6),
    st.randoms(use_true_random=False),
)
def test_the_digest_knows_no_order(values: list[tuple[str, str]], random: object) -> None:
    first = pack(Delivered("r0", "Person", [Statement(p, v) for p, v in values]))
    random.shuffle(values)  # type: ignore[attr-defined]
    assert pack(Delivered("r0", "Person", [Statement(p, v) for p, v in values])).digest == first.digest


@given(
    st.lists(st.builds(Statement, text, text, text, text, st.integers(0, 9), text, text, text, text, text), max_size=4)
)
def test_packs_come_back_as_they_were(statements: list[Statement]) -> None:
    assert decode(encode(statements)) == statements


@given(st.text(max_size=30))
def test_folding_twice_is_folding_once(value: str) -> None:
    assert fold(fold(value)) == fold(value) and squeeze(squeeze(value)) == squeeze(value)


def test_folding_the_letters_that_unicode_does_not_take_apart() -> None:
    assert fold("Łukasz  Søren-Đorđe Weiß José NÚÑEZ") == "lukasz soren dorde weiss jose nunez"
