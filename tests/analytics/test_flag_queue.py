"""The queue: order, counts for each pair of services, and what is new in a flag since somebody read it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import casework
import pytest
from click.testing import CliRunner

from analytics.crossborder import queue as desk
from analytics.crossborder.flags import Flag
from analytics.crossborder.news import held, news
from analytics.crossborder.queue import queue, service_pairs
from analytics.crossborder.reader import flags
from analytics.crossborder.run import run
from dashboard.cli import cli
from graph import flagging
from graph.access import Actor
from graph.delivery import Release
from graph.errors import NotFound
from graph.i18n import LANGUAGES
from graph.identity import Pair, Reason
from graph.judging import judge, undo
from graph.store import open_store
from graph.store.base import Store

ANA, BIA, CARO = casework.ANA, casework.BIA, casework.CARO
FULL = (Release("*", "full"),)
ONE, TWO = "+5491100000001", "+5491100000002"
PER = Actor("ar:per", "AR-PFN", casework.ROLES)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = casework.found(open_store(f"sqlite:///{tmp_path / 'x.db'}"))
    store.set_meta("made_by", "test")
    store.clock = lambda: datetime(2026, 11, 25, 12, tzinfo=UTC)
    yield store
    store.close()


def put(store: Store, actor: Actor, revision: int = 1, phones: tuple[str, ...] = (ONE,), **more: str) -> None:
    dataset = f"{actor.agency[:2].lower()}1"
    who = casework.record(store, actor.agency, dataset, "1", name=f"Persona {dataset}", phone=phones, **more)
    casework.deliver(store, actor, dataset, [who], FULL, revision=revision)


def told(store: Store, actor: Actor = ANA) -> Flag:
    (flag,) = flags(store.view(actor))
    return flag


def test_new_evidence_updates_the_flag_and_says_what_is_new(store: Store) -> None:
    put(store, ANA, phones=(ONE, TWO))
    put(store, BIA)
    run(store)
    first = desk.opened(store, ANA, told(store).id)
    assert not first.news and first.life.step == "read"
    put(store, BIA, 2, (ONE, TWO))
    assert run(store)["new"] == 0
    (item,) = queue(store, ANA)
    assert item.flag.id == first.flag.id
    assert [p.params["value"] for p in item.news.came] == [TWO] and item.news.gone == 0
    assert item.news.score is None  # both phones are of one kind: the score is the same
    for lang in LANGUAGES:
        assert TWO in " ".join(item.news.words(lang))
    assert desk.opened(store, ANA, item.flag.id).news  # told once more while it is opened, then known
    assert not queue(store, ANA)[0].news
    put(store, BIA, 3, (TWO,))
    run(store)
    (item,) = queue(store, ANA)
    assert (item.news.came, item.news.gone) == ((), 1)
    said = " ".join(w for lang in LANGUAGES for w in item.news.words(lang))
    assert ONE not in said  # what is no longer stated is counted, not told


def test_a_judgement_is_news_in_other_words(store: Store) -> None:
    put(store, ANA, phones=())
    put(store, BIA, phones=())
    ids = sorted(store.ids.record(a.agency, f"{a.agency[:2].lower()}1", "1") for a in (ANA, BIA))
    store.save_pairs([Pair(*ids, 0.9, "automatic", (Reason("documents.same", "1", "1", 4.0),))], "m")
    run(store)
    desk.opened(store, ANA, told(store).id)
    number = judge(store, ANA, *ids, "same")
    run(store)
    (item,) = queue(store, ANA)
    assert item.news.worded and item.news.gone == 1  # the reasons of an inference are reasons no more
    undo(store, ANA, number)
    run(store)
    assert not queue(store, ANA)[0].news  # as it was read


def test_a_flag_that_did_not_change_has_no_news(store: Store) -> None:
    put(store, ANA)
    put(store, BIA)
    run(store)
    before = held(store.ids, told(store))
    assert "Persona" not in json.dumps(before) and ONE not in json.dumps(before)  # nothing of its content is kept
    # the same phone in a third country: the same connection, a little more common
    put(store, CARO)
    run(store)
    flag = next(f for f in flags(store.view(ANA)) if f.id == told_id(store, before))
    assert flag.digest != before["digest"] and not news(store.ids, before, flag).came


def told_id(store: Store, before: dict[str, object]) -> str:
    return next(f.id for f in flags(store.view(ANA)) if {s.owner for s in f.sides} == {"AR-MPF", "BR-MPF"})


def test_the_queue_is_ordered_by_worth_and_counted_by_pair(store: Store) -> None:
    store.save_federation([casework.Agency("AR-PFN", "Procuración", "AR")], [PER], [])
    for actor in (ANA, BIA, CARO):
        put(store, actor)
    casework.deliver(store, PER, "ar2", [casework.record(store, "AR-PFN", "ar2", "1", name="Otro", phone=ONE)], FULL)
    run(store)
    items = queue(store, ANA)
    assert [i.worth for i in items] == sorted((i.worth for i in items), reverse=True)
    assert not items[-1].flag.cross_border and items[-1].worth < items[0].worth
    assert [(a, b, c["all"], c["unread"]) for a, b, c in service_pairs(items)] == [
        ("AR-MPF", other, 1, 1) for other in ("AR-PFN", "BR-MPF", "CL-FN")
    ]
    last, first = items[-1].flag.id, items[0].flag.id
    flagging.due(store, ANA, last, "2026-11-25")
    assert queue(store, ANA)[0].flag.id == last and queue(store, ANA)[0].overdue
    desk.opened(store, ANA, first)
    desk.step(store, ANA, first, "known")
    flagging.step(store, ANA, first, "closed", {})
    assert queue(store, ANA)[-1].flag.id == first and not queue(store, ANA)[-1].open
    assert dict(service_pairs(queue(store, ANA))[1][2])["open"] in (0, 1)
    with pytest.raises(NotFound):
        desk.opened(store, BIA, first)


def test_a_verdict_is_kept_with_what_the_flag_rested_on(store: Store) -> None:
    put(store, ANA)
    put(store, BIA)
    run(store)
    flag = told(store)
    desk.opened(store, ANA, flag.id)
    life = desk.step(store, ANA, flag.id, "wrong", "common", "central telefónica")
    kept = life.history[-1].held
    assert (kept["kind"], kept["score"], kept["parts"]) == ("shared_identifier", flag.score, dict(flag.parts))
    assert (life.verdict, life.reason) == ("wrong", "common")


def test_the_life_on_the_command_line(store: Store) -> None:
    put(store, ANA, phones=(ONE, TWO))
    put(store, BIA)
    run(store)
    flag = told(store).id

    def vinculo(*words: str, actor: str = ANA.id, lang: str = "es") -> str:
        result = CliRunner().invoke(cli, ["flag", *words, "--store", store.url, "--as", actor, "--lang", lang])
        assert result.exception is None, (words, result.exception)
        return result.output

    assert flag in vinculo("queue") and "nueva" in vinculo("queue")
    assert "ar:ana" in vinculo("show", flag)
    assert "útil" in vinculo("step", flag, "accepted", "--text", "sí")
    assert ANA.id in vinculo("assign", flag, ANA.id)
    vinculo("due", flag, "2026-12-31")
    vinculo("comment", flag, "hola")
    shown = json.loads(vinculo("show", flag, "--json"))
    assert (shown["step"], shown["assignee"], shown["due"], shown["comments"]) == ("accepted", ANA.id, "2026-12-31", 2)
    assert [e["what"] for e in shown["history"]] == ["read", "step", "assign", "due", "comment"]
    assert json.loads(vinculo("queue", "--mine", "--json"))["total"] == 1
    assert json.loads(vinculo("queue", "--step", "wrong", "--json"))["total"] == 0
    assert json.loads(vinculo("pairs", "--json")) == {
        "agency": "AR-MPF", "other": "BR-MPF", "all": 1, "open": 1, "unread": 0,
    }  # fmt: skip
    assert flag not in vinculo("queue", actor=BIA.id)
    put(store, BIA, 2, ())
    run(store)
    for lang in LANGUAGES:
        assert flag in vinculo("queue", lang=lang)
    vinculo("note", flag)
    assert flag not in vinculo("queue")
    # the development actor acts as one of the flag's agency
    put(store, BIA, 3)
    run(store)
    both = json.loads(vinculo("queue", "--json", actor="dev:all"))["flags"]
    assert {f["agency"] for f in both} == {"AR-MPF", "BR-MPF"}
    assert json.loads(vinculo("show", flag, "--json", actor="dev:all"))["step"] == "accepted"
