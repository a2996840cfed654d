"""Records as arrays: what the later steps compare.

Rows are in the order of the record ids and every record's values in the order of the values themselves, so that the
same records give the same arrays in whatever order they, or their statements, come.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from analytics.identity.names.organisations import Firm
from analytics.identity.names.parse import Name
from analytics.identity.names.vocabulary import Vocabulary, roots
from analytics.identity.ragged import Index, offsets
from analytics.identity.reading import read
from graph.statement import Record


class Values(NamedTuple):
    """Values of several records: ``starts[i]:starts[i + 1]`` are record i's rows of the arrays; ``shown``: as
    written."""

    starts: Index
    record: Index
    shown: list[str]
    columns: dict[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Table:
    """The records of one run. ``family``: PERSON or FIRM; ``sex``: number in :data:`~.reading.SEXES`, 0 not said.

    Columns: ``names`` weak, normal (and ``parsed`` beside them); ``births`` year, month, day; ``documents`` form,
    value, check, derived; ``nations`` code; ``nicknames`` text. ``unusable`` counts values left out because they say
    nothing.
    """

    ids: list[str]
    owner: list[str]
    country: list[str]
    schema: list[str]
    family: NDArray[np.int8]
    sex: NDArray[np.int8]
    names: Values
    parsed: list[Name | Firm]
    births: Values
    documents: Values
    nations: Values
    nicknames: Values
    vocabulary: Vocabulary
    unusable: dict[str, int]

    def __len__(self) -> int:
        return len(self.ids)

    def homes(self) -> list[str]:
        """The country whose names each record's are: the nationality where one is stated, else the owner's."""
        starts, code = self.nations.starts, self.nations.columns["code"]
        single = np.diff(starts) == 1
        return [
            str(code[start]) if one else country
            for one, start, country in zip(single.tolist(), starts[:-1].tolist(), self.country, strict=True)
        ]


def _values(rows: list[list[Any]], shown: Callable[[Any], str], **columns: tuple[Any, Callable[[Any], Any]]) -> Values:
    """Ragged arrays of ``rows``; ``columns``: name → (dtype, function of a value)."""
    flat = [value for row in rows for value in row]
    record = np.repeat(np.arange(len(rows), dtype=np.int64), [len(row) for row in rows])
    arrays = {name: np.array([get(value) for value in flat], dtype=dtype) for name, (dtype, get) in columns.items()}
    return Values(offsets(record, len(rows)), record, [shown(value) for value in flat], arrays)


def build(records: Iterable[Iterable[Record]], known: Iterable[str] = ()) -> Table:
    """Arrays of the records. ``known``: words that the model knows as names (see :class:`Vocabulary`)."""
    unusable: Counter[str] = Counter()
    rows = sorted((read(record, unusable) for chunk in records for record in chunk), key=lambda row: row.id)
    every: set[str] = set()
    for row in rows:
        for _, _, name in row.names:
            every.update(every_word(name))
    return Table(
        ids=[row.id for row in rows],
        owner=[row.owner for row in rows],
        country=[row.country for row in rows],
        schema=[row.schema for row in rows],
        family=np.array([row.family for row in rows], dtype=np.int8),
        sex=np.array([row.sex for row in rows], dtype=np.int8),
        names=_values(
            [row.names for row in rows],
            lambda n: str(n[0]),
            weak=(np.int8, lambda n: n[1]),
            normal=(object, lambda n: n[2].normal),
        ),
        parsed=[name for row in rows for _, _, name in row.names],
        births=_values(
            [row.births for row in rows],
            lambda b: str(b[0]),
            year=(np.int32, lambda b: b[1]),
            month=(np.int32, lambda b: b[2]),
            day=(np.int32, lambda b: b[3]),
        ),
        documents=_values(
            [row.documents for row in rows],
            lambda d: str(d[4]),
            form=(object, lambda d: d[0]),
            value=(object, lambda d: d[1]),
            check=(np.int8, lambda d: d[2]),
            derived=(bool, lambda d: d[3]),
        ),
        nations=_values([row.nations for row in rows], str, code=(object, str)),
        nicknames=_values([row.nicknames for row in rows], str, text=(object, str)),
        vocabulary=Vocabulary(every, known),
        unusable=dict(unusable),
    )


def every_word(parsed: Name | Firm) -> tuple[str, ...]:
    """Folded words of a name, whatever their role."""
    return parsed.words if isinstance(parsed, Firm) else (*parsed.given, *parsed.surnames)


def nickname_entry(text: str) -> str:
    """The entry of the model file's frequencies that a nickname is under: apart from the words of names."""
    return f"={text}"


def name_roots(parsed: Name | Firm) -> list[str]:
    """Phonetic keys that a name is looked for under; initials are none."""
    return list(dict.fromkeys(root for word in every_word(parsed) if len(word) > 1 for root in roots(word)))
