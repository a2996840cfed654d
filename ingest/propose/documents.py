"""Of which country a table is, and which identity document a column of numbers holds: decided by headers and check
digits."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import NamedTuple

import phonenumbers

from ingest.normalise.countries import iso2
from ingest.normalise.documents import forms
from ingest.propose.columns import Column, Sheet
from ingest.propose.values import LEAST, form_share, has_digit, share
from ingest.propose.vocabulary import vocabulary

GOOD = 0.6  # share of a column that must have the form it is said to be
HINT = 0.8  # weight of what the people of a table say, against 1 of a document's form
MOST = 2000
_ACCOUNTS = {"cbu": "AR", "clabe": "MX"}


class Numbered(NamedTuple):
    """The identity document of a column: ``form`` is empty where it cannot be told; ``right`` and ``shaped`` are shares
    of its values with a right check digit, and with the shape."""

    form: str
    right: float
    shaped: float


def country_of(sheet: Sheet) -> str:
    """The country that most of a table's numbers speak for, as an ISO code; empty where none does."""
    votes: dict[str, float] = defaultdict(float)
    for column in sheet.columns:
        named = _named(column)
        countries = {form.partition(".")[0].upper() for form in named}
        for form in named:
            right, shaped = form_share(form, column.sample)
            good = right if has_digit(form) else 0.4 * shaped
            if column.sample and good >= GOOD * 0.6:
                votes[form.partition(".")[0].upper()] += good * (3.0 if len(countries) == 1 else 1.0)
        if len(countries) == 1 and not column.sample:
            votes[next(iter(countries))] += 1
        for kind, country in _ACCOUNTS.items():
            if len(column.sample) >= LEAST and (share(kind, column.sample) or 0) >= 0.9:
                votes[country] += 2
        for country, weight in _spoken(sheet, column).items():
            votes[country] += weight
    ranked = sorted(votes.items(), key=lambda v: -v[1])
    if not ranked:
        return ""
    second = ranked[1][1] if len(ranked) > 1 else 0.0
    return ranked[0][0] if ranked[0][1] > 1.2 * second else ""


def _spoken(sheet: Sheet, column: Column) -> dict[str, float]:
    """What a column's nationalities or international phone numbers say of the country: less than its documents do."""
    if "nacionalidad" in column.words:
        read = [iso2(r[column.name]) for r in sheet.rows[:MOST]]
    elif {"telefono", "celular"} & set(column.words):
        read = [_dialled(text) for text in column.sample]
    else:
        return {}
    said = Counter(filter(None, read))
    return {country: HINT * count / said.total() for country, count in said.most_common(1)}


def _dialled(text: str) -> str:
    """The country of a number that is written with its country's prefix; those that share a prefix say nothing."""
    if not text.strip().startswith("+"):
        return ""
    try:
        prefix = phonenumbers.parse(text).country_code or 0
    except phonenumbers.NumberParseException:
        return ""
    regions = phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(prefix, ())
    return str(regions[0]) if len(regions) == 1 else ""


def _named(column: Column) -> list[str]:
    """The forms that a header's words name."""
    table = vocabulary().documents
    return [form for word in column.words if word in table for form in table[word]["forms"]]


def form_of(column: Column, country: str) -> Numbered:
    """The document of a column of numbers, in a table of ``country`` (empty: not known)."""
    named = list(dict.fromkeys(_named(column)))
    home = f"{country.lower()}." if country else "?"
    if named:
        tried = sorted(named, key=lambda f: not f.startswith(home))
    elif country:
        tried = [
            name
            for name, form in forms().items()
            if name == form.name and form.country == country and form.prop == "idNumber"
        ]
    else:
        tried = [name for name, form in forms().items() if name == form.name and form.check is not None]
    if not column.sample:
        return Numbered(tried[0] if named and (len(named) == 1 or tried[0].startswith(home)) else "", 0.0, 0.0)
    found = [Numbered(form, *form_share(form, column.sample)) for form in tried]
    local = [n for n in found if n.form.startswith(home) and n.shaped >= GOOD]
    if local:
        return max(local, key=lambda n: (n.right, n.shaped))
    proven = [n for n in found if n.right >= GOOD]
    if proven:
        return max(proven, key=lambda n: n.right)
    if len(named) == 1 and found and found[0].shaped >= 0.3:
        return found[0]
    return Numbered("", 0.0, max((n.shaped for n in found), default=0.0))
