"""Names: folding, phonetic keys, parts in their order, organisations' forms; the tables behind them."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from analytics.identity.names import fold, key, parse, words
from analytics.identity.names.fold import data
from analytics.identity.names.organisations import firm
from analytics.identity.names.parse import from_parts

TABLES = (
    "abbreviations", "frequencies", "given_names", "hypocorisms_es", "hypocorisms_pt", "organisation_forms",
    "particles", "spelling_pairs", "suffixes",
)  # fmt: skip
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=60)


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("Muñoz", "munoz"),
        ("GONÇALVES", "goncalves"),
        ("M.ª", "ma"),
        ("D'Angelo", "dangelo"),
        ("Größe", "grosse"),
        ("Ĵ", "j"),
    ],
)
def test_folding(written: str, folded: str) -> None:
    assert fold(written) == folded


@given(TEXT)
def test_folding_twice_changes_nothing(text: str) -> None:
    assert [fold(word) for word in words(text)] == words(text)


@pytest.mark.parametrize(
    "spellings",
    [
        ["Giménez", "Jiménez", "Ximénez"],
        ["Rodríguez", "Rodrigues"],
        ["Souza", "Sousa"],
        ["Castillo", "Castilho"],
        ["Enrique", "Henrique"],
        ["Vásquez", "Vázquez", "Basques"],
        ["Yolanda", "Iolanda"],
        ["Conceição", "Conceisao"],
        ["Philippe", "Filipe"],
        ["Núñez", "Nunes"],
        ["Quiroga", "Kiroga"],
    ],
)
def test_one_sound_has_one_key(spellings: list[str]) -> None:
    assert len({key(fold(s)) for s in spellings}) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [("Pérez", "Peña"), ("Chávez", "Javes"), ("Marta", "María"), ("Rojas", "Rosas"), ("Silva", "Selva")],
)
def test_other_sounds_have_other_keys(one: str, other: str) -> None:
    assert key(fold(one)) != key(fold(other))


@pytest.mark.parametrize(
    ("written", "given_names", "surnames", "certain"),
    [
        ("GARCÍA LÓPEZ, Juan Carlos", ("juan", "carlos"), ("garcia", "lopez"), True),
        ("Juan Carlos García López", ("juan", "carlos"), ("garcia", "lopez"), False),
        ("GARCIA LOPEZ JUAN CARLOS", ("juan", "carlos"), ("garcia", "lopez"), False),
        ("Mª Fernanda Hdez. Ruiz", ("maria", "fernanda"), ("hernandez", "ruiz"), False),
        ("José de la Cruz San Martín", ("jose",), ("cruz", "sanmartin"), False),
        ("Dr. José Luis Martínez", ("jose", "luis"), ("martinez",), False),
        ("María de los Ángeles Ortega y Gasca", ("maria", "angeles"), ("ortega", "gasca"), False),
        ('Joaquín "El Tepo" Lecanda', ("joaquin",), ("lecanda",), False),
        ("Lecanda", (), ("lecanda",), False),
    ],
)
def test_parts(written: str, given_names: tuple[str, ...], surnames: tuple[str, ...], certain: bool) -> None:
    name = parse(written)
    assert (name.given, name.surnames, name.certain) == (given_names, surnames, certain)


@pytest.mark.parametrize(
    ("written", "tradition", "generation", "surnames"),
    [
        ("João Carlos Meireles Filho", "pt", 2, ("meireles",)),
        ("Pedro Lins Neto", "pt", 3, ("lins",)),
        ("Pedro Neto", "pt", 0, ("neto",)),
        ("Jorge Prado Neto", "es", 0, ("prado", "neto")),
        ("Juan Alzuarte (h)", "es", 2, ("alzuarte",)),
        ("Alzuarte, Juan (padre)", "es", 1, ("alzuarte",)),
        ("Lins, Pedro, Júnior", "pt", 2, ("lins",)),
        ("LINS, JR., Pedro", "es", 2, ("lins",)),
    ],
)
def test_generation_marks_are_no_surnames(
    written: str, tradition: str, generation: int, surnames: tuple[str, ...]
) -> None:
    name = parse(written, tradition)
    assert (name.generation, name.surnames) == (generation, surnames)


def test_the_main_surname_is_the_first_in_spanish_and_the_last_in_portuguese() -> None:
    assert parse("Ana Prieto Cuesta").main_surname == "prieto"
    assert parse("Ana Prieto Cuesta", "pt").main_surname == "cuesta"


@pytest.mark.parametrize("written", ["Rosa Pérez de Gómez", "Rosa Pérez Vda. de Gómez", "Rosa Pérez viuda de Gómez"])
def test_a_husbands_name_may_be_left_out(written: str) -> None:
    name = parse(written)
    assert name.surnames == ("perez", "gomez") and name.optional == {"gomez"}


@pytest.mark.parametrize(
    ("written", "normal"),
    [("J0SÉ G0DOY", "jose godoy"), ("So1edad Ponce", "soledad ponce"), ("Ana Prado 2", "ana prado 2")],
)
def test_a_digit_that_a_scanner_put_into_a_word_is_read_as_its_letter(written: str, normal: str) -> None:
    assert parse(written).normal == normal


def test_a_husbands_name_in_a_field_of_its_own_surnames() -> None:
    assert from_parts("Lilia", "Yapur", "de Riva").optional == {"riva"}
    assert not from_parts("Lilia", "Yapur", "de la Riva").optional
    assert not from_parts("Lilia", "Prado", "de Souza", tradition="pt").optional


def test_portuguese_de_is_no_marriage() -> None:
    assert parse("João Pereira de Souza", "pt").optional == frozenset()


@pytest.mark.parametrize("written", ["N.N.", "NO IDENTIFICADO", "desconhecido", "S/N", "-", "???", ""])
def test_placeholders_are_nobody(written: str) -> None:
    assert parse(written).nobody


def test_separate_fields() -> None:
    name = from_parts("Ana Sol", "Prieto", "Cuesta", "Luna")
    assert name.given == ("ana", "sol") and name.surnames == ("prieto", "cuesta", "luna")
    assert name.optional == {"luna"} and name.certain


@given(TEXT, st.sampled_from(["es", "pt"]))
def test_any_text_parses_and_its_normal_form_is_folded(text: str, tradition: str) -> None:
    name = parse(text, tradition)
    assert name.nobody == (not name.given and not name.surnames)
    assert fold(name.normal) == name.normal
    assert name.optional <= set(name.surnames)


@pytest.mark.parametrize(
    ("written", "core", "form"),
    [
        ("Comercializadora Tepelmeme, S.A. de C.V.", ("comercializadora", "tepelmeme"), "sacv"),
        ("AGRO LITORAL S. A.", ("agro", "litoral"), "sa"),
        ("Construtora Ipê Ltda. - EPP", ("construtora", "ipe"), "epp"),
        ("Importadora Lafquén SpA", ("importadora", "lafquen"), "spa"),
        ("Transportes ABC E.I.R.L.", ("transportes", "abc"), "eirl"),
        ("Productores del Valle S.P.R. de R.L.", ("productores", "valle"), "sprl"),
        ("Grupo S.A.", ("grupo",), "sa"),
        ("S.A.", ("sa",), ""),
    ],
)
def test_organisations(written: str, core: tuple[str, ...], form: str) -> None:
    parsed = firm(written)
    assert (parsed.words, parsed.form) == (core, form)


@pytest.mark.parametrize("name", TABLES)
def test_tables_are_folded_words_with_a_source(name: str) -> None:
    table = data(name)
    assert table["source"]

    def leaves(value: object) -> list[str]:
        if isinstance(value, dict):
            return [leaf for k, v in value.items() for leaf in (k, *leaves(v))]
        return [leaf for v in value for leaf in leaves(v)] if isinstance(value, list) else [value]  # type: ignore[list-item]

    for leaf in leaves({k: v for k, v in table.items() if k != "source"}):
        if name != "particles":
            assert isinstance(leaf, float | int) or (isinstance(leaf, str) and leaf == fold(leaf)), leaf
        else:
            assert isinstance(leaf, str)


def test_no_key_of_a_table_stands_twice() -> None:
    from importlib import resources

    class Once(yaml.SafeLoader):
        pass

    def mapping(loader: yaml.SafeLoader, node: yaml.MappingNode) -> dict[object, object]:
        keys = [loader.construct_object(k) for k, _ in node.value]
        assert len(set(keys)) == len(keys), [k for k in keys if keys.count(k) > 1]
        return {k: loader.construct_object(v, deep=True) for k, (_, v) in zip(keys, node.value, strict=True)}

    Once.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, mapping)
    for name in TABLES:
        text = resources.files("analytics.identity.names").joinpath("data", f"{name}.yaml").read_text(encoding="utf-8")
        assert yaml.load(text, Once)  # noqa: S506 - a safe loader with one more check
