"""Every page, in every language, for every role: no error, nothing untranslated, nothing of anybody else's."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.texts import plain
from graph.i18n import LANGUAGES, t
from graph.store.base import Store
from tests.graph.casework import ANA

LISTED = ("search", "flags", "network", "communities", "datasets", "administration", "deliver", "service", "entity")
CASE_PAGES = ("search", "flags", "network", "communities", "datasets", "administration", "entity")


def shown(at: AppTest) -> str:
    """Everything a page says, as one text."""
    parts = [str(e.proto) for e in at.main] + [str(e.proto) for e in at.sidebar]
    for kind in ("title", "subheader", "info", "warning", "error", "button", "markdown"):
        for element in getattr(at, kind):
            parts += [str(getattr(element, "value", "")), str(getattr(element, "label", ""))]
    parts += [e.proto.body for e in at.get("html")]
    return "\n".join(parts)


def well(at: AppTest) -> AppTest:
    assert not at.exception, at.exception
    assert not at.error, [e.value for e in at.error]
    return at


def juan(store: Store) -> str:
    return store.view(ANA).search("nunez iturbe").items[0].entity.id


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("page", LISTED)
def test_every_page_speaks_every_language(pages: Callable[..., AppTest], staged: Store, page: str, lang: str) -> None:
    params = {"entity": {"id": juan(staged)}, "network": {"id": juan(staged)}, "search": {"q": "prado"}}
    at = well(pages(staged, page, lang=lang, **params.get(page, {})))
    text = shown(at)
    if page not in ("entity", "network"):
        assert at.title[0].value == t(f"ui.nav.{page}", lang)
    # a key of the catalogue on the page would be a text that nobody wrote
    assert not re.search(r"\b(ui|flag|reason|relation|schema|prop|error)\.[a-z_]+\.?[A-Za-z_.]*\b", strip(text))
    other = [word for code in LANGUAGES if code != lang for word in MARKS[code] if word in text]
    assert not other, other


# Words that the sidebar has on every page, in one language and in no other.
MARKS = {"es": ("Acceso de demostración",), "pt": ("Acesso de demonstração",), "en": ("Demonstration access",)}


def strip(text: str) -> str:
    """Without addresses, style sheets and element keys, in which dots and words meet too."""
    text = re.sub(r"(?s)<style>.*?</style>", "", text)
    return "\n".join(line for line in text.splitlines() if not re.match(r"\s*(id|key|element_id|page\w*|icon):", line))


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("page", ["entity", "network", "search"])
def test_empty_pages_say_what_to_do_next(pages: Callable[..., AppTest], staged: Store, page: str, lang: str) -> None:
    at = well(pages(staged, page, lang=lang))
    assert at.info[0].value == t(f"ui.{page}.empty", lang)


def test_whoever_has_no_data_is_told_so(pages: Callable[..., AppTest], fresh: Store) -> None:
    from graph.access import Actor, Agency

    fresh.save_federation([Agency("UY-FGN", "Fiscalía", "UY")], [Actor("uy:leo", "UY-FGN", frozenset({"steward"}))], [])
    assert well(pages(fresh, "flags", actor="uy:leo")).info[0].value == t("ui.flags.empty")
    assert well(pages(fresh, "communities", actor="uy:leo")).info[0].value == t("ui.communities.empty")
    told = [i.value for i in well(pages(fresh, "datasets", actor="uy:leo")).info]
    assert told == [t("ui.datasets.empty"), t("ui.datasets.own.empty")]
    nothing = well(pages(fresh, "search", actor="uy:leo", q="nunez"))
    assert nothing.warning[0].value == t("ui.search.nothing")


@pytest.mark.parametrize("page", ["", *CASE_PAGES])
def test_an_operator_has_one_page_whatever_the_address(pages: Callable[..., AppTest], staged: Store, page: str) -> None:
    at = well(pages(staged, page, actor="ar:op", id=juan(staged), q="nunez"))
    assert at.title[0].value == t("ui.nav.service")
    assert "litoral" not in shown(at).lower() and "Iturbe" not in shown(at) and "AR-MPF" in shown(at)


def test_an_analyst_has_no_service_page(pages: Callable[..., AppTest], fresh: Store) -> None:
    from graph.access import Actor

    fresh.save_federation([], [Actor("ar:uma", "AR-MPF", frozenset({"analyst"}))], [])
    assert well(pages(fresh, "service", actor="ar:uma")).title[0].value == t("ui.nav.search")


@pytest.mark.parametrize("told", ["0.0.0.0", "", "10.0.0.5", "dashboard.example.org"])  # noqa: S104
def test_off_loopback_nobody_is_let_in(
    pages: Callable[..., AppTest], address: Callable[[str], None], staged: Store, told: str
) -> None:
    address(told)
    at = pages(staged)
    assert [e.value for e in at.error] == [plain(t("session.as_refused"))]
    assert [e.value for e in pages(staged, actor="").error] == [plain(t("error.unknown_actor"))]
    assert "AR-MPF" not in shown(at) and "ar:ana" not in shown(at) and not at.title


def test_on_a_real_store_nobody_is_let_in_without_a_log_in(pages: Callable[..., AppTest], fresh: Store) -> None:
    fresh.set_meta("made_by", "")
    for actor, why in (("ar:ana", "session.as_refused"), ("", "error.unknown_actor")):
        at = pages(fresh, actor=actor)
        assert [e.value for e in at.error] == [plain(t(why))] and not at.title
        assert [e.value for e in at.info] == [t("login.nothing_set")]
    denied = [(line["actor"], line["ground"]) for line in fresh.audit.looks.lines() if line["what"] == "denied"]
    assert denied == [("ar:ana", "session.as_refused")]


def test_an_unknown_actor_is_refused_and_not_replaced_by_another(pages: Callable[..., AppTest], staged: Store) -> None:
    at = pages(staged, actor="ar:nadie")
    assert [e.value for e in at.error] == [plain(t("error.unknown_actor"))] and not at.title


@pytest.mark.parametrize("record", [("AR-MPF", "litoral-2026", "juan"), ("BR-MPF", "porto-2026", "joao")])
def test_another_actor_finds_nothing_of_the_former_one(
    pages: Callable[..., AppTest], staged: Store, record: tuple[str, str, str]
) -> None:
    """Two records of one entity for Argentina; Chile sees Brazil's alone."""
    at = well(pages(staged, "entity", id=staged.ids.record(*record)))
    well(at.switch_page("app_pages/network.py").run())
    assert at.session_state["chart"].chart.nodes and at.session_state["answers"]
    at.sidebar.selectbox[0].set_value("cl:caro").run()
    text = shown(at)
    assert "ar:ana" not in str(at.session_state["actor"])
    for piece in ("Litoral", "litoral-2026", "AR-MPF", "Marta", "El Contador"):
        # the sidebar lists who may be chosen, so the agency stands there
        assert piece not in text.replace("ar:ana · AR-MPF", "").replace("ar:op · AR-MPF", ""), piece
    assert ("chart" in at.session_state) == (record[0] == "BR-MPF")
    if record[0] == "BR-MPF":
        chart = at.session_state["chart"].chart
        assert chart.actor == "cl:caro" and "AR-MPF" not in {o for n in chart.nodes for o in n.owners}


def test_an_entity_that_is_not_visible_is_the_same_as_none(pages: Callable[..., AppTest], staged: Store) -> None:
    hidden, absent = staged.ids.record("AR-MPF", "litoral-2026", "juan"), "r" + "0" * 32
    texts = []
    for wanted in (hidden, absent):
        at = pages(staged, "entity", actor="cl:caro", id=wanted)
        texts.append([e.value.replace(wanted, "…") for e in at.error])
    assert texts[0] == texts[1] == [plain(t("error.not_found", id="…"))]


def test_an_unforeseen_error_is_a_reference_number_and_never_a_traceback(
    pages: Callable[..., AppTest], staged: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from graph.view import View

    def broken(*_: object) -> None:
        raise RuntimeError("secreto interno")

    monkeypatch.setattr(View, "datasets", broken)
    at = pages(staged, "datasets")
    assert not at.exception
    reference = re.search(r"[0-9A-F]{8}", at.error[0].value)
    assert reference and "secreto" not in shown(at)
    assert reference[0] in caplog.text and "secreto interno" in caplog.text


def test_the_language_is_kept_from_page_to_page(pages: Callable[..., AppTest], staged: Store) -> None:
    at = well(pages(staged, "datasets"))
    choice = next(s for s in at.sidebar.selectbox if s.label == t("ui.language"))
    choice.set_value("pt").run()
    assert well(at).title[0].value == "Conjuntos de dados"
    assert well(at.switch_page("app_pages/flags.py").run()).title[0].value == t("ui.nav.flags", "pt")
