"""Evaluations of one scheme in another: every code and direction, and what cannot be judged never becomes a grade."""

from __future__ import annotations

from itertools import permutations, product
from pathlib import Path

import pytest

from graph.errors import InputError
from graph.evaluation import (
    BLANK,
    NEAR,
    NONE,
    SAME,
    UNJUDGED,
    Translation,
    grades,
    reference,
    schemes,
    translate,
    unjudged,
)
from graph.i18n import LANGUAGES
from graph.words import evaluation_text
from ingest.evaluation import SCHEMES

# Written down here from the definitions and not read from the table, so that a change of the table has to be meant.
CANNOT_BE_JUDGED = {
    "4x4": ("X", ""),
    "5x5x5": ("E", "4"),
    "3x5x2": ("2", "D"),
    "admiralty": ("F", "6"),
}
GOOD = {"4x4": "AB", "5x5x5": "AB", "3x5x2": "1", "admiralty": "AB"}
BAD = {"4x4": "C", "5x5x5": "D", "3x5x2": "3", "admiralty": "DE"}
FALSE = {"4x4": "", "5x5x5": "5", "3x5x2": "E", "admiralty": "45"}
DIRECTIONS = list(permutations(SCHEMES, 2))
PARTS = ("source", "information")


def codes(scheme: str) -> list[str]:
    return [a + b for a, b in product(*SCHEMES[scheme])]


def split(found: Translation) -> tuple[str, str]:
    return found.code[-2], found.code[-1]


def test_the_schemes_are_those_that_are_delivered() -> None:
    assert {name: grades(name) for name in schemes()} == SCHEMES
    assert all(reference(name) for name in schemes())
    for name, (good, sure) in SCHEMES.items():
        for part, known, nothing in zip(PARTS, (good, sure), CANNOT_BE_JUDGED[name], strict=True):
            assert "".join(c for c in known if unjudged(name, part, c)) == nothing


@pytest.mark.parametrize(("scheme", "to"), DIRECTIONS)
def test_every_code_is_a_code_of_the_other_scheme_or_declared_without_equivalent(scheme: str, to: str) -> None:
    for code in codes(scheme):
        found = translate(scheme, code, to)
        assert found.code.startswith(f"{to}:") and len(found.code) == len(to) + 3
        for letter, how, known in zip(split(found), (found.source, found.information), SCHEMES[to], strict=True):
            assert (letter == BLANK) == (how == NONE), code
            assert how == NONE or (letter in known and how in (SAME, NEAR, UNJUDGED)), code


@pytest.mark.parametrize(("scheme", "to"), DIRECTIONS)
def test_what_cannot_be_judged_never_becomes_a_grade(scheme: str, to: str) -> None:
    for code in codes(scheme):
        found = translate(scheme, code, to)
        for n, (letter, how) in enumerate(zip(split(found), (found.source, found.information), strict=True)):
            if code[n] in CANNOT_BE_JUDGED[scheme][n]:
                assert letter in (BLANK, *CANNOT_BE_JUDGED[to][n]), code
                assert how == (NONE if letter == BLANK else UNJUDGED), code
            else:
                assert how != UNJUDGED, code  # a grade that is lost is not passed off as the same


@pytest.mark.parametrize(("scheme", "to"), DIRECTIONS)
def test_good_never_becomes_bad_and_only_false_becomes_false(scheme: str, to: str) -> None:
    for code in codes(scheme):
        source, information = split(translate(scheme, code, to))
        assert source not in BAD[to] or code[0] in BAD[scheme], code
        assert source not in GOOD[to] or code[0] in GOOD[scheme], code
        assert information not in FALSE[to] or code[1] in FALSE[scheme], code


def part_of(scheme: str, n: int, letter: str, to: str) -> tuple[str, str]:
    """What one letter of one part becomes, and how; the other part is any."""
    first = [letters[0] for letters in SCHEMES[scheme]]
    first[n] = letter
    found = translate(scheme, "".join(first), to)
    return split(found)[n], (found.source, found.information)[n]


@pytest.mark.parametrize(("scheme", "to"), DIRECTIONS)
def test_a_round_trip_is_called_lossless_exactly_where_it_is(scheme: str, to: str) -> None:
    """The same one way is the same the other way; what merely comes back by way of near codes is not called so."""
    for n, letters in enumerate(SCHEMES[scheme]):
        for letter in letters:
            there, how = part_of(scheme, n, letter, to)
            if how != NONE:
                back, again = part_of(to, n, there, scheme)
                assert (how in (SAME, UNJUDGED)) == (back == letter and again in (SAME, UNJUDGED)), (
                    letter,
                    there,
                    back,
                )
    for code in codes(scheme):
        found = translate(scheme, code, to)
        assert found.lossless == ({found.source, found.information} <= {SAME, UNJUDGED}), code
        if found.lossless:
            assert translate(to, found.code.removeprefix(f"{to}:"), scheme).code == f"{scheme}:{code}"


def test_codes_that_say_the_same_are_the_same_in_every_third_scheme() -> None:
    compared = 0
    for scheme, to, third in permutations(SCHEMES, 3):
        for n, letters in enumerate(SCHEMES[scheme]):
            for letter in letters:
                there, how = part_of(scheme, n, letter, to)
                if how in (SAME, UNJUDGED):
                    compared += 1
                    assert part_of(scheme, n, letter, third) == part_of(to, n, there, third), (
                        scheme,
                        letter,
                        to,
                        third,
                    )
    assert compared > 50


@pytest.mark.parametrize(
    ("scheme", "code", "to", "expected", "source", "information"),
    [
        ("4x4", "A1", "5x5x5", "5x5x5:A1", SAME, SAME),
        ("4x4", "X4", "admiralty", "admiralty:F6", UNJUDGED, NEAR),
        ("4x4", "C2", "admiralty", f"admiralty:D{BLANK}", SAME, NONE),
        ("5x5x5", "E4", "admiralty", "admiralty:F6", UNJUDGED, UNJUDGED),
        ("5x5x5", "E4", "4x4", f"4x4:X{BLANK}", UNJUDGED, NONE),
        ("5x5x5", "D5", "3x5x2", "3x5x2:3E", SAME, SAME),
        ("3x5x2", "2D", "admiralty", "admiralty:F6", UNJUDGED, UNJUDGED),
        ("3x5x2", "1B", "4x4", "4x4:B3", NEAR, SAME),
        ("admiralty", "F6", "3x5x2", "3x5x2:2D", UNJUDGED, UNJUDGED),
        ("admiralty", "A1", "4x4", "4x4:A3", SAME, NEAR),
        ("admiralty", "C3", "4x4", f"4x4:{BLANK}{BLANK}", NONE, NONE),
    ],
)
def test_some_codes_word_by_word(scheme: str, code: str, to: str, expected: str, source: str, information: str) -> None:
    assert translate(scheme, code, to) == (expected, source, information)


def test_a_scheme_in_itself_stays_as_it_is() -> None:
    for name in SCHEMES:
        for code in codes(name):
            found = translate(name, code, name)
            assert found.code == f"{name}:{code}" and found.lossless


@pytest.mark.parametrize(
    ("scheme", "code", "to"),
    [
        ("4x4", "E1", "5x5x5"),
        ("4x4", "B5", "5x5x5"),
        ("4x4", "b2", "5x5x5"),
        ("4x4", "B", "5x5x5"),
        ("4x4", "", "5x5x5"),
        ("4x4", "B22", "5x5x5"),
        ("4x4", f"{BLANK}2", "5x5x5"),
        ("6x6", "B2", "4x4"),
        ("4x4", "B2", "6x6"),
        ("4x4", "B9", "4x4"),
    ],
)
def test_what_is_not_known_is_an_error_that_names_it(scheme: str, code: str, to: str) -> None:
    with pytest.raises(InputError) as caught:
        translate(scheme, code, to)
    for lang in LANGUAGES:
        said = caught.value.text(lang)
        assert scheme in said and all(name in said for name in SCHEMES)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_code_and_every_translation_has_words(lang: str) -> None:
    for scheme in SCHEMES:
        for code in codes(scheme):
            assert evaluation_text(f"{scheme}:{code}", lang) != f"{scheme}:{code}"
            for to in SCHEMES:
                assert len(translate(scheme, code, to).note(lang)) > 20


def test_the_document_shows_the_declared_tables() -> None:
    text = (Path(__file__).parents[2] / "docs" / "evaluation.md").read_text(encoding="utf-8")
    rows = {
        cells[0]: cells[1:]
        for cells in (
            [c.strip() for c in x.split("|")[1:-1]] for x in text.splitlines() if x.startswith("|") and "; " in x
        )
    }
    for scheme in SCHEMES:
        for to, cell in zip(SCHEMES, rows[scheme], strict=True):
            if to == scheme:
                assert cell == "as given"
                continue
            for n, words in enumerate(part.split() for part in cell.split(";")):
                assert [w[0] for w in words] == list(SCHEMES[scheme][n])
                for letter, entry in ((w[0], w[1:]) for w in words):
                    becomes, how = part_of(scheme, n, letter, to)
                    sign = {NONE: "", NEAR: "~", SAME: "=", UNJUDGED: "="}[how]
                    assert entry == f"{sign}{becomes}", (scheme, to, letter)
