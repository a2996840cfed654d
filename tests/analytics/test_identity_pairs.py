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


def test_what_cannot_be_told_is_never_called_certain() -> None:
    sure = [c for c in cases() if c["answer"] == "unknown" and (p := answers()[c["id"]]) is not None and p.score > 0.97]
    assert not sure


OFAC = Path(__file__).parents[3] / "shared" / "data" / "ofac-sdn-narcotics"

if OFAC.is_dir():  # a public list of real people: never shipped, an extra where it is at hand

    def test_real_aliases_by_name_alone() -> None:
        """Of the 965 alias pairs of people by name alone, beside pairs of different people with one first surname."""
        import csv
        from itertools import combinations

        import numpy as np

        from analytics.identity.features import Arrays, compute
        from analytics.identity.names import parse
        from analytics.identity.reading import PERSON
        from analytics.identity.table import build

        def rows(name: str) -> list[list[str]]:
            with (OFAC / name).open(encoding="latin-1", newline="") as file:
                return [row for row in csv.reader(file) if len(row) > 3]

        listed = {row[0]: row[1] for row in rows("sdn.csv") if row[2].strip() == "individual"}
        aliases = [(row[0], row[3]) for row in rows("alt.csv") if row[0] in listed]
        assert len(aliases) == 965
        names = {f"m{key}": name for key, name in listed.items()}
        names.update({f"a{n}": alias for n, (_, alias) in enumerate(aliases)})
        first: dict[str, list[str]] = {}
        for key, name in listed.items():
            first.setdefault(parse(name).main_surname, []).append(f"m{key}")
        others = [p for keys in first.values() for p in combinations(keys, 2) if names[p[0]] != names[p[1]]]
        records = [
            Record(k, "Person", "US-X", "US", "d", 1, "identity", (Statement("name", n),)) for k, n in names.items()
        ]
        table = build([records], shipped().known)
        arrays, at = Arrays(table, shipped()), {key: n for n, key in enumerate(table.ids)}

        def scores(pairs: list[tuple[str, str]]) -> np.ndarray:
            two = np.sort(np.array([(at[a], at[b]) for a, b in pairs]), axis=1)
            return shipped().person.trees.score(compute(arrays, PERSON, two[:, 0], two[:, 1]).rows)

        same, different = scores([(f"m{key}", f"a{n}") for n, (key, _) in enumerate(aliases)]), scores(others)
        assert len(different) > 1500
        falsest = np.sort(different)[::-1]
        found = {false: float((same > falsest[false]).mean()) for false in (0, 6)}  # wherever the cut has to be for it
        assert found[0] >= 0.32 and found[6] >= 0.4, found
        assert (different > 0).sum() <= 6, "of different people with one first surname, likelier than not"
