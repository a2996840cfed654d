"""The atom of the store: one value of one property of one record, from one document and row."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

REPAIRED = "written>repaired"  # ``derived`` of a text whose broken encoding was mended with certainty


class Statement(NamedTuple):
    """One value with its provenance. All text; a date is ISO 8601, possibly partial (``1980``, ``1980-05``).

    ``value`` is the normal form, ``original`` the value as written where it differs. ``form`` names the typed normal
    form of a number (``ar.dni``, ``br.cpf``, ``iban`` …) and ``check`` its state: ``unknown`` (no rule known),
    ``wellformed``, ``valid`` (check digit right), ``wrong``. ``derived`` names the rule by which the value was derived
    from another one (``ar.cuit>ar.dni``), or says that the text as written was broken and is :data:`REPAIRED`.
    """

    prop: str
    value: str
    original: str = ""
    document: str = ""
    row: int = 0  # as a person counts lines, header included; 0: not from a row
    evaluation: str = ""  # "4x4:B2": scheme and codes as delivered
    handling: str = ""  # "H1,H2": a sorted set, not a scale
    form: str = ""
    check: str = ""
    derived: str = ""

    @property
    def inferred(self) -> bool:
        """Whether the source does not state this value, but another one from which it follows."""
        return bool(self.derived) and self.derived != REPAIRED


@dataclass(slots=True)
class Delivered:
    """A record as a delivery brings it: what one dataset says of one thing, before any view.

    ``role`` is the strictest role the delivery gives the person; ``mask`` says why it is masked outside its owner
    (``victim``, ``witness``, ``informant``, ``minor``, ``protected``; empty: not masked).
    """

    id: str
    schema: str
    statements: list[Statement] = field(default_factory=list)
    role: str = ""
    mask: str = ""

    def values(self, prop: str) -> list[str]:
        """Values of ``prop`` in the order delivered, without repeats."""
        return list(dict.fromkeys(s.value for s in self.statements if s.prop == prop))


@dataclass(frozen=True, slots=True)
class Record:
    """A record as one actor may see it. ``id`` is a pseudonym where it is masked for that actor."""

    id: str
    schema: str
    owner: str
    country: str
    dataset: str
    revision: int
    level: str  # identity | full | own
    statements: tuple[Statement, ...]
    masked: str = ""  # why it is masked for this viewer; empty: it is not

    def values(self, prop: str) -> list[str]:
        """Values of ``prop`` without repeats."""
        return list(dict.fromkeys(s.value for s in self.statements if s.prop == prop))

    def of(self, *props: str) -> list[Statement]:
        """Statements of any of ``props``."""
        return [s for s in self.statements if s.prop in props]
