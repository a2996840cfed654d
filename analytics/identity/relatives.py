"""Made-up relatives of training records: look-alikes that case files hold more of than any sample of labelled records
shows.

Brothers and sisters are all listed, twins share everything but the given name, and a father and son may share all but
the date. A model that has seen few of them takes two surnames and a birth date for proof. So for a share of the
records with a full birth date a relative is made, in another dataset, who is somebody else. Drawn from a fixed seed:
the same records give the same relatives.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random

from analytics.identity.names.fold import fold
from analytics.identity.names.parse import Name
from analytics.identity.reading import DOCUMENTS, SEXES, Row
from graph.statement import Record, Statement

SHARE = 0.075
KINDS = ("twin", "twin", "half", "pair", "brother", "namesake", "reversed", "turned", "turned", "number", "number")
_OTHER_SEX = {"o": "a", "a": "o", "e": "a"}


def make(records: Sequence[Record], rows: Sequence[Row], seed: int = 11) -> Iterator[Record]:
    """Relatives of some of ``records`` (persons with a full birth date, a given name and two surnames). ``rows`` are
    their rows."""
    draw = Random(seed)  # noqa: S311 - a reproducible draw, nothing secret
    donors = [row for row in rows if row.names and isinstance(row.names[0][2], Name) and row.names[0][2].given]
    owners = sorted({(record.owner, record.country) for record in records})
    for record, row in zip(records, rows, strict=True):
        name = row.names[0][2] if row.names else None
        if not isinstance(name, Name) or not name.given or len(name.surnames) < 2:
            continue
        if not any(day for *_, day in row.births) or draw.random() >= SHARE:
            continue
        donor = donors[draw.randrange(len(donors))].names[0][2]
        if not isinstance(donor, Name) or fold(donor.given[0]) == fold(name.given[0]):
            continue
        kind = draw.choice(KINDS)
        birth, given, surnames, sex = row.births[-1][0], donor.given, name.surnames, row.sex
        number: list[Statement] = []
        if kind == "pair":  # a boy and a girl with two forms of one name
            given = (name.given[0][:-1] + _OTHER_SEX.get(name.given[0][-1], "a"), *name.given[1:])
            sex = {1: 2, 2: 1}.get(row.sex, 0)
        elif kind == "half":  # one of two given names in common: José Luis, José María
            given = (name.given[0], donor.given[-1])
        elif kind == "reversed":  # the same surnames the other way round are another family
            given, surnames = name.given, (*name.surnames[1:], name.surnames[0])
            birth = _later(birth, draw.randrange(20), draw)
        elif kind == "turned":  # brothers: Ramón Eduardo, Eduardo Ramón
            if len(name.given) < 2:
                continue
            given = (*name.given[1:], name.given[0])
            birth = birth if draw.random() < 0.2 else _later(birth, 1 + draw.randrange(9), draw)
        elif kind == "number":  # somebody of the house, or a stranger, under whose name the number was noted
            number = [s for s in record.statements if s.prop in DOCUMENTS and not s.derived][:1]
            surnames = name.surnames if draw.random() < 0.7 else donor.surnames
            birth = _later(birth, draw.randrange(20), draw)
        elif kind == "brother":
            given = (donor.given[0], *name.given[1:])
            birth = _later(birth, 1 + draw.randrange(9), draw)
        elif kind == "namesake":
            given = name.given
            birth = _later(birth, draw.choice((0, 0, 20 + draw.randrange(15))), draw)
        statements = [Statement("name", " ".join((*given, *surnames))), *number]
        # the order of given names has to tell without a date too; a namesake's year alone looks most like one person
        if draw.random() < (0.5 if kind == "turned" else 0.8):
            alone = draw.random() < (0.4 if kind == "namesake" else 0.1)
            statements.append(Statement("birthDate", birth[:4] if alone else birth))
        if sex and draw.random() < 0.7:
            statements.append(Statement("gender", SEXES[sex]))
        statements += [Statement("nationality", nation) for nation in row.nations if draw.random() < 0.6]
        owner, country = owners[draw.randrange(len(owners))]
        yield Record(
            f"~{draw.getrandbits(128):032x}",
            record.schema,
            owner,
            country,
            "~relatives",
            1,
            "identity",
            tuple(statements),
        )


def _later(birth: str, years: int, draw: Random) -> str:
    year, month = int(birth[:4]) + years, 1 + (int(birth[5:7]) + draw.randrange(10)) % 12
    return f"{year:04d}-{month:02d}-{1 + draw.randrange(28):02d}"
