"""Comparing names: what a person would say of each pair, symmetry, and words compared many at a time."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.identity.names import compare, parse
from analytics.identity.names.vocabulary import CLOSE, KINDS, NONE, Vocabulary, known_words, roots


@pytest.mark.parametrize(
    ("left", "right", "given_names", "surnames"),
    [
        ("José García", "Pepe García", "short", "same"),
        ("María Fernanda López", "Ma. Fernanda López", "same", "same"),
        ("Juan Hernández", "Juan Hdez", "same", "same"),
        ("João Carlos de Souza", "Joao Carlos Sousa", "same", "sound"),
        ("Joaquín Robles Lecanda", "Joaquín Lecanda Robles", "same", "swapped"),
        ("Juan García López", "García, Juan", "same", "missing"),
        ("Juan López", "Juan García López", "same", "other_main"),
        ("Juan García López", "Juan García Pérez", "same", "partly"),
        ("Mario García López", "María García López", "different", "same"),
        ("José Luis Prado", "José María Prado", "partly", "same"),
        ("José Luis Prado", "José Prado", "extra", "same"),
        ("José Luis Prado Lemos", "Luis José Prado Lemos", "swapped", "same"),
        ("J. Prado Lemos", "Jorge Prado Lemos", "initial", "same"),
        ("Xavier Jiménez", "Javier Giménez", "sound", "sound"),
        ("João Gonçalves", "Juan González", "translation", "translation"),
        ("Marta Prado", "María Prado", "close", "same"),
        ("Rosa Pérez de Gómez", "Rosa Pérez Ibarra", "same", "missing"),
        ("Alejandro Prado", "Alej. Prado", "same", "same"),
        ("Gumersindo Prado", "Gumercindo Prados", "sound", "typo"),
        ("Lecanda", "Pedro Lecanda", "absent", "same"),
        ("Ana Prado", "Pedro Lecanda", "different", "different"),
    ],
)
def test_what_a_person_would_say(left: str, right: str, given_names: str, surnames: str) -> None:
    found = compare(left, right)
    assert (found.given, found.surnames) == (given_names, surnames)
    back = compare(right, left)
    assert (back.given, back.surnames) == (given_names, surnames)


def test_a_father_and_his_son_are_told_apart() -> None:
    assert compare(parse("Paulo Meireles", "pt"), parse("Paulo Meireles Filho", "pt")).features["generation"] == 0
    assert compare(parse("Paulo Meireles Neto", "pt"), parse("Paulo Meireles Filho", "pt")).features["generation"] == -1
    assert compare(parse("Paulo Lins Filho", "pt"), parse("Paulo Lins Filho", "pt")).features["generation"] == 1
    assert math.isnan(compare("Paulo Lins", "Paulo Lins").features["generation"])


def test_the_filed_surname_of_a_portuguese_name_is_the_last() -> None:
    whole, short = parse("Beatriz Helena Pontes Carvalhal", "pt"), parse("Beatriz Carvalhal", "pt")
    assert compare(whole, short).surnames == "missing"
    assert compare(parse("Beatriz Pontes Carvalhal"), parse("Beatriz Carvalhal")).surnames == "other_main"


WORDS = sorted(known_words())[::7] + ["pepe", "hdez", "j", "zz9", "xx"]
NAMES = st.lists(st.sampled_from(WORDS), min_size=1, max_size=6).map(" ".join)


@given(NAMES, NAMES, st.sampled_from(["es", "pt"]), st.sampled_from(["es", "pt"]))
def test_comparing_is_symmetric(left: str, right: str, one: str, other: str) -> None:
    there, back = compare(parse(left, one), parse(right, other)), compare(parse(right, other), parse(left, one))
    assert str(there.features) == str(back.features)


@given(NAMES)
def test_a_name_agrees_with_itself(name: str) -> None:
    found = compare(name, name).features
    assert found["surname_conflict"] == found["given_conflict"] == found["missed"] == 0
    assert found["crossed"] == 0


@given(st.lists(st.sampled_from(WORDS), min_size=2, max_size=30, unique=True))
def test_words_compare_alike_alone_and_in_bulk(words: list[str]) -> None:
    vocabulary = Vocabulary(words)
    ids = np.arange(len(vocabulary.words), dtype=np.int32)
    left, right = np.repeat(ids, len(ids)), np.tile(ids, len(ids))
    quality, kind = vocabulary.compare(left, right)
    table = quality.reshape(len(ids), len(ids))
    assert (table == table.T).all() and (np.diag(table) == 1).all()
    small = Vocabulary([vocabulary.words[0], vocabulary.words[-1]])
    alone, how = small.compare(np.array([0], dtype=np.int32), np.array([1], dtype=np.int32))
    assert (alone[0], how[0]) == (table[0, -1], kind.reshape(table.shape)[0, -1])


def test_two_known_names_one_letter_apart_are_two_names() -> None:
    vocabulary = Vocabulary(["marta", "maria", "martz", "mario"])
    ids = vocabulary.ids

    def kind(a: str, b: str) -> int:
        left, right = np.array([ids[a]], dtype=np.int32), np.array([ids[b]], dtype=np.int32)
        return int(vocabulary.compare(left, right)[1][0])

    assert kind("marta", "maria") == CLOSE
    assert KINDS[kind("marta", "martz")] == "typo"
    assert kind("mario", "maria") == NONE


def test_short_forms_are_looked_for_under_the_names_they_stand_for() -> None:
    assert set(roots("pepe")) & set(roots("jose"))
    assert set(roots("tonho")) & set(roots("antonio"))
    assert set(roots("goncalves")) & set(roots("gonzalez"))
    assert not set(roots("pedro")) & set(roots("pablo"))


@pytest.mark.parametrize(
    ("one", "other", "kind"),
    [
        ("wilrner", "wilmer", "typo"),  # a scanner's "rn"
        ("lna", "luna", "typo"),
        ("hao", "haro", "typo"),
        ("leo", "lea", ""),  # short, and either may be a name
        ("pati", "patricia", "short"),  # the table has "paty"
    ],
)
def test_slips_of_scanners_and_in_short_words(one: str, other: str, kind: str) -> None:
    vocabulary = Vocabulary([one, other])
    a, b = (np.array([vocabulary.ids[word]], dtype=np.int32) for word in (one, other))
    assert KINDS[int(vocabulary.compare(a, b)[1][0])] == kind == KINDS[int(vocabulary.compare(b, a)[1][0])]
