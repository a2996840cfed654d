"""The page Deliver: from a table as a system exports it to a delivery, with corrections, a dry run and rejects."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.panels.deliver_case import slug
from dashboard.panels.deliver_run import given_back
from graph.errors import AccessDenied
from graph.i18n import LANGUAGES, t
from graph.store.base import Store
from tests.graph.casework import ANA, BIA

TABLE = (
    "NRO;APELLIDO Y NOMBRE;DNI;FECHA NAC.;TELEFONO;SECTOR\n"
    "1;PAZ, ANA MARIA;20.111.222;03/04/1980;011 4555-1234;norte\n"
    "2;SOSA, LUIS;21.333.444;25/12/1975;011 4555-9876;sur\n"
    "3;RUIZ, EVA;22.555.666;31/02/1990;011 4555-4321;sur\n"
    "4;VERA, HUGO;23.777.888;01/01/1970;;norte;;más celdas que columnas\n"
)
CASE = """
vinculo: 1
dataset: zip-2026
revision: 1
title: Por paquete
owner: {owner}
investigation: {{number: FSM 9/2026}}
"""
MAPPING = """
csv_url: data/p.csv
entities:
  persona: {schema: Person, keys: [ID], key_literal: persona, properties: {name: {column: NOMBRE}}}
"""


def well(at: AppTest) -> AppTest:
    assert not at.exception, at.exception
    assert not at.error, [e.value for e in at.error]
    return at


def said(at: AppTest) -> str:
    return "\n".join([e.proto.body for e in at.get("html")] + [m.value for m in at.markdown])


def button(at: AppTest, key: str) -> AppTest:
    return at.button(key=key).click().run()


def upload(at: AppTest, content: bytes | str, name: str = "personas.csv") -> AppTest:
    data = content.encode() if isinstance(content, str) else content
    return at.file_uploader(key="deliver_file").set_value((name, data, "application/octet-stream")).run()


def holds(at: AppTest, n: int) -> object:
    """What column ``n`` is chosen to hold."""
    return next(s for s in at.selectbox if str(s.key).startswith("deliver_slot_") and str(s.key).endswith(f"_{n}"))


def field(at: AppTest, name: str) -> object:
    return next(w for w in at.text_input if str(w.key).startswith(f"deliver_{name}_"))


def test_only_stewards_have_the_page(pages: Callable[..., AppTest], staged: Store) -> None:
    at = well(pages(staged, "deliver", actor="dev:all"))
    assert at.info[0].value == t("deliver.stewards") and not at.file_uploader


@pytest.mark.parametrize("lang", LANGUAGES)
def test_it_speaks_every_language(pages: Callable[..., AppTest], staged: Store, lang: str) -> None:
    at = well(upload(pages(staged, "deliver", lang=lang), TABLE))
    assert at.title[0].value == t("ui.nav.deliver", lang)
    assert t("deliver.step.preview", lang) in [s.value for s in at.subheader]
    field(at, "title").set_value("Operação Teste")
    at = well(button(at.run(), "deliver_try"))
    everything = said(at) + "".join(w.value for w in (*at.subheader, *at.caption, *at.warning))
    assert not re.search(r"\b(ui|deliver|propose|quality|cli|schema|prop|ingest)\.[a-z_]+\b", everything)


def test_a_table_is_proposed_corrected_tried_and_loaded(pages: Callable[..., AppTest], fresh: Store) -> None:
    before = {d.name for d in fresh.datasets()}
    at = well(upload(pages(fresh, "deliver"), TABLE))
    assert [holds(at, n).value for n in range(6)] == ["id", "name", "doc", "born", "phone", ""]
    shown = said(at)
    assert "Ana María Paz" in shown or "ANA MARIA PAZ" in shown
    assert "1980-04-03" in shown and "20111222" in shown and "[20.111.222]" in shown
    assert t("deliver.unused.columns", columns="SECTOR") in shown

    at = well(holds(at, 5).select("occupation").run())
    assert t("deliver.corrected") in said(at) and "norte" in said(at).split(t("deliver.says"))[1]
    field(at, "title").set_value("Operación Entrega")
    field(at, "number").set_value("FSM 7/2026")
    at = well(button(at.run(), "deliver_try"))
    assert [m.value for m in at.metric] == ["4", "3", "1", "1"]  # a row with too many cells; a 31st of February
    assert {d.name for d in fresh.datasets()} == before  # nothing was written
    assert "31/02/1990" in said(at)

    at = well(button(at, "deliver_load"))
    assert t("deliver.done.current", dataset="operacion-entrega", revision=1) in at.success[0].value
    found = fresh.view(ANA).search("paz ana maria").items
    assert [(r.dataset, r.owner) for r in found[0].entity.records] == [("operacion-entrega", "AR-MPF")]
    assert not fresh.view(BIA).search("paz ana maria").items  # no rule: nobody else knows
    content = given_back(fresh, ANA, "operacion-entrega", "es", False).decode("utf-8-sig")
    assert "31/02/1990" in content and "VERA, HUGO" in content
    with pytest.raises(AccessDenied):
        given_back(fresh, BIA.__class__("x:1", "AR-MPF", frozenset({"analyst"})), "operacion-entrega", "es", False)
    at = well(button(at, "deliver_again"))
    assert at.info[0].value == t("deliver.empty")


def test_tables_that_refer_to_each_other_are_added_one_by_one(pages: Callable[..., AppTest], fresh: Store) -> None:
    cars = "DOMINIO;MARCA;ID_TITULAR\nAB123CD;FIAT;1\nAC456EF;FORD;2\n"
    at = well(upload(pages(fresh, "deliver"), cars, "autos.csv"))
    field(at, "dataset").set_value("tablas-1")
    at = well(button(at.run(), "deliver_try"))
    assert t("deliver.elsewhere.other", count=2) in [w.value for w in at.warning]

    at = well(upload(at, TABLE))
    field(at, "dataset").set_value("tablas-1")
    at = well(button(button(at.run(), "deliver_try"), "deliver_load"))
    at = well(upload(button(at, "deliver_again"), cars, "autos.csv"))
    field(at, "dataset").set_value("tablas-1")
    at = at.run()
    at = next(r for r in at.radio if str(r.key).startswith("deliver_mode_")).set_value("add").run()
    at = well(button(at, "deliver_try"))
    assert t("deliver.elsewhere.other", count=2) not in [w.value for w in at.warning]
    at = well(button(at, "deliver_load"))
    assert t("deliver.done.current", dataset="tablas-1", revision=2) in at.success[0].value
    view = fresh.view(ANA)
    car = view.search("AB123CD").items[0].entity
    around = view.neighbourhood([car.id])
    assert [n.caption for n in around.nodes if n.schema == "Person"] == ["ANA MARIA PAZ"]


def test_a_change_after_the_dry_run_asks_for_another(pages: Callable[..., AppTest], staged: Store) -> None:
    at = well(upload(pages(staged, "deliver"), TABLE))
    field(at, "title").set_value("Operación Dos")
    at = well(button(at.run(), "deliver_try"))
    assert at.metric
    at = well(holds(at, 3).select("").run())
    assert not at.metric and not [b for b in at.button if b.key == "deliver_load"]


def test_a_draft_is_seen_by_nobody_else_and_a_rule_lets_others_see(pages: Callable[..., AppTest], fresh: Store) -> None:
    at = well(upload(pages(fresh, "deliver"), TABLE))
    field(at, "dataset").set_value("borrador-1")
    at = button(at.run(), next(b.key for b in at.button if str(b.key).startswith("deliver_rule_add")))
    next(s for s in at.selectbox if str(s.key).startswith("deliver_to_")).select("BR-MPF")
    next(s for s in at.selectbox if str(s.key).startswith("deliver_level_")).select("full")
    at = well(button(at.run(), "deliver_try"))
    at = well(button(at.radio(key="deliver_as").set_value("draft").run(), "deliver_load"))
    assert t("deliver.done.draft", dataset="borrador-1", revision=1) in at.success[0].value
    assert not fresh.view(BIA).search("sosa luis").items
    assert [name for _, _, name in fresh.drafts("AR-MPF")] == ["borrador-1"]
    from graph.stewardship import accept

    accept(fresh, ANA, "borrador-1")
    assert fresh.view(BIA).search("sosa luis").items


def package(owner: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("case.yaml", CASE.format(owner=owner))
        archive.writestr("mapping.yml", MAPPING)
        archive.writestr("data/p.csv", "ID;NOMBRE\n1;Rosa Gil\n2;Juan Mar\n;Nadie\n")
    return content.getvalue()


def test_a_package_is_shown_tried_and_loaded(pages: Callable[..., AppTest], fresh: Store) -> None:
    at = well(upload(pages(fresh, "deliver"), package("AR-MPF"), "caso.zip"))
    assert "zip-2026" in said(at) and "Rosa Gil" in said(at)
    at = well(button(at, "deliver_try"))
    assert [m.value for m in at.metric] == ["3", "2", "1", "0"]
    at = well(button(at, "deliver_load"))
    assert fresh.view(ANA).search("rosa gil").items


def test_a_package_of_another_agency_is_refused(pages: Callable[..., AppTest], staged: Store) -> None:
    at = upload(pages(staged, "deliver"), package("BR-MPF"), "caso.zip")
    at = button(at, "deliver_try")
    assert at.error and not at.metric and not [b for b in at.button if b.key == "deliver_load"]


@pytest.mark.parametrize(
    ("content", "name"), [(b"", "t.csv"), (b"\x00\x01\x02", "t.xlsx"), (b"PK\x03\x04", "t.zip"), (b"a;b\n", "../t.csv")]
)
def test_what_cannot_be_read_is_said_in_a_sentence(
    content: bytes, name: str, pages: Callable[..., AppTest], staged: Store
) -> None:
    at = upload(pages(staged, "deliver"), content, name)
    assert not at.exception
    assert at.error or at.warning
    assert not [b for b in at.button if b.key == "deliver_load"]


def test_a_table_that_nobody_understands_is_asked_about(pages: Callable[..., AppTest], staged: Store) -> None:
    at = well(upload(pages(staged, "deliver"), "foo;bar\nAna Paz;x\nEva Gil;y\n"))
    assert t("deliver.kind.unknown") in [w.value for w in at.warning]
    kind = next(s for s in at.selectbox if str(s.key).startswith("deliver_kind_"))
    at = kind.select("people").run()
    at = well(holds(at, 0).select("name").run())
    assert "Ana Paz" in said(at)


def test_what_another_actor_uploaded_is_gone(pages: Callable[..., AppTest], staged: Store) -> None:
    at = well(upload(pages(staged, "deliver"), TABLE))
    at.session_state["acting_as"] = "br:bia"
    at = at.run()
    assert "deliver_kept" not in at.session_state and "APELLIDO" not in said(at)


def test_a_title_becomes_a_name() -> None:
    assert slug("Operación Ñandú  2026/Sur") == "operacion-nandu-2026-sur"
    assert slug("¡!") == ""
