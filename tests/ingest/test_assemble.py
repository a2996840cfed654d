"""Fragments become records, in memory and beyond it; masks; links without an end."""

from __future__ import annotations

import random
import tempfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.ids import Ids
from graph.statement import Delivered, Statement
from ingest.assemble import Assembler

IDS = Ids("3c" * 32)


def rid(name: str) -> str:
    return IDS.record("AR-MPF", "caso-1", name)


def fragment(key, schema, row=2, document="a.csv", mask="", /, **values):
    found = [
        Statement(prop, rid(v[1:]) if v.startswith("@") else v, v[1:] if v.startswith("@") else "", document, row)
        for prop, texts in values.items()
        for v in ([texts] if isinstance(texts, str) else texts)
    ]
    return Delivered(rid(key), schema, found, "", mask)


def assembled(rows, opened="2026-03-01", former=None, forced=None, complete=True, in_memory=10_000):
    with Assembler(opened, former, forced, complete, in_memory) as assembler:
        for row in rows:
            assembler.add(row)
        return {r.id: r for r in assembler.records()}, assembler.lost


def test_fragments_of_many_rows_and_files_are_one_record():
    rows = [
        [fragment("1", "LegalEntity", 2, name="Ana")],
        [fragment("1", "Person", 3, name="Ana", birthDate="1980")],
        [fragment("1", "Person", 3, name="Ana")],
        [fragment("1", "Person", 2, "b.csv", name="Ana")],
    ]
    found, lost = assembled(rows)
    record = found[rid("1")]
    assert record.schema == "Person" and len(record.statements) == 4 and lost.rows == 0
    assert record.values("name") == ["Ana"]


def test_one_key_for_two_kinds_of_thing_is_a_reject():
    found, lost = assembled([[fragment("1", "Person", 2, name="Ana")], [fragment("1", "Company", 3, name="Sur SA")]])
    assert found[rid("1")].schema == "Person" and found[rid("1")].values("name") == ["Ana"]
    assert [(r.row, r.value, r.reason, r.whole) for r in lost.rejects] == [(3, "Sur SA", "ingest.reject.schema", True)]
    assert lost.rows == 1


def test_a_link_to_nothing_is_rejected_and_counted():
    rows = [
        [fragment("1", "Person", 2, name="Ana")],
        [fragment("l1", "Associate", 5, person="@1", associate="@9")],
        [fragment("l2", "Associate", 6, person="@8", associate="@9"), fragment("2", "Person", 6, name="Eva")],
        [fragment("l3", "Associate", 7, person="@1", associate="@2")],
    ]
    found, lost = assembled(rows)
    assert set(found) == {rid("1"), rid("2"), rid("l3")}
    assert {(r.row, r.column, r.value, r.whole) for r in lost.rejects} == {
        (5, "associate", "9", True), (6, "person", "8", False), (6, "associate", "9", False),
    }  # fmt: skip
    assert lost.rows == 1


def test_a_row_of_two_links_is_lost_when_both_are():
    rows = [
        [fragment("1", "Person", 2, name="Ana")],
        [
            fragment("l1", "Associate", 5, person="@1", associate="@9"),
            fragment("l2", "Family", 5, person="@1", relative="@9"),
        ],
        [
            fragment("l3", "Associate", 6, person="@1", associate="@9"),
            fragment("l4", "CaseRole", 6, person="@1", investigation="@1"),
        ],
    ]
    _, lost = assembled(rows)
    assert lost.rows == 1 and [r.row for r in lost.rejects if r.whole] == [5]


def test_a_thing_that_refers_to_nothing_keeps_the_rest():
    found, lost = assembled([[fragment("s", "Seizure", 4, name="A-1", heldBy="@9")]])
    assert found[rid("s")].values("heldBy") == [] and found[rid("s")].values("name") == ["A-1"]
    assert [(r.column, r.whole) for r in lost.rejects] == [("heldBy", False)] and lost.rows == 0


def test_a_delivery_that_deletes_need_not_hold_the_ends():
    found, lost = assembled([[fragment("l", "Associate", 5, person="@1", associate="@9")]], complete=False)
    assert set(found) == {rid("l")} and lost.rejects == []


CASE = [fragment("case", "Investigation", 0, "case.yaml", name="Caso")]


@pytest.mark.parametrize(
    ("roles", "birth", "flag", "mask"),
    [
        (["suspect"], "1980", "", ""),
        (["victim"], "1980", "", "victim"),
        (["suspect", "witness"], "1980", "", "witness"),
        (["suspect"], "2010-01-01", "", "minor"),
        ([], "2010-01-01", "", "minor"),
        (["suspect"], "2008", "", ""),
        ([], "2008", "", "minor"),
        (["contact"], "", "protected", "protected"),
        ([], "", "", ""),
        (["informant", "victim"], "", "", "informant"),
    ],
)
def test_masks_follow_roles_age_and_the_mapping(roles, birth, flag, mask):
    person = fragment("1", "Person", 2, "a.csv", flag, name="Ana", **({"birthDate": birth} if birth else {}))
    rows = [CASE, [fragment("2", "Person", 3, name="Luis")]]
    rows += [
        [fragment(f"r{n}", "CaseRole", 9, person="@1", investigation="@case", role=role)]
        for n, role in enumerate(roles)
    ]
    rows += [
        [person],
        [fragment("f", "Family", 4, person="@2", relative="@1", relationship="hija")],
        [fragment("t", "PhoneNumber", 5, number="+541143456789", user="@1")],
        [fragment("d", "Passport", 6, number="X1", holder="@1")],
        [fragment("v", "Vehicle", 7, registrationNumber="AA123BB", owner="@1")],
    ]
    found, _ = assembled(rows)
    assert found[rid("1")].mask == mask
    assert {found[rid(n)].mask for n in ("f", "t", "d", *(f"r{n}" for n in range(len(roles))))} == {mask}
    assert found[rid("2")].mask == "" and found[rid("v")].mask == "" and found[rid("case")].mask == ""


def test_a_forced_mask():
    found, _ = assembled([[fragment("1", "Person", name="Ana")]], forced={rid("1"): "protected"})
    assert found[rid("1")].mask == "protected"


def test_persons_come_before_things_and_links_last():
    rows = [
        [fragment("l", "Associate", 2, person="@1", associate="@2")],
        [fragment("t", "PhoneNumber", 3, number="+541143456789", user="@1")],
        [fragment("2", "Person", 4, name="Eva")],
        [fragment("1", "Person", 5, name="Ana")],
    ]
    found, _ = assembled(rows)
    assert [r.schema for r in found.values()] == ["Person", "Person", "PhoneNumber", "Associate"]


def test_an_addition_keeps_what_was_said_and_masked_before():
    before = fragment("1", "Person", 2, name="Ana", birthDate="1980")
    before.mask = "victim"
    link = fragment("l", "Associate", 3, person="@1", associate="@2", relationship="amiga")
    known = {r.id: r for r in (before, link, fragment("2", "Person", 4, name="Eva"))}

    def former(ids):
        return {i: known[i] for i in ids if i in known}

    rows = [
        [fragment("1", "Person", 2, "fix.csv", idNumber="5536168")],
        [fragment("l", "Associate", 3, "fix.csv", person="@1", associate="@2")],
        [fragment("x", "Associate", 4, "fix.csv", person="@1", associate="@9")],
    ]
    found, lost = assembled(rows, former=former)
    assert set(found) == {rid("1"), rid("l")}
    record = found[rid("1")]
    assert record.mask == "victim" and {s.prop for s in record.statements} == {"name", "birthDate", "idNumber"}
    assert {s.prop for s in found[rid("l")].statements} == {"person", "associate", "relationship"}
    assert found[rid("l")].mask == "victim"
    assert [(r.value, r.whole) for r in lost.rejects] == [("9", True)]


def test_an_addition_of_another_kind_under_an_old_key_is_rejected():
    before = fragment("1", "Person", 2, name="Ana")
    found, lost = assembled([[fragment("1", "Company", 3, name="Sur")]], former=lambda ids: {before.id: before})
    assert found == {} and lost.rows == 1


@given(st.integers(1, 60), st.integers(0, 2**32), st.integers(1, 40))
def test_spilling_changes_nothing(rows, seed, in_memory):
    """The same records come out of memory and of partition files, whatever the order of the rows."""
    chance = random.Random(seed)
    made = []
    for n in range(rows):
        name = str(chance.randrange(12))
        made.append([fragment(f"p{name}", "Person", n + 2, name=f"N{chance.randrange(3)}")])
        if chance.random() < 0.4:
            ends = {"person": f"@p{chance.randrange(14)}", "associate": f"@p{name}"}
            made.append([fragment(f"l{chance.randrange(9)}", "Associate", n + 2, "b.csv", **ends)])
        if chance.random() < 0.2:
            made.append(
                [
                    fragment(
                        f"r{n}", "CaseRole", n + 2, "c.csv", person=f"@p{name}", investigation="@case", role="victim"
                    )
                ]
            )
    made.append(CASE)
    shuffled = chance.sample(made, len(made))

    def plain(result):
        found, lost = result
        records = {r.id: (r.schema, r.mask, sorted(r.statements)) for r in found.values()}
        return records, sorted((r.document, r.row, r.column, r.value, r.reason) for r in lost.rejects), lost.rows

    assert plain(assembled(made)) == plain(assembled(shuffled, in_memory=in_memory))


def test_the_partition_files_are_gone_afterwards(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with pytest.raises(RuntimeError), Assembler("", in_memory=2) as assembler:
        assembler.add([fragment("1", "Person", name=["Ana", "Eva", "Luz"])])
        assert list(tmp_path.iterdir())
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []
