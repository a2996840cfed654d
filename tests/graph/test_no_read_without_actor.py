"""No public reading function works without an actor: found by looking at every one of them."""

from __future__ import annotations

import inspect

from graph.access import Scope
from graph.store.base import Store
from graph.view import View

# What the kernel needs to make a scope, to deliver, and to keep its own books; none gives a record's content.
BOOKKEEPING = set(
    """
    actor actors agencies teams datasets grants manifest ledger drafts draft meta version rejects digests
    current_ids judgement judgements standing owners_of job_history folder audit set_meta save_federation
    replace_grants withdraw begin write retire keep_rejects publish abandon sweep save_pairs log_judgement retract
    save_flags take_lock drop_lock log_job keep kept close matching matching_scope deliver view scope terms sight
    """.split()
)


def test_every_reading_call_of_a_store_takes_a_scope() -> None:
    for name, call in inspect.getmembers(Store, callable):
        if name.startswith("_") or name in BOOKKEEPING:
            continue
        first = list(inspect.signature(call).parameters.values())[1]
        assert first.name == "scope" and first.annotation in ("Scope", Scope), name


def test_a_scope_is_made_from_an_actor_and_a_view_from_a_store_and_an_actor() -> None:
    assert list(inspect.signature(Store.scope).parameters) == ["self", "actor"]
    assert list(inspect.signature(View.__init__).parameters)[:3] == ["self", "store", "actor"]
    assert inspect.signature(View.__init__).parameters["actor"].default is inspect.Parameter.empty
