"""Who is masked outside its owner."""

from __future__ import annotations

import pytest

from graph.protection import mask, strictest, years_at


@pytest.mark.parametrize(
    ("roles", "births", "opened", "protected", "expected"),
    [
        (["suspect"], [], "2026-03-01", False, ""),
        (["suspect", "victim"], [], "2026-03-01", False, "victim"),
        (["witness"], [], "", False, "witness"),
        (["informant", "victim"], [], "", False, "informant"),
        (["suspect"], [], "", True, "protected"),
        (["suspect"], ["2008-03-02"], "2026-03-01", False, "minor"),
        (["suspect"], ["2008-03-01"], "2026-03-01", False, ""),
        (["suspect"], ["2008"], "2026-03-01", False, ""),  # may be 17, has a known role: not certainly a minor
        ([], ["2008"], "2026-03-01", False, "minor"),  # no role and possibly a minor
        ([], ["2007"], "2026-03-01", False, ""),
        (["suspect"], ["2009"], "2026-03-01", False, "minor"),
        (["suspect"], ["1980-01-01", "2010-01-01"], "2026-03-01", False, "minor"),
        ([], ["unreadable"], "2026-03-01", False, ""),
        ([], [], "2026-03-01", False, ""),
    ],
)
def test_masks(roles: list[str], births: list[str], opened: str, protected: bool, expected: str) -> None:
    assert mask("Person", roles, births, opened, protected) == expected


def test_companies_are_not_masked() -> None:
    assert mask("Company", ["victim"], [], "", True) == ""


def test_the_strictest_role_wins_and_unknown_words_are_other() -> None:
    assert strictest(["suspect", "witness", "testigo"]) == "witness"
    assert strictest(["testigo"]) == "other" and strictest([]) == ""


def test_years_of_partial_dates() -> None:
    assert years_at("2008", "2026-03-01") == (17, 18)
    assert years_at("2008-02", "2026-03-01") == (18, 18)
    assert years_at("", "2026") is None
