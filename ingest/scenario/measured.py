"""What was really written: counts over the rows of people, for the rates in truth.json."""

from __future__ import annotations

from dataclasses import dataclass

KEYS = (
    "rows", "drop_second", "swap", "surname_first", "unaccented", "typo", "no_birth_date", "year_only",
    "wrong_birth_date", "document", "document_typo", "listed_twice", "hypocorism", "abbreviation", "married",
    "translated", "respelled", "alias", "protected",
)  # fmt: skip


class Measured:
    """Counters by trait."""

    def __init__(self) -> None:
        self.counts = dict.fromkeys(KEYS, 0)

    def shares(self) -> dict[str, float]:
        """Each count as a share of the rows; ``bad_birth_date`` as a share of the rows with a birth date."""
        rows = max(1, self.counts["rows"])
        shares = {key: round(count / rows, 4) for key, count in self.counts.items() if key != "rows"}
        dated = max(1, rows - self.counts["no_birth_date"])
        shares["bad_birth_date"] = round((self.counts["year_only"] + self.counts["wrong_birth_date"]) / dated, 4)
        return shares


@dataclass(frozen=True, slots=True)
class Shares:
    """Shares for rows of services whose style leaves it open, such that the scenario as a whole has the rates."""

    surname_first: float
    unaccented: float
