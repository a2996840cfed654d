"""What a real browser makes of hostile texts: no dialog, no request, no element made from data – on pages and exports.

The texts are those of tests/data/injection.yaml; tests/ingest/test_injection.py looks at stores, logs and files.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from graph.access import Actor, Agency
from graph.export import export_chart
from graph.store import open_store
from graph.store.base import Store
from ingest.load import deliver
from tests.dashboard.browser import Analyst, chromium, served

sys.path.insert(0, str(Path(__file__).parents[1] / "ingest"))
from injected import corpus, folder_of, packages  # noqa: E402

ANA = Actor("ar:ana", "AR-MPF", frozenset({"steward", "analyst"}))
LINK = "![x](http://attacker.example/p.png) <img data-injected src=x onerror=window.injected=1> [x](javascript:1)"
# What data must never become: an element of its own, a picture or a link that leads out, something that ran.
MADE = """() => [...document.querySelectorAll(
    '[data-injected], [src*="attacker"], [href*="attacker"]:not([href^="#"]), [href^="javascript"]')]
  .map(e => e.outerHTML.slice(0, 200)).concat(window.injected === undefined ? [] : ['it ran'])"""


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store whose every text is hostile: names, notes, links, titles, contacts, the case's number."""
    place = tmp_path_factory.mktemp("hostile")
    store = open_store(f"sqlite:///{place / 'x.db'}")
    store.set_meta("made_by", "test")
    store.save_federation([Agency("AR-MPF", "MPF", "AR")], [ANA], [])
    bad = "<img data-injected src=x onerror=window.injected=1> ![x](http://attacker.example/p.png)"
    case = {
        "title": bad,
        "investigation": {"number": bad, "unit": bad, "opened": "2026-03-01"},
        "contact": {"name": bad},
    }
    for reader, files, sources in packages():
        if reader in ("ftm", "anx", "routes"):
            deliver(store, folder_of(place, f"x-{reader}", files, case, sources), ANA)
    yield store
    store.close()


def entities(store: Store, *beginnings: str) -> list[str]:
    view = store.view(ANA)
    found = view.entities(list(view.membership())).values()
    named = [next(e for e in found if b in e.caption) for b in beginnings]
    return [e.id for e in named]


@pytest.mark.browser
def test_no_text_acts_in_a_real_browser(hostile: Store, chromium_path: str, tmp_path: Path) -> None:
    ids = entities(hostile, "<script data-injected>", "![x](")
    with served(hostile.url) as base, chromium(chromium_path) as browser:
        one = Analyst(browser, base)
        for page, params in (
            ("search", {"q": LINK}),
            ("datasets", {}),
            *(("entity", {"id": i}) for i in ids),
            ("network", {"id": ids[0]}),
            ("entity", {"id": LINK}),
            ("network", {"community": LINK}),
        ):
            if LINK in params.values() and page != "search":
                one.page.goto(f"{base}/{page}?as=ar:ana&lang=es&{next(iter(params))}={LINK}")
                one.page.get_by_test_id("stAlert").wait_for()
            else:
                one.open(page, **params)
            assert one.page.evaluate(MADE) == [], (page, params)
        assert one.wrong == []
        report = export_chart(hostile, ANA, ids, form="html", out=tmp_path / "chart.html", cap=200)
        one.page.goto(report.files[0].as_uri())
        one.page.wait_for_timeout(500)
        assert one.page.evaluate(MADE) == [] and one.wrong == []
        one.close()


def test_an_error_repeats_what_was_asked_for_as_a_text(hostile: Store, pages) -> None:  # type: ignore[no-untyped-def]
    at: AppTest = pages(hostile, "entity", id=LINK)
    [said] = [e.value for e in at.error]
    assert r"\!\[x\]\(http" in said and r"\<img" in said
    assert not re.search(r"(?<!\\)[<\[!`*$]", said)


def test_every_hostile_name_is_shown_whole(hostile: Store, pages) -> None:  # type: ignore[no-untyped-def]
    at: AppTest = pages(hostile, "search", q="injected")
    text = "\n".join(e.proto.body for e in at.get("html"))
    assert "&lt;script data-injected&gt;" in text and "<script data" not in text and "<img data" not in text
    assert len(corpus()) > 50
