"""The hand-made Iberian cases: what a careful person would say, what the shipped model says."""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from analytics.identity.match import match
from analytics.identity.model import shipped
from graph.identity import Pair
from graph.statement import Record, Statement

CASES = Path(__file__).parents[1] / "data" / "identity" / "iberian_pairs.yaml"
PROPS = {"n": "name", "f": "name", "g": "firstName", "s1": "surname1", "s2": "surname2", "b": "birthDate", "a": "alias"}


def record(name: str, side: dict[str, Any]) -> Record:
    """A record from a case's side."""
    statements = [Statement(PROPS[key], value) for key, value in side.items() if key in PROPS]
    if "s" in side:
        statements.append(Statement("gender", {"m": "male", "f": "female"}[side["s"]]))
    for number in side.get("d", "").split(", ") if side.get("d") else []:
        form, value, check, *derived = number.split()
        prop = "taxNumber" if form.endswith((".cuit", ".nit", ".cnpj", ".rfc")) else "idNumber"
        statements.append(Statement(prop, value, form=form, check=check, derived="x>y" if derived else ""))
    schema = "Company" if "f" in side else "Person"
    return Record(name, schema, f"{side['o']}-MPF", side["o"], "case", 1, "identity", tuple(statements))


@cache
def cases() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load(CASES.read_text(encoding="utf-8"))
    return found


@cache
def answers() -> dict[int, Pair | None]:
    """What the matcher says of each case when all are matched together."""
    records = [record(f"{case['id']:04d}{side[0]}", case[side]) for case in cases() for side in ("left", "right")]
    pairs = {(p.left, p.right): p for p in match([records], shipped(), {}).pairs}
    return {case["id"]: pairs.get((f"{case['id']:04d}l", f"{case['id']:04d}r")) for case in cases()}


def test_the_table_is_large_and_says_why() -> None:
    assert len(cases()) >= 150
    assert all(case["why"] and case["answer"] in ("same", "different", "unknown") for case in cases())
    assert min(Counter(case["answer"] for case in cases()).values()) >= 25
    assert len({case["id"] for case in cases()}) == len(cases())


@pytest.mark.parametrize(("answer", "least"), [("same", 0.9), ("different", 0.9)])
def test_share_of_cases_that_are_right(answer: str, least: float) -> None:
    """Same: proposed at least. Different: not likelier than not."""
    asked = [case for case in cases() if case["answer"] == answer]
    wrong = []
    for case in asked:
        pair = answers()[case["id"]]
        right = (pair is not None) if answer == "same" else (pair is None or pair.score < 0.5)
        if not right:
            wrong.append((case["id"], case["why"], pair.score if pair else None))
    assert 1 - len(wrong) / len(asked) >= least, wrong


def test_what_is_different_or_cannot_be_told_is_never_merged() -> None:
    for case in cases():
        pair = answers()[case["id"]]
        if case["answer"] != "same" and pair is not None:
            assert pair.state == "proposed", case


def test_what_cannot_be_told_is_never_called_nearly_certain() -> None:
    sure = [c for c in cases() if c["answer"] == "unknown" and (p := answers()[c["id"]]) is not None and p.score > 0.9]
    assert not sure
