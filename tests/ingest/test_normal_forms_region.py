"""Normal forms of the region: names abbreviated and by marriage, addresses from a landmark, accounts, CURP's state."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.cleaners import Hints, cleaner
from ingest.normalise.abbreviations import expand
from ingest.normalise.accounts import normal_account
from ingest.normalise.addresses import normal_address
from ingest.normalise.derive import curp_states
from ingest.normalise.documents import normal_document
from ingest.normalise.names import person_name
from ingest.normalise.relative import steps

ZONE = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10"  # ICAO 9303-4


@pytest.mark.parametrize(
    ("text", "full"),
    [
        ("Ma. Fernanda Hdez. Glez.", "María Fernanda Hernández González"),
        ("Mª del Carmen Fdez", "María del Carmen Fernández"),
        ("M.ª Ángeles Rguez.", "María Ángeles Rodríguez"),
        ("MA DEL CARMEN LOPEZ MTZ", "MARÍA DEL CARMEN LOPEZ MARTÍNEZ"),
        ("José Ma. Pérez", "José María Pérez"),
        ("Fco. Javier GTZ", "Francisco Javier GUTIÉRREZ"),
        ("Gpe. Victoria", "Guadalupe Victoria"),
        ("Juan Mart", "Juan Mart"),  # no point: it may be a surname
        ("Ma Long", "Ma Long"),
        ("Li Ma.", "Li Ma."),
        ("Marta Per Olsson", "Marta Per Olsson"),
    ],
)
def test_abbreviations_are_written_out_beside_the_name(text, full):
    assert expand(text) == full
    found = person_name(text)
    derived = [d.value for d in found.derived if d.rule == "name>abbreviation"]
    assert found.value == text.strip(" .") or found.value == text
    assert derived == ([full] if full != found.value and full != text else [])


@given(st.lists(st.sampled_from("Ma. Mª MA Fco. Hdez. Glez de DEL José Li Ma".split()), max_size=6).map(" ".join))
def test_writing_out_twice_is_once(text):
    assert expand(expand(text)) == expand(text)


@pytest.mark.parametrize(
    ("text", "country", "married"),
    [
        ("María López de Gutiérrez", "CO", "Gutiérrez"),
        ("ANA MARIA PEREZ DE GOMEZ", "PE", "GOMEZ"),
        ("GÓMEZ de PAZ, Ana", "AR", "PAZ"),
        ("Ana Gómez vda. de López", "AR", "López"),
        ("Ana Gómez v. de López", "MX", "López"),
        ("Ana Gómez viúva de Souza Lima", "BR", "Souza Lima"),
        ("Ana Ponce de León", "CO", None),  # compound surname
        ("Ana Gómez de Jesús", "DO", None),  # a given name
        ("María Pereira de Souza", "BR", None),  # both are her parents'
        ("María López de Ayala", "ES", None),
        ("María de López", "CO", None),  # the only surname
        ("Juan Pérez de Gómez", "CO", None),  # no woman's name
        ("Ana de la Cruz Paz", "CO", None),
    ],
)
def test_names_by_marriage(text, country, married):
    got = {d.prop: d.value for d in person_name(text, "", country).derived}
    assert got.get("marriedName") == married


def test_a_husbands_name_is_no_second_surname_and_stays_in_the_name():
    found = person_name("MARIA LOPEZ DE GUTIERREZ", "given_first", "CO")
    got = {d.prop: d.value for d in found.derived}
    assert found.value == "MARIA LOPEZ DE GUTIERREZ"
    assert got == {"firstName": "MARIA", "surname1": "LOPEZ", "lastName": "LOPEZ", "marriedName": "GUTIERREZ"}


@pytest.mark.parametrize(
    ("text", "full", "count"),
    [
        ("200 m al sur de la iglesia", "200 m al sur de la iglesia", 1),
        ("200 mts. S de la Iglesia Católica", "200 m al sur de la Iglesia Católica", 1),
        ("75 metros este del Banco Nacional", "75 m al este del Banco Nacional", 1),
        ("del mercado 2 c. al lago, 1 c. arriba", "del mercado 2 cuadras al lago, 1 cuadra arriba", 2),
        ("De la Rotonda 3c al sur", "De la Rotonda 3 cuadras al sur", 1),
        ("25 vrs. al oeste de la pulpería", "25 varas al oeste de la pulpería", 1),
        ("1,5 km norte de la escuela", "1.5 kilómetros al norte de la escuela", 1),
        ("2 quadras ao sul da praça", "2 quadras ao sul da praça", 1),
        ("Del ICE 300mts norte y 50 al este", "Del ICE 300 m al norte y 50 al este", 1),
        ("Manzana 3 C S", "Manzana 3 C S", 0),
        ("Calle 5 N 3-20", "Calle 5 N 3-20", 0),
        ("Km 45 ruta 9", "Kilómetro 45 ruta 9", 0),
    ],
)
def test_addresses_told_from_a_landmark(text, full, count):
    assert normal_address(text).value == full
    assert len(steps(text)) == count
    assert normal_address(full).value == full and steps(full) == steps(text)


@pytest.mark.parametrize(
    ("text", "normal", "form"),
    [
        ("Ag. 0123-4 C/C 56.789-0", "0123-4/56789-0", "br.account"),
        ("Agência 123 Conta Corrente 12345-6", "0123/12345-6", "br.account"),
        ("Banco 001 Ag 1234-5 CC 98765-X", "001/1234-5/98765-X", "br.account"),
        ("Bco: 341 - ag: 0987 - c/c: 12345-6", "341/0987/12345-6", "br.account"),
        ("AG 1234 CTA 567890", "1234/567890", "br.account"),
        ("341/0987/12345-6", "341/0987/12345-6", "br.account"),
        ("12345-6", "123456", ""),
        ("ag 12 conta", "AG12CONTA", ""),
    ],
)
def test_brazilian_accounts(text, normal, form):
    found = normal_account(text)
    assert (found.value, found.form) == (normal, form)
    assert normal_account(found.value).value == normal


@given(st.text(alphabet="ag.contac/-0123456789: Xx", max_size=30))
def test_an_account_read_twice_is_the_same(text):
    found = normal_account(text)
    if found is not None:
        again = normal_account(found.value)
        assert again is not None and again.value == found.value


def test_a_curp_tells_the_state_of_birth():
    assert len(curp_states()) == 32
    clean = cleaner("Person", "idNumber", Hints("MX"))
    pieces = {p.prop: (p.value, p.derived) for p in clean("HEGG560427MVZRRL04", "", "mx.curp")}
    assert pieces["birthPlace"] == ("Veracruz", "mx.curp>birthPlace")
    assert pieces["birthCountry"] == ("mx", "mx.curp>birthCountry")
    abroad = {d.prop for d in normal_document("BOXW310820HNERXN09", "mx.curp").derived}
    assert "birthDate" in abroad and not abroad & {"birthPlace", "birthCountry"}


def test_a_zone_and_a_bic_are_cleaners_that_a_mapping_may_name():
    clean = cleaner("Person", "passportNumber", Hints("AR"))
    pieces = {p.prop: p for p in clean(ZONE, "", "mrz")}
    assert pieces["passportNumber"][1:] == ("L898902C3", ZONE, "", "valid", "")
    assert (pieces["firstName"].value, pieces["lastName"].value) == ("ANNA MARIA", "ERIKSSON")
    assert (pieces["birthDate"].value, pieces["gender"].value) == ("1974-08-12", "female")
    broken = clean(ZONE.replace("7408122", "7408129"), "", "mrz")
    assert [(p.prop, p.check) for p in broken] == [("passportNumber", "wrong")]
    assert clean("L898902C3", "", "mrz") == "ingest.reject.identifier"
    card = cleaner("BankAccount", "bic", Hints("BR"))
    assert [(p.value, p.form, p.check) for p in card("brasbrrjxxx", "", "")] == [("BRASBRRJXXX", "bic", "wellformed")]
    assert card("12", "", "") == "ingest.reject.identifier"
