"""Mappings: FollowTheMoney's format and ours, everything wrong with one said at once; rows to records and rejects."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from graph.delivery import Manifest
from graph.errors import MappingError
from graph.ids import Ids
from ingest.context import Context
from ingest.mapper import Mapper
from ingest.mapping import read_mapping
from ingest.mapping_check import check_roles, date_columns
from ingest.readers.base import Row

CONTEXT = Context(Ids("5b" * 32), Manifest("AR-MPF", "caso-1", 1, evaluation="4x4:B2", handling="H1"))


def queries(tmp_path: Path, text: str):
    path = tmp_path / "mapping.yml"
    path.write_text(text, encoding="utf-8")
    return read_mapping(path, "mapping.yml")


def mapped(tmp_path, text, values, orders=None, options=None, number=2):
    found = queries(tmp_path, text)
    columns = set().union(*(q.columns for q in found))
    row = Row(number, {**dict.fromkeys(columns, ""), **values})
    return Mapper(found, CONTEXT, "data/x.csv", orders, options).map(row)


def said(outcome, schema=None):
    """(property, value) of the fragments of a schema."""
    return {(s.prop, s.value) for f in outcome.fragments if schema in (None, f.schema) for s in f.statements}


def problems(tmp_path, text):
    with pytest.raises(MappingError) as told:
        found = queries(tmp_path, text)
        check_roles(found, "mapping.yml")
    return {(p.at, p.key.removeprefix("ingest.")) for p in told.value.problems}, str(told.value)


PERSON = """
csv_url: x.csv
entities:
  p:
    schema: Person
    keys: [ID]
    properties:
      name: {column: NOMBRE}
"""


def test_everything_wrong_is_said_at_once(tmp_path):
    found, text = problems(
        tmp_path,
        """
        caso:
          queries:
            - csv_url: x.csv
              entites: {}
              entities:
                a: {schema: Persona, keys: [ID], properties: {name: {column: N}}}
                b:
                  schema: Person
                  properties: {nombre: {column: N}, birthDate: {colum: F}, idNumber: {column: D, form: ar.dn}}
                c: {schema: Thing, keys: [ID], key_literal: c}
                d:
                  schema: Directorship
                  keys: [ID]
                  key_literal: d
                  role: suspect
                  properties:
                    director: {column: N}
                    organization: {entity: e}
                    role: {entity: b}
                g: {schema: Company, keys: [ID], key_literal: g, role: {column: R, map: {X: culpable}}}
                h: {schema: Ownership, keys: [ID], key_literal: h, properties: {owner: {entity: v}, asset: {entity: g}}}
                v: {schema: Vehicle, keys: [ID], key_literal: v, evaluation: {scheme: 9x9, source: A}}
            - {file: y.csv, entities: {a: {schema: Person, keys: [ID]}, b: {schema: Vehicle, keys: [ID]}}}
            - {file: z.csv, encoding: utf-8, delimiter: abc, entities: []}
        """,
    )
    q = "caso.queries[1]"
    assert found >= {
        (f"{q}.entites", "mapping.unknown_key"),
        (f"{q}.entities.a.schema", "mapping.no_schema"),
        (f"{q}.entities.b", "mapping.no_key"),
        (f"{q}.entities.b.properties.nombre", "mapping.no_property"),
        (f"{q}.entities.b.properties.birthDate.colum", "mapping.unknown_key"),
        (f"{q}.entities.b.properties.birthDate", "mapping.no_source"),
        (f"{q}.entities.b.properties.idNumber.form", "mapping.no_form"),
        (f"{q}.entities.c.schema", "mapping.abstract"),
        (f"{q}.entities.d.properties.director", "mapping.needs_entity"),
        (f"{q}.entities.d.properties.organization", "mapping.no_entity"),
        (f"{q}.entities.d.properties.role", "mapping.no_entity_type"),
        (f"{q}.entities.h.properties.owner", "mapping.range"),
        ("caso.queries[2].entities.b", "mapping.same_key"),
        ("caso.queries[3].delimiter", "case.form"),
        ("caso.queries[3]", "mapping.no_entities"),
    }
    assert "“Person”" in text and "“entities”" in text and "“ar.dni”" in text and "“column”" in text


def test_roles_and_schemes_that_do_not_exist(tmp_path):
    text = PERSON + "    role: {column: R, map: {X: culpable}}\n    evaluation: {scheme: 9x9, source: A}\n"
    assert {key for _, key in problems(tmp_path, text)[0]} == {"case.choice"}
    text = PERSON.replace("Person", "Vehicle") + "    role: suspect\n"
    assert ("entities.p.role", "mapping.role_of_thing") in problems(tmp_path, text)[0]


@pytest.mark.parametrize("text", ["", "[]", "a: b", "a: {queries: [x]}", "queries: []"])
def test_what_is_no_mapping(tmp_path, text):
    assert problems(tmp_path, text)[0]


@pytest.mark.parametrize(
    "wrap", ["{0}", "queries:\n  - {1}", "query:\n  {2}", "d:\n  queries:\n    - {3}", "d:\n  query:\n    {4}"]
)
def test_the_places_where_followthemoney_puts_queries(tmp_path, wrap):
    body = PERSON.strip("\n")

    def indented(n):
        return body.replace("\n", "\n" + " " * n)

    text = wrap.format(indented(0), indented(4), indented(2), indented(6), indented(4))
    assert [q.files for q in queries(tmp_path, text)] == [("x.csv",)]


def test_no_word_of_yaml_becomes_something_else(tmp_path):
    text = "csv_url: x.csv\nentities:\n  p:\n    schema: Person\n    keys: [NO, 0123, 12:30, null]\n"
    assert queries(tmp_path, text)[0].entities[0].keys == ("NO", "0123", "12:30", "null")


def test_a_row_becomes_statements_with_their_source(tmp_path):
    outcome = mapped(tmp_path, PERSON, {"ID": " 7 ", "NOMBRE": "PAZ RUIZ, Ana"}, number=9)
    [fragment] = outcome.fragments
    assert fragment.id == CONTEXT.record("7") and fragment.schema == "Person"
    name = next(s for s in fragment.statements if s.prop == "name")
    assert name == ("name", "Ana PAZ RUIZ", "PAZ RUIZ, Ana", "data/x.csv", 9, "4x4:B2", "H1", "", "", "")
    assert {s.derived for s in fragment.statements} == {"", "name>comma"}
    assert outcome.rejects == []


def test_keys_are_ordered_and_told_apart(tmp_path):
    def key(keys, literal, **values):
        person = f"schema: Person, keys: {keys}, key_literal: '{literal}', properties: {{name: {{column: N}}}}"
        text = f"csv_url: x\nentities:\n  p: {{{person}}}"
        return mapped(tmp_path, text, {"N": "Ana", **values}).fragments[0].id

    ids = {
        key("[A, B]", "", A="1", B="2"),
        key("[A, B]", "", A="2", B="1"),
        key("[A, B]", "", A="12", B=" x"),
        key("[A]", "", A="1"),
        key("[A]", "persona", A="1"),
        key("[A]", "empresa", A="1"),
    }
    assert len(ids) == 6
    assert key("[A, B]", "", A="1", B="2") == key("[A, B]", "", A=" 1", B="2 ")


@pytest.mark.parametrize(
    ("spec", "values", "wanted"),
    [
        ("name: {columns: [N, A], join: ' '}", {"N": "Ana", "A": "Paz"}, {("name", "Ana Paz")}),
        ("name: {columns: [N, A], join: ' '}", {"N": "Ana"}, {("name", "Ana")}),
        ("name: {columns: [N, A]}", {"N": "Ana", "A": "Eva"}, {("name", "Ana"), ("name", "Eva")}),
        ("alias: {column: N, split: ';'}", {"N": "Ana; Eva ;;"}, {("alias", "Ana"), ("alias", "Eva")}),
        ("name: {template: '{{N}} de {{A}}'}", {"N": "Ana", "A": "Paz"}, {("name", "Ana de Paz")}),
        ("country: {literal: Argentina}\n      name: {column: N}", {"N": "Ana"}, {("country", "ar"), ("name", "Ana")}),
        ("country: {literal: Argentina}\n      name: {column: N}", {"N": ""}, set()),
        ("gender: {column: N, map: {V: M, M: F}}", {"N": "m"}, {("gender", "female")}),
        ("birthDate: {column: N, format: '%m.%d.%Y'}", {"N": "04.03.1980"}, {("birthDate", "1980-04-03")}),
        ("phone: {column: N}", {"N": "011 15-2345-6789"}, {("phone", "+5491123456789")}),
        ("phone: {column: N, country: {column: A}}", {"N": "600123456", "A": "España"}, {("phone", "+34600123456")}),
        ("phone: {column: N, country: ES}", {"N": "600123456"}, {("phone", "+34600123456")}),
        ("height: {column: N}", {"N": "1,75"}, {("height", "1.75")}),
        (
            "firstName: {column: N}\n      surname1: {column: A}",
            {"N": "Ana", "A": "Paz"},
            {("firstName", "Ana"), ("surname1", "Paz"), ("name", "Ana Paz")},
        ),
        (
            "name: {column: N, name_order: surname_first}",
            {"N": "PAZ ANA"},
            {("name", "ANA PAZ"), ("firstName", "ANA"), ("surname1", "PAZ"), ("lastName", "PAZ")},
        ),
        ("weakAlias: {column: N}", {"N": "42"}, {("weakAlias", "42")}),
    ],
)
def test_where_values_come_from(tmp_path, spec, values, wanted):
    text = f"csv_url: x\nentities:\n  p:\n    schema: Person\n    keys: [ID]\n    properties:\n      {spec}\n"
    assert said(mapped(tmp_path, text, {"ID": "1", **values})) == wanted


@pytest.mark.parametrize(
    ("spec", "values", "form", "value", "check"),
    [
        ("{column: D, form: ar.dni}", {"D": "12.345.678"}, "ar.dni", "12345678", "wellformed"),
        ("{column: D, country: BR}", {"D": "390.533.447-05"}, "br.cpf", "39053344705", "valid"),
        ("{column: D, country: BR, type: cpf}", {"D": "390.533.447-06"}, "br.cpf", "39053344706", "wrong"),
        (
            "{column: D, form: {column: T, map: {CPF: br.cpf, 'C.U.R.P.': mx.curp}}}",
            {"D": "390.533.447-05", "T": "cpf"},
            "br.cpf",
            "39053344705",
            "valid",
        ),
        (
            "{column: D, form: {column: T, map: {CPF: br.cpf}}}",
            {"D": "390.533.447-05", "T": "otro"},
            "",
            "39053344705",
            "unknown",
        ),
        ("{column: D, country: {column: P}}", {"D": "12531909-2", "P": "Chile"}, "cl.rut", "125319092", "valid"),
        ("{column: D, country: PY, type: passport}", {"D": "P 123456"}, "py.passport", "P123456", "wellformed"),
        ("{column: D}", {"D": "12.345.678"}, "", "12345678", "unknown"),
    ],
)
def test_the_form_of_a_number_comes_from_the_mapping(tmp_path, spec, values, form, value, check):
    text = f"csv_url: x\nentities:\n  p: {{schema: Person, keys: [ID], properties: {{idNumber: {spec}}}}}\n"
    [s] = mapped(tmp_path, text, {"ID": "1", **values}).fragments[0].statements
    assert (s.form, s.value, s.check, s.original) == (form, value, check, values["D"])


def test_derived_values_stand_beside_their_source(tmp_path):
    properties = "{taxNumber: {column: D, form: ar.cuit}}"
    text = f"csv_url: x\nentities:\n  p: {{schema: Person, keys: [ID], properties: {properties}}}\n"
    found = mapped(tmp_path, text, {"ID": "1", "D": "20-05536168-2"}).fragments[0].statements
    assert {(s.prop, s.value, s.form, s.derived) for s in found} == {
        ("taxNumber", "20055361682", "ar.cuit", ""),
        ("idNumber", "5536168", "ar.dni", "ar.cuit>ar.dni"),
    }


def test_a_plate_has_the_files_country_where_it_has_its_shape(tmp_path):
    text = "csv_url: x\nentities:\n  p: {schema: Vehicle, keys: [D], properties: {registrationNumber: {column: D}}}\n"
    forms = {d: mapped(tmp_path, text, {"D": d}).fragments[0].statements[0].form for d in ("AA123BB", "ABC1D23")}
    assert forms == {"AA123BB": "ar.plate", "ABC1D23": ""}


def test_what_a_type_refuses_is_kept_as_a_reject(tmp_path):
    text = PERSON + "      birthDate: {column: F}\n      phone: {column: T}\n"
    outcome = mapped(tmp_path, text, {"ID": "1", "NOMBRE": "Ana", "F": "32/13/1980", "T": "S/D"})
    assert said(outcome) == {("name", "Ana")}
    assert [(r.row, r.column, r.value, r.reason, r.whole) for r in outcome.rejects] == [
        (2, "F", "32/13/1980", "ingest.reject.date", False),
        (2, "T", "S/D", "ingest.reject.placeholder", False),
    ]


def test_a_row_that_gives_nothing_is_rejected_whole_with_its_values(tmp_path):
    outcome = mapped(tmp_path, PERSON, {"ID": "", "NOMBRE": "Ana"})
    [reject] = outcome.rejects
    assert outcome.fragments == [] and reject.whole and reject.reason == "ingest.reject.key" and reject.column == "ID"
    assert orjson.loads(reject.value) == {"NOMBRE": "Ana"}
    [reject] = mapped(tmp_path, PERSON, {"ID": "1", "NOMBRE": "S/D"}).rejects
    assert reject.whole and reject.reason == "ingest.reject.placeholder"
    [reject] = mapped(tmp_path, PERSON, {"ID": "1", "OTRA": "x"}).rejects
    assert reject.whole and reject.reason == "ingest.reject.nothing"


LINK = """
csv_url: x
filters: {TIPO: [S, D]}
filters_not: {BAJA: X}
entities:
  p: {schema: Person, keys: [P], key_literal: persona}
  e: {schema: Company, keys: [E], key_literal: empresa, properties: {name: {column: RAZON}}}
  v:
    schema: Directorship
    keys: [P, E]
    properties:
      director: {entity: p}
      organization: {entity: e}
      role: {column: CARGO, required: true}
"""


def test_a_link_needs_both_ends_and_what_is_required(tmp_path):
    full = {"TIPO": "S", "P": "1", "E": "2", "RAZON": "Sur SA", "CARGO": "gerente"}
    outcome = mapped(tmp_path, LINK, full)
    assert [f.schema for f in outcome.fragments] == [
        "Company",
        "Directorship",
    ]  # the person is only named, not described
    link = {s.prop: (s.value, s.original) for s in outcome.fragments[1].statements}
    assert link["director"] == (CONTEXT.record("persona", "1"), "1")
    outcome = mapped(tmp_path, LINK, {**full, "P": ""})
    assert [f.schema for f in outcome.fragments] == ["Company"]
    assert [(r.reason, orjson.loads(r.value)) for r in outcome.rejects] == [("ingest.reject.key", {"CARGO": "gerente"})]
    outcome = mapped(tmp_path, LINK, {**full, "CARGO": ""})
    assert [f.schema for f in outcome.fragments] == ["Company"]


@pytest.mark.parametrize("values", [{"TIPO": "Z"}, {"TIPO": "S", "BAJA": "X"}])
def test_filters_leave_rows_out_and_say_so(tmp_path, values):
    outcome = mapped(tmp_path, LINK, {"P": "1", "E": "2", "RAZON": "Sur", "CARGO": "g", **values})
    assert [(r.reason, r.whole) for r in outcome.rejects] == [("ingest.reject.filtered", True)]


def test_a_row_that_another_query_takes_is_no_reject(tmp_path):
    query = "  - csv_url: x\n    filters: {{T: {}}}\n    entities: {{p: {{schema: {}, keys: [ID], properties: {}}}}}\n"
    name = "{name: {column: N}}"
    two = "queries:\n" + query.format("F", "Person", name) + query.format("J", "Company", name)
    outcome = mapped(tmp_path, two, {"ID": "1", "N": "Ana", "T": "J"})
    assert [f.schema for f in outcome.fragments] == ["Company"] and outcome.rejects == []


ROLE = PERSON + "    role: {column: CALIDAD, map: {ENCARTADO: accused}}\n"


@pytest.mark.parametrize(
    ("text", "role", "reason"),
    [("Encartado", "accused", ""), ("VÍCTIMA", "victim", ""), ("gato", "other", "ingest.reject.role"), ("", None, "")],
)
def test_a_role_is_a_link_to_the_case(tmp_path, text, role, reason):
    outcome = mapped(tmp_path, ROLE, {"ID": "1", "NOMBRE": "Ana", "CALIDAD": text})
    links = [f for f in outcome.fragments if f.schema == "CaseRole"]
    assert [r.reason for r in outcome.rejects] == ([reason] if reason else [])
    if role is None:
        assert links == []
        return
    values = {s.prop: s.value for s in links[0].statements}
    assert values == {"person": CONTEXT.record("1"), "investigation": CONTEXT.investigation, "role": role}


def test_an_explicit_role_goes_to_the_case_unless_it_names_one(tmp_path):
    text = """
    csv_url: x
    entities:
      p: {schema: Person, keys: [ID]}
      r: {schema: CaseRole, keys: [ID, C], properties: {person: {entity: p}, role: {column: C}, startDate: {column: F}}}
    """
    [link] = mapped(tmp_path, text, {"ID": "1", "C": "Testigo", "F": "2/1/2026"}).fragments
    assert {(s.prop, s.value) for s in link.statements} == {
        ("person", CONTEXT.record("1")),
        ("investigation", CONTEXT.investigation),
        ("role", "witness"),
        ("startDate", "2026-01-02"),
    }


GRADES = (
    PERSON
    + """    evaluation: {source: {column: F}, information: {column: I}}
    handling: {column: H}
    protected: {column: R, 'true': [SI, SIM]}
"""
)


@pytest.mark.parametrize(
    ("values", "evaluation", "handling", "reasons"),
    [
        ({"F": "a", "I": "1"}, "4x4:A1", "H1", []),
        ({"F": "X"}, "4x4:X2", "H1", []),
        ({}, "4x4:B2", "H1", []),
        ({"F": "Q", "I": "9"}, "4x4:B2", "H1", ["ingest.reject.evaluation"]),
        ({"H": "H3; h2"}, "4x4:B2", "H1,H2,H3", []),
    ],
)
def test_grades_of_a_row(tmp_path, values, evaluation, handling, reasons):
    outcome = mapped(tmp_path, GRADES, {"ID": "1", "NOMBRE": "Ana", **values})
    assert {(s.evaluation, s.handling) for s in outcome.fragments[0].statements} == {(evaluation, handling)}
    assert [r.reason for r in outcome.rejects] == reasons


def test_a_row_whose_handling_is_not_understood_goes_nowhere(tmp_path):
    outcome = mapped(tmp_path, GRADES, {"ID": "1", "NOMBRE": "Ana", "H": "secreto"})
    assert outcome.fragments == [] and [(r.reason, r.whole) for r in outcome.rejects] == [
        ("ingest.reject.handling", True)
    ]


@pytest.mark.parametrize(
    ("text", "mask", "reasons"),
    [("SI", "protected", []), ("No", "", []), ("", "", []), ("quizá", "protected", ["ingest.reject.protected"])],
)
def test_protection_asked_for_in_a_column(tmp_path, text, mask, reasons):
    outcome = mapped(tmp_path, GRADES, {"ID": "1", "NOMBRE": "Ana", "R": text})
    assert outcome.fragments[0].mask == mask and [r.reason for r in outcome.rejects] == reasons


def test_dates_follow_the_order_of_their_column(tmp_path):
    text = PERSON + "      birthDate: {column: F}\n      deathDate: {column: G, format: '%d/%m/%Y'}\n"
    assert date_columns(queries(tmp_path, text)) == {"F"}
    outcome = mapped(tmp_path, text, {"ID": "1", "F": "03/04/1980"}, orders={"F": "mdy"})
    assert said(outcome) == {("birthDate", "1980-03-04")}


def test_an_untrusted_row_is_rejected_with_its_text(tmp_path):
    found = Mapper(queries(tmp_path, PERSON), CONTEXT, "x").map(Row(3, {"": '1;"Ana'}, "ingest.reject.quote"))
    assert [(r.row, r.value, r.reason, r.whole) for r in found.rejects] == [(3, '1;"Ana', "ingest.reject.quote", True)]
