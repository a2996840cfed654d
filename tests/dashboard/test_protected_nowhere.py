"""Protected people of the demonstration are found nowhere but with their owner: no page, export, flag, log, error.

Each one's names, aliases, documents, phones and exact birth date, as written and in other usual forms, are looked for
in everything that every other agency is told. A value that the same reader rightly sees on a record that is not
protected (the same phone, the same day) proves nothing: exactly those are left out, and counted.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from click.testing import CliRunner
from streamlit.testing.v1 import AppTest

from analytics.communities import communities
from analytics.crossborder.reader import flags
from analytics.identities import identities
from dashboard.cli import cli
from dashboard.commands.demonstrate import load_all, make
from graph.access import Actor
from graph.audit import Audit
from graph.chart import chart_for
from graph.delivery import Release
from graph.errors import VinculoError
from graph.export import FORMATS, export
from graph.i18n import LANGUAGES
from graph.ids import Ids
from graph.statement import Delivered, Statement
from graph.store import open_store
from graph.store.base import Store
from ingest.scenario import SMALLEST
from tests.dashboard.needles import Haystack, Needle, of_truth, openly, owner_scope, page, protected, scanned
from tests.graph import casework
from tests.graph.worlds import wipe

KEY = "3c" * 32
# Lists of a page that are cut short with a count of the rest.
SHORTENED = (("links", "SHOWN"), ("chart_details", "LISTED"))
TOKEN = re.compile(r"(?<![0-9a-z])[a-z][0-9a-f]{32}(?![0-9a-f])")
EVERYTHING = 100_000
AGENCIES = ("AR-MPF", "BR-MPF", "CL-FN", "CO-FGN", "ES-FGE", "MX-FGR", "PT-PGR", "PY-MP")


class Demo(NamedTuple):
    store: Store
    truth: dict[str, Any]
    needles: frozenset[Needle]


def built(url: str, folder: Path, **login: str) -> Demo:
    out = folder / "out"
    make(out, SMALLEST, 3, "es")
    first = open_store(url, **login)
    first.set_meta("key", KEY)  # ids are the same in every run
    first.close()
    store = open_store(url, **login)
    load_all(store, out, "es")
    truth = json.loads((out / "truth.json").read_text(encoding="utf-8"))
    told = {needle for entry in truth["protected"] for needle in of_truth(entry)}
    return Demo(store, truth, frozenset(told | protected(store)))


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    folder = tmp_path_factory.mktemp("protected")
    made = built(f"sqlite:///{folder / 'demo.db'}", folder)
    yield made
    made.store.close()


def readers(store: Store) -> list[Actor]:
    """A steward of every agency: who sees most."""
    first: dict[str, Actor] = {}
    for actor in store.actors():
        if actor.has("steward"):
            first.setdefault(actor.agency, actor)
    return list(first.values())


def found(demo: Demo, actor: Actor, text: str) -> tuple[list[Needle], list[Needle]]:
    """Others' needles in what ``actor`` was told: those that must not be there, and those it rightly sees elsewhere."""
    told, open_values = Haystack(text), openly(demo.store, demo.store.scope(actor))
    there = [n for n in demo.needles if n.owner != actor.agency and told.holds(n)]
    return [n for n in there if not open_values.holds(n)], [n for n in there if open_values.holds(n)]


def written(folder: Path) -> str:
    """Names and contents of all files."""
    files = [p for p in sorted(folder.rglob("*")) if p.is_file()]
    return "\n".join([*(p.name for p in files), *(p.read_text(encoding="utf-8", errors="replace") for p in files)])


def whole_view(store: Store, actor: Actor) -> str:
    """Everything that reading gives."""
    view = store.view(actor)
    ids = list(view.membership())
    entities = view.entities(ids)
    parts: list[Any] = [sorted(entities.values(), key=lambda e: e.id), view.records(ids), view.datasets()]
    parts += [list(identities(view)), view.proposals(), view.hits(), view.stamp(), view.flags()]
    parts += [[f.as_json(lang), f.words(lang)] for f in flags(view) for lang in LANGUAGES]
    near = view.neighbourhood(ids, depth=1, cap=EVERYTHING)
    parts += [near, view.records([k.record for k in near.links if k.record])]
    parts += [communities(view, 1, proposed=True).as_json()]
    return "\n".join(p.decode() if isinstance(p, bytes) else repr(p) for p in parts)


def exports(
    store: Store,
    actor: Actor,
    folder: Path,
    forms: Sequence[str] = FORMATS,
    receivers: Sequence[str] = ("self",),
    around: Sequence[str] = (),
) -> str:
    """The whole view, or what is ``around`` somebody, as one chart in every form, for oneself and for others."""
    view = store.view(actor)
    chart = chart_for(view, around or sorted(set(view.membership().values())), 1, EVERYTHING)
    for form in forms:
        for n, receiver in enumerate(receivers):
            try:
                export(view, chart, form, folder / f"{form}{n}" / "chart", receiver=receiver)
            except VinculoError as error:
                (folder / f"{form}{n}.error").write_text(error.text("es"))
    return written(folder)


def commands(store: Store, actor: Actor, folder: Path) -> str:
    """What the command line says and writes, refusals among it."""
    ids = sorted(set(store.view(actor).membership().values()))
    foreign = next(d.name for d in store.datasets() if d.owner != actor.agency and d.protected)
    asked: list[tuple[str, ...]] = [
        ("flag", "--no-run"), ("flag", "--no-run", "--json"), ("review",), ("review", "--json"),
        ("analyse", "communities", "--all", "--json"), ("dataset", "list"), ("dataset", "list", "--json"),
        ("dataset", "rejects", foreign), ("draft", "list"), ("audit", "show", "--json"), ("jobs", "history", "--json"),
        ("admin", "team"), ("store", "info"), ("identities", "--csv", str(folder / "identities.csv")),
        ("path", ids[0], ids[-1], "--json"), ("search", "a", "--json"), ("judge", ids[0], ids[-1], "nonsense"),
    ]  # fmt: skip
    said = []
    for words in asked:
        result = CliRunner().invoke(cli, [*words, "--store", store.url, "--as", actor.id])
        error = result.exception
        assert error is None or isinstance(error, SystemExit | VinculoError), (words, error)
        said += [result.output, *(error.text(lang) for lang in LANGUAGES if isinstance(error, VinculoError))]
    return "\n".join(said) + written(folder)


def test_there_is_something_to_find(demo: Demo) -> None:
    kinds = {(n.owner, n.kind) for n in demo.needles}
    assert {kind for _, kind in kinds} == {"name", "number", "birth"} and len({owner for owner, _ in kinds}) > 5
    # its owner finds every one: what is looked for is looked for rightly
    actor = next(a for a in readers(demo.store) if a.agency == "BR-MPF")
    own, mine = Haystack(whole_view(demo.store, actor)), {n for n in protected(demo.store) if n.owner == actor.agency}
    assert len({n.value for n in mine}) > 7
    assert {n.value for n in mine} == {n.value for n in mine if own.holds(n)}
    # some are named in free text and file names too, where the mask of their own record does not reach
    scope = owner_scope(demo.store, actor.agency)
    beside = [s for raw, said in scanned(demo.store, scope) if not raw.mask for s in said]
    prose = Haystack(" | ".join(f"{s.value} | {s.document}" for s in beside))
    assert any(prose.holds(n) for n in mine if n.kind == "name")


def check(demo: Demo, actor: Actor, text: str) -> None:
    leaks, excused = found(demo, actor, text)
    assert leaks == [], (actor.agency, {(n.owner, n.kind, n.value) for n in leaks})
    assert len({n.value for n in excused}) < len({n.value for n in demo.needles}) // 5


@pytest.mark.parametrize("agency", ["AR-MPF", "CL-FN", "PT-PGR"])
def test_what_another_agency_reads_holds_none(demo: Demo, agency: str) -> None:
    actor = next(a for a in readers(demo.store) if a.agency == agency)
    check(demo, actor, whole_view(demo.store, actor))


def test_what_another_agency_takes_out_holds_none(demo: Demo, tmp_path: Path) -> None:
    actor = next(a for a in readers(demo.store) if a.agency == "AR-MPF")
    case = around(demo, actor)
    check(demo, actor, exports(demo.store, actor, tmp_path / "own", around=case))
    # what it hands on holds nothing of its own protected people either
    handed = exports(demo.store, actor, tmp_path / "handed", ("ftm",), ("team:eci-litoral", "agency:CL-FN"), case)
    text = Haystack(handed)
    assert "eci" not in text.words or len(handed) > 1000
    open_values = openly(demo.store, demo.store.scope(Actor("cl", "CL-FN", frozenset({"analyst"}))))
    assert not [n for n in demo.needles if text.holds(n) and not open_values.holds(n)]


def around(demo: Demo, actor: Actor) -> list[str]:
    """Where most could be told: the protected people that the reader sees as pseudonyms, and the cases they are in."""
    view = demo.store.view(actor)
    masked = sorted(e for e in view.membership().values() if e.startswith("p"))
    near = view.neighbourhood(masked, cap=EVERYTHING)
    assert len(masked) > 2
    return sorted({*masked, *(n.id for n in near.nodes if n.schema == "Investigation")})


PAGES = ("search", "flags", "communities", "datasets", "service")


def test_what_another_agency_is_shown_holds_none(
    demo: Demo, pages: Callable[..., AppTest], monkeypatch: pytest.MonkeyPatch
) -> None:
    for place, name in SHORTENED:
        monkeypatch.setattr(f"dashboard.panels.{place}.{name}", EVERYTHING)
    actor = next(a for a in readers(demo.store) if a.agency == "AR-MPF")
    case = around(demo, actor)
    shown = [page(pages(demo.store, "flags", actor=actor.id))]
    shown += [page(pages(demo.store, name, actor=actor.id, id=case[0])) for name in ("entity", "network")]
    assert all(len(text) > 500 for text in shown)
    check(demo, actor, "\n".join(shown))


def test_what_the_command_line_says_and_the_logs_keep_hold_none(demo: Demo, tmp_path: Path) -> None:
    actor = next(a for a in readers(demo.store) if a.agency == "AR-MPF")
    view = demo.store.view(actor, "causa 12")
    numbers = sorted({n.value for n in demo.needles if n.kind == "number" and n.owner != actor.agency})
    names = sorted({n.value for n in demo.needles if n.kind == "name" and n.owner != actor.agency})
    open_values = openly(demo.store, view.scope())
    for value in (*numbers, *names):
        if view.search(value).total:  # somebody else of that name or number, whom the reader rightly sees
            assert any(open_values.holds(n) for n in demo.needles if n.value == value), value
    check(demo, actor, commands(demo.store, actor, tmp_path))
    # the logs keep no content at all, not even what was looked for
    logs = Haystack(written(demo.store.audit.folder))
    assert not [n for n in demo.needles if logs.holds(n)]
    assert len(demo.store.audit.looks.path.read_bytes()) > 1000


def test_a_name_in_a_file_name_or_prose_of_somebody_else_is_withheld(tmp_path: Path) -> None:
    """Where the mask of the protected record does not reach: another record of the dataset, and its source."""
    store = casework.found(open_store(f"sqlite:///{tmp_path / 'x.db'}"))
    hurt = casework.record(store, "AR-MPF", "a", "hurt", name="Clara Sol Ibarra", mask="victim", role="victim")
    said = [Statement("name", "Ana Paz", document="documents/declaracion-clara-sol-ibarra.pdf", row=2)]
    said += [Statement("notes", "vive con Clara Sol Ibarra", document="data/x.csv", row=3)]
    ana = Delivered(store.ids.record("AR-MPF", "a", "ana"), "Person", said)
    casework.deliver(store, casework.ANA, "a", [hurt, ana], (Release("*", "full"),))
    told = exports(store, casework.BIA, tmp_path / "out") + whole_view(store, casework.BIA)
    assert "Ana Paz" in told and "clara sol" not in Haystack(told).words
    assert "clara sol" in Haystack(whole_view(store, casework.ANA)).words
    store.close()


# --- guessing ---------------------------------------------------------------------------------------------------------


def plain_hashes(value: str) -> Iterator[str]:
    """Usual hashes of usual ways of writing a number, as hex, whole and cut to an id's length."""
    for text in {value, value.replace(".", ""), f"dni:{value}", f"DNI{value}", f"ar.dni:{value}", f"idNumber{value}"}:
        for algorithm in ("md5", "sha1", "sha256", "sha512", "blake2b", "sha3_256"):
            digest = hashlib.new(algorithm, text.encode()).hexdigest()
            yield from (digest, digest[:32])


def guesses(ids: Ids, value: str, demo: Demo) -> Iterator[str]:
    """Ids that the store would make of a number under a key, by every construction it has."""
    for agency in demo.store.agencies():
        yield ids.pseudonym(value, agency.code)
        yield from (ids.record(agency.code, d.name, value) for d in demo.store.datasets())
    yield from (ids.identifier(kind, value) for kind in ("document", "phone", "ar.dni"))
    yield from (ids.pseudonym(ids.record(d.owner, d.name, value), "AR-MPF") for d in demo.store.datasets())


def test_no_number_leads_to_an_id_that_an_outsider_gets(demo: Demo) -> None:
    """Why all 90 million document numbers find nobody: what an outsider gets are HMACs under a key of 256 bits, which
    no number alone decides. Under any other key, and by any plain hash, each guess is as wrong as the next."""
    outsider = next(a for a in readers(demo.store) if a.agency == "AR-MPF")
    open_values = openly(demo.store, demo.store.scope(outsider))
    others = {n for n in demo.needles if n.kind == "number" and n.owner != outsider.agency and not open_values.holds(n)}
    numbers = {form for n in others for form in (n.form, n.value)}
    assert len(numbers) > 10
    text = whole_view(demo.store, outsider)
    got = set(TOKEN.findall(text))
    assert len(got) > 100 and any(i.startswith("p") for i in got)
    hexes = set(re.findall(r"[0-9a-f]{32,128}", text))
    strangers = Ids("00" * 32)
    for value in sorted(numbers):
        assert hexes.isdisjoint(plain_hashes(value))
        assert got.isdisjoint(guesses(strangers, value, demo))
        assert got.isdisjoint(guesses(demo.store.ids, value, demo))  # not even the key's holder gets there by a number
    # the same constructions do find what is there, so that the test would
    record = next(i for i, _, _, mask in demo.store.nodes(demo.store.scope(outsider)) if mask)
    assert demo.store.ids.pseudonym(record, "AR-MPF") in got and strangers.pseudonym(record, "AR-MPF") not in got


def test_ids_are_the_stores_own(tmp_path: Path) -> None:
    """Two stores of the same people have no id in common; one store twice has all of them."""
    made = []
    for n, key in enumerate(("1a" * 32, "2b" * 32, "1a" * 32)):
        url = f"sqlite:///{tmp_path / str(n) / 'x.db'}"
        first = open_store(url)
        first.set_meta("key", key)
        first.close()
        store = casework.found(open_store(url))
        for actor in (casework.ANA, casework.BIA):
            person = {"name": "Ana Paz", "idNumber": "30123456", "phone": "+5491122334455"}
            records = [casework.record(store, actor.agency, "a", "30123456", **person)]
            records.append(casework.record(store, actor.agency, "a", "hurt", name="X Y", mask="victim"))
            ends = {"person": records[0].id, "associate": records[1].id}
            records.append(casework.record(store, actor.agency, "a", "tie", "Associate", **ends))
            casework.deliver(store, actor, "a", records, (Release("*", "full"),))
        made.append(set(TOKEN.findall(whole_view(store, casework.CARO))))
        store.close()
    assert made[0] == made[2] and made[0].isdisjoint(made[1])
    # two agencies' records of one number, dataset and key have two ids
    assert len([i for i in made[0] if i.startswith("r")]) == 2 and len([i for i in made[0] if i.startswith("p")]) >= 2


# --- all of it --------------------------------------------------------------------------------------------------------


@pytest.mark.prove
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("agency", AGENCIES)
def test_everything_that_an_agency_reads_and_takes_out_holds_none(demo: Demo, agency: str, tmp_path: Path) -> None:
    store = demo.store
    actor = next(a for a in readers(store) if a.agency == agency)
    check(demo, actor, whole_view(store, actor))
    others = [a.code for a in store.agencies() if a.code != agency]
    teams = [f"team:{t.id}" for t in store.teams() if agency in t.members]
    check(demo, actor, exports(store, actor, tmp_path / "exports", FORMATS, ("self", *teams)))
    check(demo, actor, exports(store, actor, tmp_path / "others", ("ftm",), [f"agency:{code}" for code in others]))
    (tmp_path / "commands").mkdir()
    check(demo, actor, commands(store, actor, tmp_path / "commands"))


@pytest.mark.prove
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("agency", AGENCIES)
def test_every_page_of_every_agency_holds_none(
    demo: Demo, agency: str, pages: Callable[..., AppTest], monkeypatch: pytest.MonkeyPatch
) -> None:
    store = demo.store
    actor = next(a for a in readers(store) if a.agency == agency)
    for place, name in SHORTENED:
        monkeypatch.setattr(f"dashboard.panels.{place}.{name}", EVERYTHING)
    entities = store.view(actor).entities(sorted(set(store.view(actor).membership().values())))
    seen = [page(pages(store, "entity", actor=actor.id, id=e)) for e, x in entities.items() if set(x.owners) - {agency}]
    masked = [e for e in entities if e.startswith("p")]
    seen += [page(pages(store, "network", actor=actor.id, id=e, lang=lang)) for e in masked for lang in LANGUAGES]
    seen += [page(pages(store, name, actor=actor.id, lang=lang)) for name in PAGES for lang in LANGUAGES]
    for letter in "abcdefghijklmnopqrstuvwxyz0123456789":
        seen.append(page(pages(store, "search", actor=actor.id, q=letter)))
    check(demo, actor, "\n".join(seen))


@pytest.mark.prove
def test_neo4j_tells_other_agencies_as_little(neo4j_server: Any, tmp_path: Path) -> None:
    from neo4j import GraphDatabase

    uri, user, password = neo4j_server
    login = {"user": user, "password": password}
    open_store(uri, **login).close()
    with GraphDatabase.driver(uri, auth=(user, password)) as driver:
        wipe(driver)
        try:
            demo = built(uri, tmp_path, **login)
            demo.store.audit = Audit(tmp_path / "audit")
            for actor in readers(demo.store):
                check(demo, actor, whole_view(demo.store, actor))
                check(demo, actor, exports(demo.store, actor, tmp_path / actor.agency, ("ftm", "html"), ("self",)))
            demo.store.close()
        finally:
            wipe(driver)
