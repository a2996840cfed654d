"""No public reading function works without an actor: found by looking at every one of them.

A function *reaches* a store when it is given one (or what holds one), opens one, or is a method of what was made from
one. Each that does takes an actor, or what was made from an actor (a scope, a view), or asks the session who is there –
or it stands below with the reason why it gives nobody's case content.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import casework
import pytest

from graph.access import Actor, Scope, compile_scope
from graph.errors import AccessDenied
from graph.store import open_store
from graph.store.base import Store
from graph.view import View

ROOT = Path(__file__).parents[2]
HOLDS = re.compile(r"\b(Store|SQLiteStore|Neo4jStore|MatchingView|Audit|Log)\b")
WHO = re.compile(r"\b(Actor|Scope|View|AudienceView)\b")
OPENS = {"open_store", "store"}  # `session.store()`, `state.store()`
ASKS = {"actor", "view", "current_actor", "counts", "actor_for"}

# What the kernel needs to make a scope, to deliver, and to keep its own books; none gives a record's content.
BOOKKEEPING = set(
    """
    actor actors agencies teams datasets grants manifest ledger drafts draft meta version rejects digests
    current_ids judgement judgements standing owners_of job_history folder audit set_meta save_federation
    replace_grants withdraw begin write retire keep_rejects publish abandon sweep save_pairs log_judgement retract
    deliveries changed named
    save_flags take_lock drop_lock log_job close matching matching_scope deliver view scope terms sight keep kept
    admit open_agencies flag_states flag_kept
    """.split()
)
# name → why it needs no actor. A name that no longer needs its place here is an error too.
ALLOWED = {
    # deliveries: opened by Store.deliver, which asks for a steward; they write, and give counts
    "graph.delivery:Delivery.add": "writes",
    "graph.delivery:Delivery.reject": "writes",
    "graph.delivery:Delivery.publish": "writes, and counts what it wrote",
    # the kernel's own: no surface reaches them but through what is named beside them
    "graph.digest:whole_scope": "for the digest",
    "graph.digest:digest": "gives a hash, for checks of kills, restores and copies",
    "graph.matching:MatchingView.scan": "the matcher's reading; its pairs are shown through a view",
    "graph.matching:MatchingView.agencies": "who exists",
    "graph.hits:due": "a moment, for the job",
    "graph.hits:pending": "a day, for the job",
    "graph.pending:drop": "forgets a proposal that its caller was given with an actor",
    "graph.unmasking:settle": "ends what has lost its reason, as a delivery that a steward opened begins and ends",
    "graph.judging:reference": "names a judgement that its caller has already",
    "graph.heads:logs_of": "gives nothing of them",
    "graph.heads:public_key": "a public key",
    "graph.heads:signed_head": "numbers and hashes; its command is the operator's",
    "graph.heads:check": "where a log breaks; its command gives numbers to the operator only",
    "graph.session:is_development": "reads a mark of the store",
    # log-in: who asks is what they find out
    "graph.session:denied": "writes",
    "graph.accounts:exist": "whether there are local accounts",
    "graph.accounts:known": "gives back what it is given, for the log",
    "graph.accounts:stand": "when a password was set, for a session made with it",
    # jobs: they read as the coordinator of each agency, and give counts for the operator
    "analytics.crossborder.run:run": "counts; makes a picture for each agency in that agency's name",
    "analytics.crossborder.rules:rules_of": "rules, and the calibration of the agency whose picture is made",
    "analytics.crossborder.rules:rules_digest": "a hash",
    "analytics.crossborder.standing:due": "a hash",
    "analytics.crossborder.standing:keep": "writes a hash",
    "analytics.notices:due": "whom the job tells that there is something; hashes, made in each person's own view",
    "analytics.notices:send": "counts",
    "analytics.jobs:notify": "counts",
    "analytics.identity.resolve:resolve": "counts",
    "analytics.jobs:run_flag_job": "counts",
    "analytics.jobs:tick": "runs the job",
    "analytics.jobs:schedule": "runs the job",
    "analytics.jobs:background": "runs the job",
    "analytics.jobs:start": "runs the job",
    "dashboard.commands.jobs:jobs_start": "runs the job",
    # who asks is found by these
    "dashboard.commands.common:Session.store": "gives the store to commands, each of which is looked at here",
    "dashboard.identity:current_actor": "finds out who asks",
    "dashboard.identity:ways": "how one can log in here",
    "dashboard.identity:enter": "lets in who knows a password, or nobody",
    "dashboard.identity:is_over": "whether this window's sitting has ended",
    "dashboard.identity:may_choose": "whether the development log-in holds",
    "dashboard.identity:choices": "actors of the development log-in",
    # the demonstration fills a store that it made itself
    "dashboard.commands.demonstrate:stewards": "actors of the demonstration",
    "dashboard.commands.demonstrate:load_all": "delivers as each owner's steward, and counts",
    "dashboard.commands.demonstrate:demo": "delivers as each owner's steward, and counts",
    "dashboard.commands.operate:dashboard_command": "serves the pages",
}
# Made for one agency: its reads take the scope of that agency's job.
FOR_ONE_AGENCY = ("analytics.crossborder.picture:Picture.",)


@dataclass(frozen=True)
class Found:
    name: str
    asks: bool


def _arguments(function: ast.FunctionDef) -> list[str]:
    a = function.args
    return [ast.unparse(x.annotation) for x in (*a.posonlyargs, *a.args, *a.kwonlyargs) if x.annotation]


def _calls(function: ast.FunctionDef) -> set[str]:
    named = (n.func for n in ast.walk(function) if isinstance(n, ast.Call))
    return {f.id if isinstance(f, ast.Name) else f.attr for f in named if isinstance(f, ast.Name | ast.Attribute)}


def _judged(module: str, function: ast.FunctionDef, owner: ast.ClassDef | None = None) -> Iterator[Found]:
    if function.name.startswith("_"):
        return
    given, calls = _arguments(function), _calls(function)
    made = (
        next((f for f in owner.body if isinstance(f, ast.FunctionDef) and f.name == "__init__"), None)
        if owner
        else None
    )
    from_what = _arguments(made) if made else []
    if any(map(HOLDS.search, [*given, *from_what])) or calls & OPENS:
        asks = any(map(WHO.search, [*given, *from_what])) or bool(calls & ASKS)
        yield Found(f"{module}:{owner.name + '.' if owner else ''}{function.name}", asks)


def reaching(package: str) -> Iterator[Found]:
    """Every public function and method of a package that reaches a store. Stores themselves are looked at below."""
    for path in sorted((ROOT / package).rglob("*.py")):
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        if module.startswith("graph.store."):
            continue
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef):
                yield from _judged(module, node)
            elif isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                for inner in node.body:
                    if isinstance(inner, ast.FunctionDef):
                        yield from _judged(module, inner, node)


@pytest.mark.parametrize("package", ["graph", "analytics", "dashboard"])
def test_whatever_reaches_a_store_asks_who_is_there(package: str) -> None:
    found = list(reaching(package))
    assert len(found) > 10
    silent = [f.name for f in found if not f.asks and not f.name.startswith(FOR_ONE_AGENCY)]
    assert [name for name in silent if name not in ALLOWED] == []


def test_no_name_is_allowed_that_needs_no_leave() -> None:
    found = {f.name: f.asks for package in ("graph", "analytics", "dashboard") for f in reaching(package)}
    assert [name for name in ALLOWED if found.get(name, True)] == []


def test_every_reading_call_of_a_store_takes_a_scope() -> None:
    for name, call in inspect.getmembers(Store, callable):
        if name.startswith("_") or name in BOOKKEEPING:
            continue
        first = list(inspect.signature(call).parameters.values())[1]
        assert first.name == "scope" and first.annotation in ("Scope", Scope), name
        assert first.default is inspect.Parameter.empty, name


def test_a_scope_is_made_from_an_actor_and_a_view_from_a_store_and_an_actor() -> None:
    assert list(inspect.signature(Store.scope).parameters) == ["self", "actor"]
    assert list(inspect.signature(View.__init__).parameters)[:3] == ["self", "store", "actor"]
    assert inspect.signature(View.__init__).parameters["actor"].default is inspect.Parameter.empty


NOBODY = Actor("nobody", "", frozenset({"analyst", "steward", "coordinator"}))
STRANGER = Actor("xx:no", "XX-NONE", frozenset({"analyst"}))


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store with something of everything in it, none of it released."""
    store = casework.found(open_store(f"sqlite:///{tmp_path_factory.mktemp('full') / 'x.db'}"))
    make = casework.record
    ana = make(store, "AR-MPF", "a", "ana", name="Ana Paz", phone="+541", idNumber="11222333", notes="nota")
    bea = make(store, "AR-MPF", "a", "bea", name="Bea Paz", phone="+541")
    tie = make(store, "AR-MPF", "a", "tie", "Associate", person=ana.id, associate=bea.id)
    casework.deliver(store, casework.ANA, "a", [ana, bea, tie])
    yield store
    store.close()


READS: dict[str, Callable[[Store, Scope], Any]] = {
    "fetch": lambda s, x: s.fetch(x, [s.ids.record("AR-MPF", "a", "ana")]),
    "scan": lambda s, x: list(s.scan(x, (), 10)),
    "find": lambda s, x: s.find(x, ["ana"], ()),
    "nodes": lambda s, x: s.nodes(x),
    "links_of": lambda s, x: s.links_of(x, [s.ids.record("AR-MPF", "a", "ana")]),
    "all_links": lambda s, x: s.all_links(x),
    "carried": lambda s, x: s.carried(x, [s.ids.record("AR-MPF", "a", "ana")]),
    "carriers": lambda s, x: s.carriers(x, [s.ids.identifier("phone", "541")]),
    "all_carried": lambda s, x: s.all_carried(x),
}


@pytest.mark.parametrize("name", READS)
def test_without_a_sight_of_it_nothing_is_read(full: Store, name: str) -> None:
    assert READS[name](full, full.scope(casework.ANA)), "its owner reads it"
    for actor in (casework.BIA, casework.OPERATOR):
        assert READS[name](full, full.scope(actor)) == []


def test_whoever_is_nobody_has_no_view(full: Store) -> None:
    for make in (full.scope, full.view, full.sight):
        for actor in (NOBODY, STRANGER):
            with pytest.raises(AccessDenied):
                make(actor)
    with pytest.raises(AccessDenied):
        compile_scope(NOBODY, [], [], [], datetime(2026, 11, 25, 12, tzinfo=UTC))
