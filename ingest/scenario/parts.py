"""Small shared parts: dates, rows that are known once written, legs of routes."""

from __future__ import annotations

Date = tuple[int, int, int]  # year, month, day
# Only protected people are born on these days of a month, so that no one else's birth date can be taken for theirs.
RESERVED_DAYS = (7, 13, 19, 25)
FREE_DAYS = tuple(day for day in range(1, 29) if day not in RESERVED_DAYS)


def iso(day: Date) -> str:
    """The date in ISO 8601."""
    return f"{day[0]:04d}-{day[1]:02d}-{day[2]:02d}"


class Mark:
    """A row of a table other than those of people and companies; ``package`` and ``row`` are set when it is written."""

    __slots__ = ("package", "row", "table")

    def __init__(self, table: str) -> None:
        self.table = table
        self.package = -1
        self.row = 0


class Leg:
    """One leg of a route: indices into the places, times as (date, minute of the day)."""

    __slots__ = ("arrival", "carrier", "container", "departure", "mode", "number", "place", "to")

    def __init__(self, place: int, to: int, mode: str, departure: tuple[Date, int], arrival: tuple[Date, int]) -> None:
        self.place = place
        self.to = to
        self.mode = mode
        self.departure = departure
        self.arrival = arrival
        self.carrier = ""
        self.number = ""
        self.container = ""
