"""Readers of records: calls, routes, FollowTheMoney statements, STIX bundles. Counts add up, refusals are explained."""

from __future__ import annotations

import json

import pytest

from graph.errors import ReaderError
from graph.i18n import LANGUAGES, t
from ingest.load import deliver


@pytest.fixture
def load(store, actor, package, content):
    """Deliver one file under a reader: (report, rejects as (row, column, reason, whole), records of one schema)."""

    made = 0

    def run(name: str, data: str | bytes, reader: str, options: str = ""):
        nonlocal made
        made += 1
        files = {"mapping.yml": None, "data/personas.csv": None, name: data}
        folder = package(files, sources=f"[{{file: {name}, reader: {reader}{options}}}]", dataset=f"d-{made}")
        report = deliver(store, folder, actor)
        rejects = [(r.row, r.column, r.reason, r.whole) for r in store.rejects(made)]
        assert report.rows_read == report.rows_accepted + report.rows_rejected
        assert report.rows_rejected == sum(whole for *_, whole in rejects)
        assert all(t(reason, lang, **{k: "x" for k in ("schema", "prop", "other", "kind", "entity")})
                   for _, _, reason, _ in rejects for lang in LANGUAGES)  # fmt: skip
        found = content(actor)

        def records(schema: str, *props: str):
            return sorted(
                tuple(next((s.value for s in statements if s.prop == p), "") for p in props)
                for kind, _, statements in found.values()
                if kind == schema
            )

        records.all = found
        records.links = store.all_links(store.scope(actor))
        return report, rejects, records

    return run


CALLS = """\
Número de origen;Número de destino;Fecha y hora;Duración (seg);Celda;IMEI;Tarifa
11 15-2345-6789;+55 21 98765-4321;25/02/2025 07:05:09;00:01:35;BUE-1;490154203237518;plana
+54 9 11 2345-6789;911;13/02/2025 08:00;5;BUE-1;;
+54 9 11 2345-6789;PRIVADO;13/02/2025 08:00;5;;;
"""


def test_calls_between_two_numbers(load):
    header, *rows = CALLS.splitlines()
    data = "\n".join([header.replace("Duración (seg)", "duracion_seg"), *rows]) + "\n"
    report, rejects, records = load("llamadas.csv", data, "calls")
    assert (report.rows_read, report.rows_accepted) == (3, 2)
    assert rejects == [(4, "Número de origen", "readers.reject.line", True)]
    assert records("PhoneNumber", "number", "name") == [
        ("", "911"), ("+5491123456789", ""), ("+5521987654321", ""),
    ]  # fmt: skip
    assert records("Called", "startDate", "duration", "cell", "summary") == [
        ("2025-02-13T08:00:00", "5", "BUE-1", ""),
        ("2025-02-25T07:05:09", "95", "BUE-1", "Tarifa: plana"),
    ]
    assert records("Device", "imei") == [("490154203237518",)]
    card = next(id for id, (schema, _, _) in records.all.items() if schema == "SimCard")
    assert sorted((x.relation, records.all[x.target][0]) for x in records.links if x.source == card) == [
        ("HAS_NUMBER", "PhoneNumber"), ("IN_DEVICE", "Device"),
    ]  # fmt: skip


def test_calls_of_a_watched_line(load):
    data = (
        "Linha alvo,Interlocutor,Direção,Data,Hora,Duração,ERB,IMSI\n"
        "21987654321,21987650000,ORIGINADA,02/13/2025,10:00:00,1:05,ERB-7,724051234567890\n"
        "21987654321,21987650000,Recebida,02/01/2025,11:00:00,10,ERB-8,\n"
        "21987654321,21987650000,Desconhecida,02/01/2025,12:00:00,10,ERB-8,\n"
    )
    report, rejects, records = load("alvo.csv", data, "calls", ", country: BR")
    assert rejects == [(4, "Direção", "readers.reject.direction", True)]
    number = {id: st[0].value for id, (schema, _, st) in records.all.items() if schema == "PhoneNumber"}
    ends = {x.start: [number[x.source], number[x.target]] for x in records.links if x.schema == "Called"}
    # month first, since one cell of the column proves it: decided for the column
    assert ends == {
        "2025-02-13T10:00:00": ["+5521987654321", "+5521987650000"],
        "2025-02-01T11:00:00": ["+5521987650000", "+5521987654321"],
    }
    assert records("SimCard", "imsi") == [("724051234567890",)] and report.rows_accepted == 2


def test_one_call_told_by_both_operators_is_one(load):
    row = "+5491123456789;+5491134567890;2025-02-13 08:00:00;{}\n"
    _, _, records = load("x.csv", "caller;called;start;cell\n" + row.format("A") + row.format("B"), "calls")
    assert len(records("Called")) == 1
    _, _, records = load("y.csv", "caller;called\n" + "+5491123456789;+5491134567890\n" * 2, "calls")
    assert len(records("Called")) == 1 + 2  # without a time, nothing tells that they are one


@pytest.mark.parametrize("reader", ["calls", "routes", "statements"])
def test_a_table_that_is_of_another_kind_is_refused(load, reader):
    with pytest.raises(ReaderError) as told:
        load("x.csv", "ID;NOMBRE\n1;Ana\n", reader)
    assert all(told.value.text(lang) for lang in LANGUAGES)


def test_routes_with_one_leg_a_row(load):
    data = (
        "ID_RUTA;TRAMO;ORIGEN;DESTINO;MEDIO;NAVIERA;CARGA;CONTENEDOR;SALIDA;LLEGADA;Nota\n"
        "R1;1;Guayaquil;Colón, Panamá;Marítimo;Naviera Sur;banano;CSQU3054383;01/02/2025;13/02/2025;gancho ciego\n"
        "R1;2;Colón, Panamá;Amberes;buque;;;;;;\n"
        "R1;3;;Gante;;;;;;;\n"
    )
    report, rejects, records = load("rutas.csv", data, "routes")
    assert (report.rows_accepted, rejects) == (2, [(4, "ID_RUTA", "ingest.reject.key", True)])
    assert records("Route", "name", "cargo", "mode") == [("R1", "banano", "sea")]
    props = ("order", "place", "placeCode", "toPlace", "toPlaceCode", "mode", "departure", "arrival", "description")
    assert records("RouteLeg", *props) == [
        ("1", "Guayaquil", "ECGYE", "Colón, Panamá", "PAONX", "sea", "2025-02-01", "2025-02-13", "Nota: gancho ciego"),
        ("2", "Colón, Panamá", "PAONX", "Amberes", "BEANR", "sea", "", "", ""),
    ]
    assert records("RouteLeg", "containerNumber", "carrier")[1] == ("CSQU3054383", "Naviera Sur")


def test_routes_told_in_one_cell(load):
    data = "RUTA,Modo\nGuayaquil–Colón–Amberes,marítimo\nSantos → Róterdam (vía Leixões),\nen bote,\n"
    report, rejects, records = load("rutas.csv", data, "routes")
    assert (report.rows_accepted, rejects) == (2, [(4, "RUTA", "readers.reject.route", True)])
    assert records("Route", "name", "firstPlace", "lastPlace", "mode") == [
        ("Guayaquil – Colón – Amberes", "Guayaquil", "Amberes", "sea"),
        ("Santos – Leixões – Róterdam", "Santos", "Róterdam", ""),
    ]
    legs = records("RouteLeg", "order", "place", "placeCode", "toPlace", "toPlaceCode")
    assert legs == [
        ("1", "Guayaquil", "ECGYE", "Colón", "PAONX"),
        ("1", "Santos", "BRSSZ", "Leixões", "PTLEI"),
        ("2", "Colón", "PAONX", "Amberes", "BEANR"),
        ("2", "Leixões", "PTLEI", "Róterdam", "NLRTM"),
    ]


STATEMENTS = [
    {"entity_id": "p1", "canonical_id": "NK-1", "prop": "name", "schema": "Person", "value": "Ana Paz",
     "original_value": "PAZ, Ana"},
    {"entity_id": "p1", "canonical_id": "NK-1", "prop": "id", "schema": "Person", "value": "abcdef"},
    {"entity_id": "p1", "canonical_id": "NK-1", "prop": "birthDate", "schema": "LegalEntity", "value": "1980"},
    {"entity_id": "p1", "canonical_id": "NK-1", "prop": "birthDate", "schema": "Person", "value": "1980-02",
     "original_value": "feb mil novecientos"},
    {"entity_id": "p1", "canonical_id": "NK-1", "prop": "nationality", "schema": "Person", "value": "Narnia"},
    {"entity_id": "c1", "canonical_id": "c1", "prop": "name", "schema": "Company", "value": "Paz SA"},
    {"entity_id": "c1", "canonical_id": "c1", "prop": "alias", "schema": "Company", "value": "Otra", "external": True},
    {"entity_id": "o1", "canonical_id": "o1", "prop": "owner", "schema": "Ownership", "value": "NK-1"},
    {"entity_id": "o1", "canonical_id": "o1", "prop": "asset", "schema": "Ownership", "value": "c1"},
    {"entity_id": "o1", "canonical_id": "o1", "prop": "percentage", "schema": "Ownership", "value": "50"},
    {"entity_id": "o2", "canonical_id": "o2", "prop": "owner", "schema": "Ownership", "value": "p1"},
    {"entity_id": "", "canonical_id": "", "prop": "name", "schema": "Person", "value": "X"},
    {"entity_id": "z", "canonical_id": "z", "prop": "name", "schema": "Thing", "value": "X"},
]  # fmt: skip


@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_statements_of_followthemoney(load, form):
    if form == "jsonl":
        data, first = "".join(json.dumps(s) + "\n" for s in STATEMENTS), 1
    else:
        columns = ("canonical_id", "entity_id", "prop", "schema", "value", "original_value", "external")
        rows = [",".join(f'"{s.get(c, "")}"' for c in columns) for s in STATEMENTS]
        data, first = "\n".join([",".join(columns), *rows]), 2
    report, rejects, records = load(f"st.{form}", data, "statements")
    assert report.rows_read == len(STATEMENTS)
    assert [(row - first, reason, whole) for row, _, reason, whole in sorted(rejects)] == [
        (1, "readers.reject.bookkeeping", True),
        (2, "ingest.reject.no_property", True),
        (4, "ingest.reject.country", True),
        (6, "readers.reject.external", True),
        (10, "ingest.reject.end", True),
        (11, "ingest.reject.key", True),
        (12, "ingest.reject.no_schema", True),
    ]
    assert records("Person", "name", "lastName", "birthDate") == [("Ana PAZ", "PAZ", "1980-02")]
    [link] = [x for x in records.links if x.schema == "Ownership"]
    assert [records.all[end][0] for end in (link.source, link.target)] == ["Person", "Company"]
    assert records("Ownership", "percentage") == [("50",)]


AMBER = "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82"
GREEN = "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da"
OWN = "marking-definition--11111111-1111-4111-8111-111111111111"


def bundle(*objects: dict) -> str:
    return json.dumps({"type": "bundle", "id": "bundle--1", "objects": list(objects)}, indent=1)


def test_a_bundle_gives_what_maps_and_a_list_of_what_does_not(load):
    data = bundle(
        {"type": "identity", "id": "identity--1", "name": "Ana Paz", "identity_class": "individual", "confidence": 85,
         "contact_information": "ana@example.org", "object_marking_refs": [AMBER], "x_note": {"a": 1}},
        {"type": "threat-actor", "id": "threat-actor--1", "name": "Red Sur", "aliases": ["La Red", "RS"],
         "granular_markings": [{"marking_ref": AMBER, "selectors": ["aliases.[1]"]},
                               {"marking_ref": GREEN, "selectors": ["name"]}]},
        {"type": "relationship", "id": "relationship--1", "relationship_type": "attributed-to",
         "source_ref": "threat-actor--1", "target_ref": "identity--1", "start_time": "2025-02-03T04:05:06Z"},
        {"type": "malware", "id": "malware--1", "name": "M"},
        {"type": "relationship", "id": "relationship--2", "relationship_type": "uses",
         "source_ref": "threat-actor--1", "target_ref": "malware--1"},
        {"type": "marking-definition", "id": OWN, "definition_type": "tlp", "definition": {"tlp": "red"}},
        {"type": "campaign", "id": "campaign--1", "name": "Operación", "first_seen": "2024-01-02T00:00:00Z",
         "object_marking_refs": [OWN]},
        {"type": "location", "id": "location--1", "country": "AR", "city": "Rosario",
         "object_marking_refs": ["marking-definition--x"]},
        {"type": "identity"},
    )  # fmt: skip
    report, rejects, records = load("bundle.json", data, "stix")
    assert (report.rows_read, report.rows_accepted) == (9, 5)
    assert sorted(reason for _, _, reason, _ in rejects) == [
        "readers.reject.stix_end",
        "readers.reject.stix_marking",
        "readers.reject.stix_object",
        "readers.reject.stix_type",
    ]
    assert records("Person", "name", "email", "notes") == [("Ana Paz", "ana@example.org", 'x_note: {"a": 1}')]
    handling = {(kind, s.prop, s.value): s.handling for kind, _, st in records.all.values() for s in st}
    assert handling["Person", "name", "Ana Paz"] == "H2"
    assert handling["Organization", "name", "Red Sur"] == "" == handling["Organization", "alias", "La Red"]
    assert handling["Organization", "alias", "RS"] == "H2", "the granular marking selects this alias alone"
    assert handling["Event", "name", "Operación"] == "H2" == handling["Address", "city", "Rosario"], "unknown is strict"
    assert {s.evaluation for kind, _, st in records.all.values() if kind == "Person" for s in st} == {"admiralty:F1"}
    assert records("UnknownLink", "role", "startDate") == [("attributed-to", "2025-02-03T04:05:06")]
