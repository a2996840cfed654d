"""The contract of both engines: the matcher's pairs, judgements, and what each reader may know of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import casework
import pytest
import worlds

from graph import judging
from graph.access import Actor
from graph.delivery import Release
from graph.identity import Judgement, Opinion, Pair, Reason
from graph.store import Store

ANA, BIA, CARO, ALL = casework.ANA, casework.BIA, casework.CARO, casework.EVERYONE
WHY = (Reason("name", "Ana Paz", "Ana Páz", 3.25), Reason("birth", "1980", "1980-01-02", -0.5))
AGENCIES = {"a": ANA, "b": BIA, "c": CARO}


def ref(store: Store, who: str) -> str:
    """Record id of ``a1``: the first person of agency a's dataset."""
    return store.ids.record(AGENCIES[who[0]].agency, who[0], who)


def put(store: Store, who: str, *releases: Release, mask: str = "") -> str:
    """Deliver people of one agency, named like ``a1 a2``."""
    actor = AGENCIES[who[0]]
    records = [casework.record(store, actor.agency, who[0], w, name=f"Ana {w}", mask=mask) for w in who.split()]
    casework.deliver(store, actor, who[0], records, releases)
    return records[0].id


def everywhere(level: str = "full") -> Release:
    return Release("*", level)


def pair(store: Store, one: str, other: str, state: str = "automatic", score: float = 0.875) -> Pair:
    left, right = sorted((ref(store, one), ref(store, other)))
    return Pair(left, right, score, state, WHY)


def judged(store: Store, one: str, other: str, verdict: str, actor: Actor) -> int:
    left, right = sorted((one, other), key=lambda w: ref(store, w))
    owners = AGENCIES[left[0]].agency, AGENCIES[right[0]].agency
    said = Judgement(
        0, ref(store, left), ref(store, right), verdict, actor.agency, actor.id, worlds.NOW.isoformat(), 0.5, "m"
    )
    return store.log_judgement(said, owners)


def together(store: Store, one: str, other: str) -> str:
    """Agencies for whom two records are one entity."""
    seen = ""
    for key, actor in AGENCIES.items():
        found = store.view(actor).entities([ref(store, one), ref(store, other)])
        seen += key if len(found) == 2 and len({e.id for e in found.values()}) == 1 else ""
    return seen


def test_automatic_pairs_make_entities_where_both_records_are_visible(store: Store) -> None:
    put(store, "a1", everywhere("identity"))
    put(store, "b1", Release("AR-MPF", "identity"))
    assert store.save_pairs([pair(store, "a1", "b1")], "m1") == {"added": 1, "changed": 0, "removed": 0, "unchanged": 0}
    assert together(store, "a1", "b1") == "ab"
    assert store.pairs(store.scope(ANA), None) == [pair(store, "a1", "b1")]
    assert store.pairs(store.scope(ANA), [ref(store, "a1")]) == [pair(store, "a1", "b1")]
    assert store.pairs(store.scope(ANA), ["r" + "0" * 32]) == [] == store.pairs(store.scope(CARO), None)
    entity = store.view(ANA).entity(ref(store, "b1"))
    assert (entity.state, entity.countries, len(entity.records)) == ("automatic", ("AR", "BR"), 2)
    assert store.view(ANA).grounds(entity)[0] == [pair(store, "a1", "b1")]


def test_what_only_a_hidden_record_ties_are_two_entities(store: Store) -> None:
    put(store, "a1", everywhere("identity"))
    put(store, "b1")
    put(store, "c1", everywhere("identity"))
    store.save_pairs([pair(store, "a1", "b1"), pair(store, "b1", "c1")], "m1")
    assert together(store, "a1", "c1") == "b"
    assert store.view(ANA).membership() == {i: i for i in sorted((ref(store, "a1"), ref(store, "c1")))}


def test_saving_pairs_replaces_them_and_leaves_the_same_alone(store: Store) -> None:
    put(store, "a1 a2 a3 a4", everywhere())
    first = [pair(store, "a1", "a2"), pair(store, "a1", "a3", "proposed"), pair(store, "a2", "a3")]
    assert store.save_pairs(first, "m1")["added"] == 3
    version = store.version()
    assert store.save_pairs(reversed(first), "m1") == {"added": 0, "changed": 0, "removed": 0, "unchanged": 3}
    assert store.version() == version
    second = [pair(store, "a1", "a2", score=0.5), pair(store, "a1", "a3"), pair(store, "a3", "a4", "proposed")]
    assert store.save_pairs(second, "m1") == {"added": 1, "changed": 2, "removed": 1, "unchanged": 0}
    assert store.version() > version
    assert store.pairs(store.scope(ANA), None) == sorted(second)
    assert store.save_pairs(second, "m2") == {"added": 0, "changed": 3, "removed": 0, "unchanged": 0}
    unknown = Pair("r" + "0" * 32, "r" + "1" * 32, 1.0, "automatic")
    assert store.save_pairs([*second, unknown], "m2")["unchanged"] == 3
    assert store.save_pairs([], "m2")["removed"] == 3
    assert store.pairs(store.scope(ALL), None) == []


def test_a_run_of_the_matcher_is_seen_whole_or_not_at_all(store: Store, again: Callable[[], Store]) -> None:
    put(store, "a1 a2 a3", everywhere())
    old = [pair(store, "a1", "a2")]
    store.save_pairs(old, "m1")
    reader = again()

    def half() -> Iterator[Pair]:
        yield pair(store, "a1", "a2", "proposed")
        assert reader.pairs(reader.scope(BIA), None) == old
        yield pair(store, "a2", "a3")
        assert reader.pairs(reader.scope(BIA), [ref(store, "a2")]) == old
        raise RuntimeError

    with pytest.raises(RuntimeError):
        store.save_pairs(half(), "m1")
    assert store.pairs(store.scope(BIA), None) == old
    assert store.save_pairs([pair(store, "a2", "a3")], "m1") == {"added": 1, "changed": 0, "removed": 1, "unchanged": 0}
    assert reader.pairs(reader.scope(BIA), None) == [pair(store, "a2", "a3")]


def test_pairs_outlive_a_new_version_of_their_records(store: Store) -> None:
    put(store, "a1 a2", everywhere())
    store.save_pairs([pair(store, "a1", "a2")], "m1")
    again = [casework.record(store, "AR-MPF", "a", w, name=f"Nueva {w}") for w in ("a1", "a2")]
    casework.deliver(store, ANA, "a", again, (everywhere(),), 2)
    assert store.pairs(store.scope(BIA), None) == [pair(store, "a1", "a2")]
    casework.deliver(store, ANA, "a", again[:1], (everywhere(),), 3)
    assert store.pairs(store.scope(BIA), None) == []


def test_a_proposal_is_offered_only_where_both_owners_see_each_other(store: Store) -> None:
    put(store, "a1", everywhere("identity"))
    put(store, "b1", Release("CL-FN", "full"))
    store.save_pairs([pair(store, "a1", "b1", "proposed")], "m1")
    for actor in (ANA, BIA, CARO):  # ANA's agency does not see b1, so nobody is told
        assert store.pairs(store.scope(actor), None) == [] == store.view(actor).proposals()
    assert len(store.pairs(store.scope(ALL), None)) == 1
    casework.deliver(
        store, BIA, "b", [casework.record(store, "BR-MPF", "b", "b1", name="Ana b1")], (everywhere("identity"),), 2
    )
    for actor in (ANA, BIA, CARO):
        assert store.pairs(store.scope(actor), None) == [pair(store, "a1", "b1", "proposed")]
        assert [p.pair.reasons for p in store.view(actor).proposals()] == [WHY]
        [link] = store.view(actor).neighbourhood([ref(store, "a1")]).links
        assert (link.relation, link.state, link.score) == ("POSSIBLY_SAME", "proposed", 0.875)
        assert store.view(actor).neighbourhood([ref(store, "a1")], proposed=False).links == ()
    assert together(store, "a1", "b1") == ""


def test_proposals_within_one_agency_and_among_three(store: Store) -> None:
    put(store, "a1 a2", Release("BR-MPF", "identity"))
    put(store, "b1", Release("AR-MPF", "identity"))
    put(store, "c1", Release("AR-MPF", "identity"), Release("BR-MPF", "hit"))
    all_pairs = [pair(store, x, y, "proposed") for x, y in (("a1", "a2"), ("a1", "b1"), ("a1", "c1"), ("b1", "c1"))]
    store.save_pairs(all_pairs, "m1")
    inside, across = all_pairs[:2]
    assert store.pairs(store.scope(ANA), None) == sorted([inside, across])
    assert store.pairs(store.scope(BIA), None) == sorted([inside, across])
    assert store.pairs(store.scope(CARO), None) == []


def test_a_match_with_a_masked_record_is_told_to_its_owner_only(store: Store) -> None:
    put(store, "a1", everywhere(), mask="victim")
    put(store, "b1", everywhere())
    store.save_pairs([pair(store, "a1", "b1")], "m1")
    assert store.pairs(store.scope(BIA), None) == [] == store.pairs(store.scope(CARO), [ref(store, "b1")])
    assert store.pairs(store.scope(ANA), None) == [pair(store, "a1", "b1")]
    judged(store, "a1", "b1", "same", BIA)
    judged(store, "a1", "b1", "same", ANA)
    assert store.opinions(store.scope(BIA), None) == []
    assert len(store.opinions(store.scope(ANA), None)) == 2


def test_a_judgement_holds_at_home_and_abroad_only_when_every_owner_gave_it(store: Store) -> None:
    put(store, "a1", everywhere("identity"))
    put(store, "b1", everywhere("identity"))
    judged(store, "a1", "b1", "same", ANA)
    assert together(store, "a1", "b1") == "a"
    judged(store, "a1", "b1", "same", CARO)
    assert together(store, "a1", "b1") == "ac"
    judged(store, "a1", "b1", "same", BIA)
    assert together(store, "a1", "b1") == "abc"
    assert store.view(BIA).entity(ref(store, "a1")).state == "confirmed"
    left, right = sorted((ref(store, "a1"), ref(store, "b1")))
    assert store.opinions(store.scope(BIA), None) == [
        Opinion(left, right, "*", "same"),
        Opinion(left, right, "BR-MPF", "same"),
    ]
    assert store.opinions(store.scope(BIA), [right, left]) == store.opinions(store.scope(BIA), None)
    assert store.opinions(store.scope(BIA), ["r" + "0" * 32]) == []


def test_different_forbids_what_the_matcher_joins_and_unsure_does_not_join(store: Store) -> None:
    put(store, "a1 a2 a3", everywhere())
    store.save_pairs([pair(store, "a1", "a2"), pair(store, "a2", "a3")], "m1")
    judged(store, "a1", "a2", "different", ANA)
    assert together(store, "a1", "a2") == "" and together(store, "a2", "a3") == "abc"
    judged(store, "a2", "a3", "unsure", BIA)
    assert together(store, "a2", "a3") == "ac"
    assert [p.pair for p in store.view(BIA).proposals()] == []


def test_undo_restores_exactly_what_was_in_effect_before(store: Store) -> None:
    put(store, "a1 a2", everywhere("identity"))
    put(store, "b1", everywhere("identity"))
    store.save_pairs([pair(store, "a2", "b1"), pair(store, "a1", "a2", "proposed")], "m1")
    steps = [
        ("a1", "b1", "same", ANA),
        ("a1", "b1", "same", BIA),
        ("a1", "b1", "different", ANA),
        ("a2", "b1", "different", BIA),
        ("a1", "b1", "same", ANA),
        ("a1", "b1", "unsure", CARO),
    ]

    def state() -> list[object]:
        views = [store.view(actor) for actor in (ANA, BIA, CARO)]
        return [(store.opinions(v.scope(), None), dict(v.membership()), v.proposals()) for v in views]

    states, numbers = [state()], []
    for one, other, verdict, actor in steps:
        numbers.append((judged(store, one, other, verdict, actor), actor))
        states.append(state())
    assert len({repr(s) for s in states}) == len(states)
    for number, actor in reversed(numbers):
        assert state() == states.pop()
        judging.undo(store, actor, number)
    assert state() == states.pop() and not states


def test_the_log_of_judgements_is_kept_whole(store: Store) -> None:
    put(store, "a1", everywhere())
    put(store, "b1", everywhere())
    first, second = judged(store, "a1", "b1", "same", ANA), judged(store, "a1", "b1", "different", BIA)
    third = judged(store, "a1", "b1", "different", ANA)
    assert (first, second, third) == (1, 2, 3)
    left, right = sorted((ref(store, "a1"), ref(store, "b1")))
    at = worlds.NOW.isoformat()
    log = [
        Judgement(1, left, right, "same", "AR-MPF", ANA.id, at, 0.5, "m"),
        Judgement(2, left, right, "different", "BR-MPF", BIA.id, at, 0.5, "m"),
        Judgement(3, left, right, "different", "AR-MPF", ANA.id, at, 0.5, "m"),
    ]
    assert store.judgements(left, right) == log and store.judgements(right, left) == []
    assert store.standing("AR-MPF") == [log[2], log[0]] and store.standing("CL-FN") == []
    assert store.judgement(2) == log[1] and store.judgement(9) is None
    version = store.version()
    store.retract(3, "2026-12-01", ("AR-MPF", "BR-MPF"))
    assert store.version() > version
    assert store.judgement(3) == log[2]._replace(retracted="2026-12-01")
    assert store.standing("AR-MPF") == [log[0]]
    assert store.opinions(store.scope(ANA), None) == [Opinion(left, right, "AR-MPF", "same")]
    assert store.opinions(store.scope(CARO), None) == []


def test_opinions_are_seen_with_both_records_only(store: Store) -> None:
    put(store, "a1", everywhere("identity"))
    put(store, "b1", Release("AR-MPF", "identity"))
    for actor in (ANA, BIA, CARO):
        judged(store, "a1", "b1", "same", actor)
    assert len(store.opinions(store.scope(ANA), None)) == 2 == len(store.opinions(store.scope(BIA), None))
    assert store.opinions(store.scope(CARO), None) == [] == store.opinions(store.scope(CARO), [ref(store, "a1")])


def test_the_matcher_may_read_while_it_saves(store: Store) -> None:
    put(store, "a1 a2 a3", everywhere("identity"))

    def found() -> Iterator[Pair]:
        for chunk in store.matching().scan(["Person"], 2):
            for record in chunk:
                if record.id != ref(store, "a1"):
                    left, right = sorted((record.id, ref(store, "a1")))
                    yield Pair(left, right, 0.5, "automatic")

    assert store.save_pairs(found(), "m")["added"] == 2

    def broken() -> Iterator[Pair]:
        yield from found()
        assert len(store.nodes(store.scope(BIA))) == 3
        raise RuntimeError

    store.nodes(store.scope(casework.OPERATOR))
    with pytest.raises(RuntimeError):
        store.save_pairs(broken(), "m")
    assert len(store.pairs(store.scope(BIA), None)) == 2
    assert store.nodes(store.scope(casework.OPERATOR)) == []


def test_a_scope_read_in_a_failed_write_is_not_taken_for_another(store: Store) -> None:
    put(store, "a1", everywhere("identity"))
    narrow, wide = store.scope(casework.OPERATOR), store.scope(ANA)
    assert store.nodes(wide) != []

    def broken() -> Iterator[Pair]:
        assert store.nodes(narrow) == []
        raise RuntimeError
        yield

    with pytest.raises(RuntimeError):
        store.save_pairs(broken(), "m")
    assert store.nodes(narrow) == [] and store.nodes(wide) != []
