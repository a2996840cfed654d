"""Who may do what: every cell of action × role × level × handling × mask, with the verdict that is expected of it.

The first table is of what is read and handed on, and holds for both engines. AR-MPF owns everything in it; BR-MPF and
CL-FN have the level of the row; masks are lifted for BR-MPF alone. The second is of what is done to datasets, masks,
people and teams, by people of the owner and of another agency.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import casework
import pytest
import worlds

from graph import administration, confirming, judging, pending, stewardship, teams, unmasking
from graph.access import Actor, Agency, Team
from graph.audit import Audit
from graph.delivery import Release
from graph.errors import VinculoError
from graph.export.audience import audience_view
from graph.statement import Delivered, Statement
from graph.store import open_store
from graph.store.base import Store
from graph.trail import trail

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
HANDLING = ("", "H1", "H2", "H3")

# `see`: p is a pseudonym node; `text` is free text, `file` the documents' names; `find` by name, `link` one to a firm.
# Under "to …" stands whether the name is in an export, for handling none, H1, H2, H3: H2 goes to nobody but its owner.
# "beside": a person who is not masked, in a dataset that holds another who is.
READING = """
of    role         level     mask    see name full text file find link judge  to-AR to-BR to-CL to-team
BR    analyst      none      plain   n   n    n    n    n    n    n    n      nnnn  nnnn  nnnn  nnnn
BR    analyst      none      beside  n   n    n    n    n    n    n    n      nnnn  nnnn  nnnn  nnnn
BR    analyst      none      masked  n   n    n    n    n    n    n    n      nnnn  nnnn  nnnn  nnnn
BR    analyst      none      lifted  n   n    n    n    n    n    n    n      nnnn  nnnn  nnnn  nnnn
BR    analyst      hit       plain   n   n    n    n    n    n    n    n      nnnn  nnnn  nnnn  nnnn
BR    analyst      hit       beside  n   n    n    n    n    n    n    n      nnnn  nnnn  nnnn  nnnn
BR    analyst      hit       masked  n   n    n    n    n    n    n    n      nnnn  nnnn  nnnn  nnnn
BR    analyst      hit       lifted  n   n    n    n    n    n    n    n      nnnn  nnnn  nnnn  nnnn
BR    analyst      identity  plain   y   y    n    n    n    y    n    y      yyyy  yyyy  yyny  yyny
BR    analyst      identity  beside  y   y    n    n    n    y    n    y      yyyy  yyyy  yyny  yyny
BR    analyst      identity  masked  n   n    n    n    n    n    n    n      nnnn  nnnn  nnnn  nnnn
BR    analyst      identity  lifted  n   n    n    n    n    n    n    n      nnnn  nnnn  nnnn  nnnn
BR    analyst      full      plain   y   y    y    y    y    y    y    y      yyyy  yyyy  yyny  yyny
BR    analyst      full      beside  y   y    y    n    n    y    y    y      yyyy  yyyy  yyny  yyny
BR    analyst      full      masked  p   n    n    n    n    n    n    n      nnnn  nnnn  nnnn  nnnn
BR    analyst      full      lifted  y   y    y    y    n    y    y    y      yyyy  yyyy  nnnn  yyny
BR    coordinator  full      plain   y   y    y    y    y    y    y    y      yyyy  yyyy  yyny  yyny
BR    coordinator  full      masked  p   n    n    n    n    n    n    n      nnnn  nnnn  nnnn  nnnn
BR    coordinator  full      lifted  y   y    y    y    n    y    y    y      yyyy  yyyy  nnnn  yyny
BR    coordinator  identity  beside  y   y    n    n    n    y    n    y      yyyy  yyyy  yyny  yyny
BR    coordinator  hit       plain   n   n    n    n    n    n    n    n      nnnn  nnnn  nnnn  nnnn
BR    steward      full      beside  y   y    y    n    n    y    y    y      yyyy  yyyy  yyny  yyny
BR    steward      full      masked  p   n    n    n    n    n    n    n      nnnn  nnnn  nnnn  nnnn
BR    steward      full      lifted  y   y    y    y    n    y    y    y      yyyy  yyyy  nnnn  yyny
BR    steward      identity  masked  n   n    n    n    n    n    n    n      nnnn  nnnn  nnnn  nnnn
BR    steward      none      plain   n   n    n    n    n    n    n    n      nnnn  nnnn  nnnn  nnnn
BR    operator     full      plain   n   n    n    n    n    n    n    n      nnnn  nnnn  nnnn  nnnn
BR    operator     full      beside  n   n    n    n    n    n    n    n      nnnn  nnnn  nnnn  nnnn
BR    operator     full      masked  n   n    n    n    n    n    n    n      nnnn  nnnn  nnnn  nnnn
BR    operator     full      lifted  n   n    n    n    n    n    n    n      nnnn  nnnn  nnnn  nnnn
BR    operator     identity  plain   n   n    n    n    n    n    n    n      nnnn  nnnn  nnnn  nnnn
CL    analyst      full      lifted  p   n    n    n    n    n    n    n      nnnn  nnnn  nnnn  nnnn
CL    analyst      full      plain   y   y    y    y    y    y    y    y      yyyy  yyny  yyyy  nnnn
CL    analyst      identity  lifted  n   n    n    n    n    n    n    n      nnnn  nnnn  nnnn  nnnn
AR    analyst      none      plain   y   y    y    y    y    y    y    y      yyyy  nnnn  nnnn  nnnn
AR    analyst      none      masked  y   y    y    y    y    y    y    y      yyyy  nnnn  nnnn  nnnn
AR    analyst      hit       beside  y   y    y    y    y    y    y    y      yyyy  nnnn  nnnn  nnnn
AR    analyst      hit       lifted  y   y    y    y    y    y    y    y      yyyy  nnnn  nnnn  nnnn
AR    analyst      identity  plain   y   y    y    y    y    y    y    y      yyyy  yyny  yyny  yyny
AR    analyst      identity  beside  y   y    y    y    y    y    y    y      yyyy  yyny  yyny  yyny
AR    analyst      identity  masked  y   y    y    y    y    y    y    y      yyyy  nnnn  nnnn  nnnn
AR    analyst      identity  lifted  y   y    y    y    y    y    y    y      yyyy  nnnn  nnnn  nnnn
AR    analyst      full      plain   y   y    y    y    y    y    y    y      yyyy  yyny  yyny  yyny
AR    analyst      full      beside  y   y    y    y    y    y    y    y      yyyy  yyny  yyny  yyny
AR    analyst      full      masked  y   y    y    y    y    y    y    y      yyyy  nnnn  nnnn  nnnn
AR    analyst      full      lifted  y   y    y    y    y    y    y    y      yyyy  yyny  nnnn  yyny
AR    coordinator  full      masked  y   y    y    y    y    y    y    y      yyyy  nnnn  nnnn  nnnn
AR    coordinator  full      plain   y   y    y    y    y    y    y    y      yyyy  yyny  yyny  yyny
AR    steward      full      masked  y   y    y    y    y    y    y    y      yyyy  nnnn  nnnn  nnnn
AR    steward      full      lifted  y   y    y    y    y    y    y    y      yyyy  yyny  nnnn  yyny
AR    operator     full      plain   n   n    n    n    n    n    n    n      nnnn  nnnn  nnnn  nnnn
AR    operator     none      masked  n   n    n    n    n    n    n    n      nnnn  nnnn  nnnn  nnnn
"""

# y done at once, 2 waits for a second person, n refused. Under AR people of the owner, under BR of another agency.
DOING = """
action                AR: analyst coordinator steward operator  BR: analyst coordinator steward operator
deliver                   n       n           y       n             n       n           n       n
accept-draft              n       n           y       n             n       n           n       n
drop-draft                n       n           y       n             n       n           n       n
release-dataset           n       n           y       n             n       n           n       n
release-record            n       n           y       n             n       n           n       n
release-text              n       n           y       n             n       n           n       n
release-document          n       n           y       n             n       n           n       n
list-releases             n       n           y       n             n       n           n       n
withdraw                  n       n           y       n             n       n           n       n
judge                     y       y           y       n             y       y           y       n
take-back-judgement       y       y           y       n             n       n           n       n
ask-to-unmask             n       2           2       n             n       n           n       n
confirm-unmask            n       y           y       n             n       n           n       n
refuse-unmask             n       y           y       n             n       n           n       n
end-unmask                n       y           y       n             n       n           n       n
list-unmasked             y       y           y       n             n       n           n       n
propose-team              n       2           2       n             n       n           n       n
change-team               n       2           2       n             n       n           n       n
end-team                  n       2           2       n             n       y           y       n
confirm-team              n       y           y       n             n       y           y       n
refuse-team               n       y           y       n             n       y           y       n
see-team                  y       y           y       y             y       y           y       y
see-others-team           n       n           n       n             y       y           y       y
add-analyst-of-AR         n       y           y       y             n       n           n       y
add-steward-of-AR         n       2           2       y             n       n           n       y
make-operator-of-AR       n       n           n       y             n       n           n       y
lock-actor-of-AR          n       y           y       y             n       n           n       y
lock-operator-of-AR       n       n           n       y             n       n           n       y
confirm-actor             n       y           y       n             n       n           n       n
add-agency                n       n           n       y             n       n           n       y
lock-agency-BR            n       n           n       y             n       n           n       n
audit-show                n       y           y       y             n       y           y       y
export-to-AR              y       y           y       n             y       y           y       n
"""


def rows(table: str) -> list[dict[str, str]]:
    head, *lines = [line.replace(":", "").split() for line in table.strip().splitlines()]
    if "AR" in head:  # two groups of the same roles
        where = ["action", *(f"AR {r}" for r in head[2:6]), *(f"BR {r}" for r in head[7:])]
        return [dict(zip(where, line, strict=True)) for line in lines]
    return [dict(zip(head, line, strict=True)) for line in lines]


@pytest.fixture(autouse=True, scope="module")
def unsynced() -> Iterator[None]:
    """Whether a log survives a power cut is for other tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda handle: None)
        yield


# --- reading and handing on -------------------------------------------------------------------------------------------

LEVELS, MASKS = ("none", "hit", "identity", "full"), ("plain", "beside", "masked", "lifted")


def subjects(store: Store, level: str, mask: str) -> list[str]:
    return [store.ids.record("AR-MPF", f"{level}-{mask}", f"s{n}") for n in range(len(HANDLING))]


def word(level: str, mask: str, number: int) -> str:
    """A name that only one subject has."""
    return f"{level}{mask}{number}"


def filled(store: Store) -> Store:
    """One dataset for each level and mask; in each a subject for every handling, and another person."""
    store.clock = lambda: NOW
    casework.found(store)
    lifts = {}
    for level in LEVELS:
        for mask in MASKS:
            name, made = f"{level}-{mask}", casework.record
            masked = "witness" if mask in ("masked", "lifted") else ""
            who = subjects(store, level, mask)
            records = [made(store, "AR-MPF", name, "firm", "Company", name="Firma SA")]
            records.append(made(store, "AR-MPF", name, "pal", name="Otra Persona"))
            if mask == "beside":
                records.append(made(store, "AR-MPF", name, "vic", name="Vera", mask="victim"))
            for n, handling in enumerate(HANDLING):
                said = {"name": f"Persona {word(level, mask, n)}", "education": "perito", "notes": "nota"}
                document = "data/personas.csv"
                statements = [Statement(p, v, document=document, row=2, handling=handling) for p, v in said.items()]
                records.append(Delivered(who[n], "Person", statements, "", masked))
                ends = {"owner": who[n], "asset": records[0].id}
                records.append(made(store, "AR-MPF", name, f"o{n}", "Ownership", **ends))
            to = () if level == "none" else (Release("BR-MPF", level), Release("CL-FN", level))
            casework.deliver(store, casework.ANA, name, records, to)
            if mask == "lifted":
                number = next(d.number for d in store.datasets() if d.name == name)
                fields = {"dataset": number, "name": name, "mask": masked, "owner": "AR-MPF", "reason": "x"}
                for record in who:
                    more = {"record": record, "records": [record], "to": "BR-MPF", "until": "2099-01-01"}
                    lifts[record] = fields | more | {"by": "a", "confirmed": "b"}
    store.keep("lift", lifts, seen=True)
    return store


@pytest.fixture(scope="module", params=("sqlite", pytest.param("neo4j", marks=pytest.mark.prove)))
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    folder = tmp_path_factory.mktemp("verdicts")
    if request.param == "sqlite":
        store = open_store(f"sqlite:///{folder / 'x.db'}")
    else:
        server = request.getfixturevalue("neo4j_server")
        store = open_store(server.uri, user=server.user, password=server.password)
        worlds.wipe(store._driver)  # type: ignore[attr-defined]
    store.audit = Audit(folder / "audit")
    yield filled(store)
    store.close()


def person(of: str, role: str) -> Actor:
    code = {"AR": "AR-MPF", "BR": "BR-MPF", "CL": "CL-FN"}[of]
    return Actor(f"{of.casefold()}:{role}", code, frozenset({role}))


def named(store: Store, actor: Actor, receiver: str, level: str, mask: str) -> str:
    """For each handling, whether the subject's name is in what goes to the receiver."""
    who = subjects(store, level, mask)
    try:
        found = audience_view(store, actor, receiver).entities(who)
    except VinculoError:
        return "nnnn"
    return "".join("y" if i in found and word(level, mask, n) in found[i].caption else "n" for n, i in enumerate(who))


def verdicts(store: Store, row: dict[str, str]) -> dict[str, str]:
    actor, level, mask = person(row["of"], row["role"]), row["level"], row["mask"]
    view, who = store.view(actor), subjects(store, level, mask)
    found = view.entities(who)
    shown = [store.ids.pseudonym(i, actor.agency) for i in who]
    veiled = view.entities(shown)
    pal, firm = (store.ids.record("AR-MPF", f"{level}-{mask}", key) for key in ("pal", "firm"))
    got: dict[str, list[str]] = {name: [] for name in ("see", "name", "full", "text", "file", "find", "link", "judge")}
    drawn = view.neighbourhood(list(found), cap=400).links if found else ()
    for n, i in enumerate(who):
        entity = found.get(i)
        got["see"].append("y" if entity else "p" if shown[n] in veiled else "n")
        for name, prop in (("name", "name"), ("full", "education"), ("text", "notes")):
            got[name].append("y" if entity and entity.values(prop) else "n")
        files = {s.document for _, s in entity.facts()} if entity else set()
        got["file"].append("y" if "data/personas.csv" in files else "n")
        total = view.search(word(level, mask, n)).total
        got["find"].append("y" if total == 1 else "n" if total == 0 else "?")
        got["link"].append("y" if any({i, firm} == {k.source, k.target} for k in drawn) else "n")
        got["judge"].append(did(lambda i=i: judging.judge(store, actor, i, pal, "unsure")))
    same = {name: "".join(sorted(set(each))) for name, each in got.items()}  # handling changes nothing of a reading
    to = {"AR": "agency:AR-MPF", "BR": "agency:BR-MPF", "CL": "agency:CL-FN", "team": "team:eci"}
    return same | {f"to-{name}": named(store, actor, receiver, level, mask) for name, receiver in to.items()}


def did(attempt: Callable[[], object]) -> str:
    try:
        attempt()
    except VinculoError:
        return "n"
    return "y"


@pytest.mark.parametrize("row", rows(READING), ids=lambda r: "-".join(list(r.values())[:4]))
def test_what_is_read_and_handed_on(world: Store, row: dict[str, str]) -> None:
    expected = dict(list(row.items())[4:])
    assert verdicts(world, row) == expected


# --- doing ------------------------------------------------------------------------------------------------------------


class Stage:
    """A small store of AR-MPF's, with something of everything to be done to; made anew where something was done."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._made = folder, 0
        self.store: Store = self._fresh()

    def _fresh(self) -> Store:
        self._made += 1
        store = casework.found(open_store(f"sqlite:///{self._folder / str(self._made) / 'x.db'}"))
        store.clock = lambda: NOW
        made = casework.record
        sus, pal = made(store, "AR-MPF", "a", "sus", name="Ana Paz"), made(store, "AR-MPF", "a", "pal", name="Pal")
        vic = made(store, "AR-MPF", "a", "vic", name="Vera", mask="victim")
        wit = made(store, "AR-MPF", "a", "wit", name="Tom", mask="witness")
        casework.deliver(store, casework.ANA, "a", [sus, pal, vic, wit], (Release("BR-MPF", "full"),))
        with store.deliver(casework.ANA, casework.manifest("AR-MPF", "d"), draft=True) as delivery:
            delivery.publish()
        self.sus, self.pal, self.vic = sus.id, pal.id, vic.id
        self.judgement = judging.judge(store, casework.ANA, sus.id, pal.id, "different")
        self.asked = unmasking.request(store, casework.ANA, vic.id, "BR-MPF", "2027-01-01", "x").id
        second = Actor("ar:two", "AR-MPF", frozenset({"steward"}))
        store.save_federation([], [second, Actor("ar:lu", "AR-MPF", frozenset({"analyst"}))], [])
        again = unmasking.request(store, casework.ANA, wit.id, "BR-MPF", "2027-01-01", "x").id
        self.lifted = confirming.confirm(store, second, again).id
        both = frozenset({"BR-MPF", "CL-FN"})
        store.save_federation([], [], [Team("others", both, "", "BR-MPF", "", "2099-01-01")])
        self.team = Team("new", frozenset({"AR-MPF", "BR-MPF"}), "x", "AR-MPF", "", "2027-01-01")
        self.proposal = teams.propose(store, casework.ANA, self.team, new=True).id
        waits = administration.put_actor(store, casework.ANA, Actor("ar:x", "AR-MPF", frozenset({"steward"})), True)
        assert waits
        self.person = waits.id
        self.mark = self._state(store)
        return store

    def _state(self, store: Store) -> Any:
        kept = [store.kept(kind) for kind in ("pending", "agreed", "lift", "lock")]
        states = [store.datasets(), store.grants(), store.drafts("AR-MPF"), store.standing("AR-MPF")]
        return [*kept, *states, store.standing("BR-MPF"), store.agencies(), store.actors(), store.teams()]

    def actor(self, of: str, role: str) -> Actor:
        return Actor(f"{of.casefold()}:any", {"AR": "AR-MPF", "BR": "BR-MPF"}[of], frozenset({role}))

    def tries(self, a: Actor) -> dict[str, Callable[[], object]]:
        s = self.store
        br, full = "BR-MPF", Release("BR-MPF", "full")
        new = lambda *roles: Actor("ar:new", "AR-MPF", frozenset(roles))  # noqa: E731
        longer = Team("eci", casework.TEAM.members, "x", "AR-MPF", "", "2098-01-01")
        return {
            "deliver": lambda: s.deliver(a, casework.manifest("AR-MPF", "z")),
            "accept-draft": lambda: stewardship.accept(s, a, "d"),
            "drop-draft": lambda: stewardship.drop(s, a, "d"),
            "release-dataset": lambda: stewardship.release(s, a, "a", Release("CL-FN", "hit")),
            "release-record": lambda: stewardship.release(s, a, "a", full, record=self.sus),
            "release-text": lambda: stewardship.release_text(s, a, "a", full, record=self.sus),
            "release-document": lambda: stewardship.release_text(s, a, "a", full, document="data/personas.csv"),
            "list-releases": lambda: stewardship.releases(s, a, "a"),
            "withdraw": lambda: stewardship.withdraw(s, a, "a"),
            "judge": lambda: judging.judge(s, a, self.sus, self.pal, "same"),
            "take-back-judgement": lambda: judging.undo(s, a, self.judgement),
            "ask-to-unmask": lambda: unmasking.request(s, a, self.vic, br, "2027-01-01", "x"),
            "confirm-unmask": lambda: confirming.confirm(s, a, self.asked),
            "refuse-unmask": lambda: confirming.refuse(s, a, self.asked),
            "end-unmask": lambda: unmasking.end(s, a, self.lifted),
            "list-unmasked": lambda: some(unmasking.listed(s, a)[0]),
            "propose-team": lambda: teams.propose(s, a, self.team, new=True),
            "change-team": lambda: teams.propose(s, a, longer, new=False),
            "end-team": lambda: teams.end(s, a, "eci"),
            "confirm-team": lambda: confirming.confirm(s, a, self.proposal),
            "refuse-team": lambda: confirming.refuse(s, a, self.proposal),
            "see-team": lambda: teams.member_team(s, a, "eci"),
            "see-others-team": lambda: teams.member_team(s, a, "others"),
            "add-analyst-of-AR": lambda: administration.put_actor(s, a, new("analyst"), True),
            "add-steward-of-AR": lambda: administration.put_actor(s, a, new("steward"), True),
            "make-operator-of-AR": lambda: administration.put_actor(s, a, new("operator"), True),
            "lock-actor-of-AR": lambda: administration.lock_actor(s, a, "ar:lu"),
            "lock-operator-of-AR": lambda: administration.lock_actor(s, a, "ar:op"),
            "confirm-actor": lambda: confirming.confirm(s, a, self.person),
            "add-agency": lambda: administration.put_agency(s, a, Agency("UY-FGN", "x", "UY"), True),
            "lock-agency-BR": lambda: administration.lock_agency(s, a, "BR-MPF"),
            "audit-show": lambda: trail(s, a),
            "export-to-AR": lambda: audience_view(s, a, "agency:AR-MPF").entity(self.sus),
        }

    def verdict(self, action: str, of: str, role: str) -> str:
        """What comes of trying it; whoever is refused changed nothing."""
        try:
            given = self.tries(self.actor(of, role))[action]()
        except VinculoError:
            assert self._state(self.store) == self.mark, "it was refused, and yet something was done"
            return "n"
        if self._state(self.store) != self.mark:
            self.store.close()
            self.store = self._fresh()
        return "2" if isinstance(given, pending.Pending) and given.open and action.split("-")[0] != "confirm" else "y"


def some(found: list[Any]) -> list[Any]:
    """What lists nothing gives nothing."""
    if not found:
        raise VinculoError("error.not_found", id="")
    return found


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    made = Stage(tmp_path_factory.mktemp("doing"))
    yield made
    made.store.close()


@pytest.mark.parametrize("row", rows(DOING), ids=lambda r: r["action"])
def test_what_is_done(stage: Stage, row: dict[str, str]) -> None:
    cells = {cell: wanted for cell, wanted in row.items() if cell != "action"}
    assert {cell: stage.verdict(row["action"], *cell.split()) for cell in cells} == cells


def test_every_action_has_its_row(stage: Stage) -> None:
    assert sorted(stage.tries(casework.ANA)) == sorted(row["action"] for row in rows(DOING))
    levels = {(r["level"], r["mask"]) for r in rows(READING) if (r["of"], r["role"]) == ("BR", "analyst")}
    assert levels == {(level, mask) for level in LEVELS for mask in MASKS}
