"""Names: order, parts, aliases; nothing moved on a guess."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.normalise.names import person_name, plain_name, split_name


def parts(text, order="", country=""):
    found = person_name(text, order, country)
    return found.value, {d.prop: d.value for d in found.derived if d.prop != "weakAlias"}


@pytest.mark.parametrize(
    ("text", "name", "found"),
    [
        ("PÉREZ GÓMEZ, Juan Carlos", "Juan Carlos PÉREZ GÓMEZ", ("Juan Carlos", "PÉREZ", "GÓMEZ")),
        ("DE LA CRUZ, María", "María DE LA CRUZ", ("María", "DE LA CRUZ", None)),
        ("ORTEGA Y GASSET DÍAZ, José", "José ORTEGA Y GASSET DÍAZ", ("José", "ORTEGA Y GASSET", "DÍAZ")),
        ("SILVA FILHO, João", "João SILVA FILHO", ("João", "SILVA", None)),
        ("Souza, Filho", "Souza Filho", None),
        ("Pérez, Gómez, Juan", "Pérez, Gómez, Juan", None),
        ("Juan Pérez", "Juan Pérez", None),
        ("Sr. Juan Pérez", "Juan Pérez", None),
        ("  JOSÉ   PÉREZ ", "JOSÉ PÉREZ", None),
    ],
)
def test_a_comma_tells_the_surname(text, name, found):
    value, got = parts(text)
    assert value == name
    if found:
        assert (got.get("firstName"), got.get("surname1"), got.get("surname2")) == found


@pytest.mark.parametrize(
    ("text", "order", "country", "name", "given", "first", "second"),
    [
        ("GOMEZ PEREZ JUAN CARLOS", "surname_first", "MX", "JUAN CARLOS GOMEZ PEREZ", "JUAN CARLOS", "GOMEZ", "PEREZ"),
        ("GOMEZ JUAN CARLOS", "surname_first", "AR", "JUAN CARLOS GOMEZ", "JUAN CARLOS", "GOMEZ", None),
        ("DEL RIO LUNA XIMENA", "surname_first", "MX", "XIMENA DEL RIO LUNA", "XIMENA", "DEL RIO", "LUNA"),
        ("QUISPE MAMANI WAYRA", "surname_first", "PE", "WAYRA QUISPE MAMANI", "WAYRA", "QUISPE", "MAMANI"),
        ("QUISPE WAYRA INTI", "surname_first", "AR", "WAYRA INTI QUISPE", "WAYRA INTI", "QUISPE", None),
        ("JUAN GOMEZ PEREZ", "given_first", "CO", "JUAN GOMEZ PEREZ", "JUAN", "GOMEZ", "PEREZ"),
        ("JUAN CARLOS GOMEZ PEREZ", "given_first", "CO", "JUAN CARLOS GOMEZ PEREZ", "JUAN CARLOS", "GOMEZ", "PEREZ"),
        ("WAYRA INTI QUISPE MAMANI", "given_first", "PE", "WAYRA INTI QUISPE MAMANI", "WAYRA INTI", "QUISPE", "MAMANI"),
        (
            "JOÃO CARLOS PEREIRA DE SOUZA FILHO",
            "given_first",
            "BR",
            "JOÃO CARLOS PEREIRA DE SOUZA FILHO",
            "JOÃO CARLOS",
            "PEREIRA",
            "DE SOUZA",
        ),
        ("ANA GÓMEZ VDA. DE LÓPEZ", "given_first", "AR", "ANA GÓMEZ", "ANA", "GÓMEZ", None),
    ],
)
def test_a_declared_order_gives_parts(text, order, country, name, given, first, second):
    value, got = parts(text, order, country)
    assert value == name
    assert (got["firstName"], got["surname1"], got.get("surname2")) == (given, first, second)
    assert got["lastName"] == " ".join(p for p in (first, second) if p)


def test_a_widows_name_is_kept_as_the_married_one():
    assert parts("ANA GÓMEZ VDA. DE LÓPEZ", "given_first")[1]["marriedName"] == "LÓPEZ"
    assert parts("GÓMEZ viuda de LÓPEZ, Ana")[1]["marriedName"] == "LÓPEZ"


@pytest.mark.parametrize(
    ("text", "name", "aliases"),
    [
        ("Juan Pérez (a) El Tuerto", "Juan Pérez", ["El Tuerto"]),
        ("Juan Pérez (alias El Tuerto)", "Juan Pérez", ["El Tuerto"]),
        ("JUAN PEREZ ALIAS EL TUERTO", "JUAN PEREZ", ["EL TUERTO"]),
        ("Juan Pérez, alias «El Tuerto» y «El Cojo»", "Juan Pérez", ["El Tuerto", "El Cojo"]),
        ("Joaquín Loera alias 'El Corto' o 'El Rápido'", "Joaquín Loera", ["El Corto", "El Rápido"]),
        ("João da Silva, vulgo Zé Pequeno", "João da Silva", ["Zé Pequeno"]),
        ("JOÃO DA SILVA alcunha BEIRA-RIO", "JOÃO DA SILVA", ["BEIRA-RIO"]),
        ('José "Pepe" López', "José López", ["Pepe"]),
        ("José López, conocido como El Chino", "José López", ["El Chino"]),
        ("LÓPEZ, José (a) Pepe", "José LÓPEZ", ["Pepe"]),
        ("Sean O'Hara D'Ávila", "Sean O'Hara D'Ávila", []),
        ("Ana a la Carta", "Ana a la Carta", []),
    ],
)
def test_aliases_are_taken_out(text, name, aliases):
    found = person_name(text)
    assert found.value == name
    assert [d.value for d in found.derived if d.prop == "weakAlias"] == aliases


def test_a_person_known_by_a_street_name_only():
    assert person_name('alias "El Tuerto"').value == "El Tuerto"


@pytest.mark.parametrize("text", ["S/D", "-", "", "123", "desconocido", "N/A", "XXX"])
def test_what_names_nobody(text):
    assert person_name(text) is None


def test_organisations_are_never_turned_round():
    assert plain_name("GRUPO CINJAB, S.A. DE C.V.").value == "GRUPO CINJAB, S.A. DE C.V."
    assert plain_name('"La Colonial" ').value == "La Colonial"
    assert plain_name("1425 BRICKELL AVE").value == "1425 BRICKELL AVE"


NAME = st.lists(
    st.sampled_from(
        "Juan José María de la del Cruz y Pérez GÓMEZ Silva Filho".split()
        + ", ( ) alias (a) vulgo \" ' “El Tuerto” vda. JosÃ©".split()
    ),
    max_size=9,
).map(" ".join)


@given(st.one_of(NAME, st.text(max_size=30)))
def test_a_name_read_twice_is_the_same(text):
    found = person_name(text)
    if found is not None:
        again = person_name(found.value)
        assert again is not None and again.value == found.value


@given(
    st.lists(
        st.sampled_from("Juan José María de la Cruz Pérez Gómez Silva Quispe".split()), min_size=1, max_size=7
    ).map(" ".join),
    st.sampled_from(["surname_first", "given_first"]),
    st.sampled_from(["AR", "MX", "BR"]),
)
def test_splitting_loses_no_word(text, order, country):
    split = split_name(text, order, country)
    assert sorted(split.whole.split()) == sorted(text.split())
