"""Membership: own word before the owners' before the machine's, "different" for ever, order of no account."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from graph.identity import Judgement, Opinion, Pair, cluster, decisive, in_effect

RECORDS = [f"r{n}" for n in range(6)]
end = st.sampled_from(RECORDS)
two = st.tuples(end, end).filter(lambda e: e[0] < e[1])
pairs = st.lists(
    st.builds(
        lambda e, s, x: Pair(*e, x, s),
        two,
        st.sampled_from(("automatic", "proposed")),
        st.sampled_from((0.5, 0.9, 0.99)),
    ),
    max_size=8,
    unique_by=lambda p: p[:2],
)
opinions = st.lists(
    st.builds(
        lambda e, a, v: Opinion(*e, a, v),
        two,
        st.sampled_from(("*", "AR-MPF")),
        st.sampled_from(("same", "different", "unsure")),
    ),
    max_size=6,
    unique_by=lambda o: o[:3],
)
OWNERS = ("AR-MPF", "BR-MPF")


def judgement(number: int, agency: str, verdict: str, retracted: str = "") -> Judgement:
    return Judgement(number, "r1", "r2", verdict, agency, "x", "2026", retracted=retracted)


def test_an_agencys_latest_standing_word_counts_and_all_owners_together_settle() -> None:
    log = [judgement(1, "AR-MPF", "different"), judgement(2, "AR-MPF", "same"), judgement(3, "BR-MPF", "same")]
    assert set(in_effect(log, OWNERS)) == {
        Opinion("r1", "r2", "AR-MPF", "same"),
        Opinion("r1", "r2", "BR-MPF", "same"),
        Opinion("r1", "r2", "*", "same"),
    }
    without = [log[0], log[1]._replace(retracted="2026"), log[2]]
    assert Opinion("r1", "r2", "AR-MPF", "different") in in_effect(without, OWNERS)
    assert not [o for o in in_effect(without, OWNERS) if o.agency == "*"]


def test_a_stranger_settles_nothing() -> None:
    log = [judgement(1, "AR-MPF", "same"), judgement(2, "CL-FN", "same")]
    assert not [o for o in in_effect(log, OWNERS) if o.agency == "*"]


def test_one_owner_of_both_records_settles_alone() -> None:
    assert Opinion("r1", "r2", "*", "same") in in_effect([judgement(1, "AR-MPF", "same")], ("AR-MPF", "AR-MPF"))


def test_proposed_changes_no_membership() -> None:
    assert cluster(RECORDS, [Pair("r1", "r2", 0.99, "proposed")], []).entity["r2"] == "r2"


def test_only_what_is_given_ties() -> None:
    tie = [Pair("r0", "r1", 0.99, "automatic"), Pair("r1", "r2", 0.99, "automatic")]
    assert cluster(["r0", "r2"], tie, []).entity == {"r0": "r0", "r2": "r2"}
    assert set(cluster(["r0", "r1", "r2"], tie, []).entity.values()) == {"r0"}


@given(pairs, opinions, st.randoms(use_true_random=False))
def test_order_is_of_no_account(ps: list[Pair], os: list[Opinion], random: object) -> None:
    first = cluster(RECORDS, ps, os)
    random.shuffle(ps)  # type: ignore[attr-defined]
    random.shuffle(os)  # type: ignore[attr-defined]
    assert cluster(RECORDS[::-1], ps, os) == first


@given(pairs, opinions)
def test_different_is_never_joined_and_ids_are_the_smallest_members(ps: list[Pair], os: list[Opinion]) -> None:
    found = cluster(RECORDS, ps, os)
    for (a, b), (verdict, _) in decisive(os).items():
        if verdict == "different":
            assert found.entity[a] != found.entity[b]
    for record, name in found.entity.items():
        assert name == min(r for r, n in found.entity.items() if n == name)
        assert name <= record


@given(pairs, opinions)
def test_every_member_is_tied_to_another_of_its_entity(ps: list[Pair], os: list[Opinion]) -> None:
    found = cluster(RECORDS, ps, os)
    verdicts = decisive(os)
    ties = {p[:2] for p in ps if p.state == "automatic" and p[:2] not in verdicts}
    ties |= {key for key, (verdict, _) in verdicts.items() if verdict == "same"}
    for record, name in found.entity.items():
        group = [r for r, n in found.entity.items() if n == name]
        if len(group) > 1:
            assert any(record in key and set(key) <= set(group) for key in ties)
            assert found.state[name] in ("confirmed", "automatic")
