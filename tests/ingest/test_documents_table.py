"""Every identity document: at least five real ways to write each form, good and bad, each with its rule and source."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
import yaml

from ingest.normalise.accounts import normal_bic, normal_cbu, normal_iban, normal_wallet
from ingest.normalise.devices import normal_iccid, normal_imei, normal_imsi
from ingest.normalise.documents import forms, normal_document
from ingest.normalise.mrz import normal_mrz
from ingest.normalise.result import VALID, WELLFORMED, Normal
from ingest.normalise.transport import normal_container, normal_imo, normal_mmsi

TABLE = yaml.safe_load((Path(__file__).parents[1] / "data" / "documents.yaml").read_text(encoding="utf-8"))
LISTED = Path(__file__).parents[3] / "shared" / "data" / "code-tables" / "identity_documents.csv"
OTHERS: dict[str, Callable[[str], Normal | None]] = {
    "cbu": normal_cbu, "iban": normal_iban, "bic": normal_bic, "btc": normal_wallet, "container": normal_container,
    "imo": normal_imo, "mmsi": normal_mmsi, "imei": normal_imei, "imsi": normal_imsi, "iccid": normal_iccid,
    "mrz": normal_mrz,
}  # fmt: skip
EXAMPLES = [(entry["document"], e) for entry in TABLE for e in entry["examples"]]


def reader(form: str) -> Callable[[str], Normal | None]:
    return OTHERS.get(form) or partial(normal_document, form=form)


@pytest.mark.parametrize(("document", "e"), EXAMPLES, ids=lambda x: x if isinstance(x, str) else x["text"][:20])
def test_documents_as_they_are_written(document, e):
    found = reader(e["form"])(e["text"])
    assert (found.value, found.check) == (e["value"], e["check"]) if e["value"] else found is None
    if found is not None:
        again = reader(e["form"])(found.value)
        assert again is not None and (again.value, again.form) == (found.value, found.form)


def test_every_form_has_five_examples_good_and_bad():
    checks: dict[str, list[str | None]] = defaultdict(list)
    for _, e in EXAMPLES:
        checks[forms()[e["form"]].name if e["form"] in forms() else e["form"]].append(e["check"])
    assert set(checks) == {f.name for f in forms().values()} | set(OTHERS)
    for form, found in checks.items():
        good = sum(c in (VALID, WELLFORMED) for c in found)
        assert len(found) >= 5 and good >= 2 and len(found) - good >= 1, form


def test_every_form_with_a_check_digit_has_one_that_is_right_and_one_that_is_not():
    seen = Counter((e["form"], e["check"]) for _, e in EXAMPLES)
    for form in {f.name: f for f in forms().values() if f.check}.values():
        if form.name != "pe.dni":  # its digit stands beside the number and is taken off
            assert seen[form.name, "valid"] >= 1 and seen[form.name, "wrong"] >= 1, form.name


def test_every_document_names_the_source_of_its_rule():
    assert all(len(entry["rule"]) > 20 and len(entry["examples"]) >= 5 for entry in TABLE)
    assert len({entry["document"] for entry in TABLE}) == len(TABLE) == 54
    assert len({entry["document"].split()[0] for entry in TABLE}) == 22 + 1  # countries, and what is nobody's


def test_the_list_of_documents_is_covered():
    """An extra, where the list of the specialists is at hand: each of its rows has its entry here."""
    if LISTED.is_file():
        with LISTED.open(encoding="utf-8", newline="") as source:
            wanted = {f"{row['country']} {row['document']}" for row in csv.DictReader(source)}
        assert wanted == {entry["document"] for entry in TABLE}
