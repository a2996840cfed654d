"""Words, dates and numbers as each reader writes them."""

from __future__ import annotations

import pytest

from dashboard.texts import SPEAKERS, plain
from graph.i18n import LANGUAGES
from graph.model import link_types, model, property_links
from graph.packing import identifier_kinds

es, pt, en = (SPEAKERS[lang] for lang in ("es", "pt", "en"))


@pytest.mark.parametrize(
    ("iso", "spanish", "portuguese", "english"),
    [
        ("1979-03-14", "14 mar 1979", "14 de mar. de 1979", "14 Mar 1979"),
        ("1985-11", "noviembre de 1985", "novembro de 1985", "November 1985"),
        ("1990", "1990", "1990", "1990"),
        ("", "", "", ""),
        ("no consta", "no consta", "no consta", "no consta"),
        ("2026-13-45", "2026-13-45", "2026-13-45", "2026-13-45"),
    ],
)
def test_dates_may_be_partial_and_are_never_invented(iso: str, spanish: str, portuguese: str, english: str) -> None:
    assert [s.day(iso) for s in (es, pt, en)] == [spanish, portuguese, english]


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.71, "71\xa0%"),
        (0.998, "99,8\xa0%"),
        (0.99999, "> 99,9\xa0%"),
        (1.0, "> 99,9\xa0%"),
        (0.0, "0\xa0%"),
        (0.004, "0,4\xa0%"),
    ],
)
def test_no_inference_is_shown_as_certain(share: float, text: str) -> None:
    assert es.percent(share) == text


def test_numbers_and_counts() -> None:
    assert es.number(1234567) == "1.234.567" and en.number(1234567) == "1,234,567"
    assert es.signed(-5) == "−5,0" and en.signed(6.23) == "+6.2"
    assert (
        es.counted("ui.search.total", 1) == "1 resultado" and es.counted("ui.search.total", 1200) == "1.200 resultados"
    )


def test_lists_end_as_the_language_wants() -> None:
    assert es.listed(["Chile", "Brasil"]) == "Chile y Brasil" and pt.listed(["a", "b", "c"]) == "a, b e c"


def test_forms_and_codes() -> None:
    assert es.form("ar.dni") == "DNI (AR)" and es.code("4x4:B2") == "4×4 B2"
    assert es.code("5x5x5:E4") == "5×5×5 E4" and es.code("admiralty:F6") == "Almirantazgo F6"
    assert es.caption("ar.dni:74890940", "document") == "DNI (AR) 74890940"
    assert es.caption("", "Person") == "Persona sin nombre" and es.caption("x", "Person", "victim") != "x"
    assert es.rule("name>comma") == "Deducido del nombre" and "CUIT" in es.rule("ar.cuit>ar.dni")
    assert es.document("d" + "0a" * 16) == "documento reservado 0A0A0A0A" and es.document("data/a.csv") == "data/a.csv"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_kind_and_link_of_the_model_has_a_word_of_ours(lang: str) -> None:
    from graph.i18n import has

    missing = [s.name for s in model() if not s.abstract and not has(f"schema.{s.name}")]
    relations = {k.relation for k in link_types().values()} | {k.relation for k in property_links().values()}
    missing += [r for r in relations | {"POSSIBLY_SAME"} if not has(f"relation.{r}")]
    missing += [k for k in identifier_kinds() if not has(f"schema.{k}")]
    assert missing == []
    assert SPEAKERS[lang].relation("HAS_PHONE")[0].isupper()


@pytest.mark.parametrize(
    "text", ["*a*", "[x](http://h)", ":red[x]", ":material/home:", "$x$", "<b>", "a_b", "`c`", "# t", "&lt;"]
)
def test_a_label_shows_every_character_and_obeys_none(text: str) -> None:
    assert plain(text).replace("\\", "").replace("\u2060", "") == text  # a joiner keeps an address from being a link
    assert not any(plain(text)[n] in "*[:$<_`#&" and plain(text)[n - 1] != "\\" for n in range(len(plain(text))))
