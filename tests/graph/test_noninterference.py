"""Rule 2: what is not released to an actor changes nothing in what that actor gets, byte for byte."""

from __future__ import annotations

import tempfile
from pathlib import Path

import casework
import worlds
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph.access import Team
from graph.delivery import Release
from graph.store.sqlite import SQLiteStore

READER = casework.ANA
HIDDEN_FROM_READER = st.lists(
    st.builds(
        Release, st.sampled_from(("BR-MPF", "CL-FN", "team:other")), st.sampled_from(("hit", "identity", "full"))
    ),
    max_size=2,
).map(tuple)


def empty(folder: str, name: str) -> SQLiteStore:
    store = SQLiteStore(Path(folder, name))
    store.set_meta("key", worlds.KEY)
    return SQLiteStore(Path(folder, name))


@st.composite
def hidden(draw: st.DrawFn, first: int) -> tuple[worlds.Dataset, ...]:
    """Datasets of other agencies, of which nothing is released to the reader."""
    made = []
    for n in range(draw(st.integers(1, 3))):
        d = draw(worlds.dataset(first + n, ("BR-MPF", "CL-FN")))
        made.append(worlds.Dataset(d.owner, d.name, d.people, d.links, draw(HIDDEN_FROM_READER)))
    return tuple(made)


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data(), world=worlds.worlds(3))
def test_what_is_hidden_changes_nothing(data: st.DataObject, world: worlds.World) -> None:
    more = data.draw(hidden(len(world.datasets)))
    whole = worlds.World(world.datasets + more, world.pairs, world.judgements)
    shown = len(worlds.owners(world))
    total = len(worlds.owners(whole))
    end = st.integers(0, total - 1)
    two = st.tuples(end, end).filter(lambda e: e[0] != e[1] and max(e) >= shown).map(lambda e: (min(e), max(e)))
    # pairs and judgements that touch a hidden record, and other agencies' judgements on any two
    pairs = data.draw(st.lists(st.tuples(two, st.just("automatic")), max_size=4, unique_by=lambda p: p[0]))
    others = data.draw(
        st.lists(
            st.tuples(two, st.sampled_from(("same", "different")), st.sampled_from(("BR-MPF", "CL-FN"))), max_size=4
        )
    )
    whole = worlds.World(
        whole.datasets,
        world.pairs + tuple((*e, s) for e, s in pairs),
        world.judgements + tuple((*e, v, a) for e, v, a in others),
    )
    order = data.draw(st.permutations(range(len(whole.datasets))))
    with tempfile.TemporaryDirectory() as folder:
        before, after = empty(folder, "a.db"), empty(folder, "b.db")
        worlds.put(before, world)
        after.clock = before.clock
        after.save_federation(
            (), (), [Team("other", frozenset({"BR-MPF", "CL-FN"}), "x", "", "2026-01-01", "2099-01-01")]
        )
        worlds.put(after, whole, order)
        asked = worlds.ids(after, whole)
        assert worlds.answers(after, READER, asked) == worlds.answers(before, READER, asked)
        before.close()
        after.close()


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(world=worlds.worlds(3), data=st.data())
def test_another_agencys_word_on_two_visible_records_changes_nothing(world: worlds.World, data: st.DataObject) -> None:
    total = len(worlds.owners(world))
    end = st.integers(0, total - 1)
    two = st.tuples(end, end).filter(lambda e: e[0] != e[1]).map(lambda e: (min(e), max(e)))
    own = worlds.owners(world)
    # CL-FN is made owner of neither record, so its word never is one of the owners' that would settle the pair
    said = data.draw(st.lists(st.tuples(two, st.sampled_from(("same", "different", "unsure"))), min_size=1, max_size=4))
    said = [(e, v) for e, v in said if "CL-FN" not in (own[e[0]], own[e[1]])]
    louder = worlds.World(world.datasets, world.pairs, world.judgements + tuple((*e, v, "CL-FN") for e, v in said))
    with tempfile.TemporaryDirectory() as folder:
        before, after = worlds.put(empty(folder, "a.db"), world), worlds.put(empty(folder, "b.db"), louder)
        asked = worlds.ids(after, world)
        assert worlds.answers(after, READER, asked) == worlds.answers(before, READER, asked)
        before.close()
        after.close()
