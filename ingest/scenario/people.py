"""The people behind the records."""

from __future__ import annotations

from ingest.scenario.parts import Date, iso
from ingest.scenario.stocks import PORTUGUESE

Address = tuple[str, str]  # street and number, city


class Person:
    """One person. ``pat`` and ``mat`` are the father's and the mother's surname with their particles.

    ``relation`` says how the person resembles ``of`` (sibling, twin, son, namesake; empty: not). ``listed`` collects
    where the person stands in the lists, ``protected`` is the role that masks the person (victim, witness, informant,
    minor).
    """

    __slots__ = (
        "address", "alias", "born", "country", "given", "linked", "listed", "local", "male", "mat", "n", "of",
        "packages", "pat", "phone", "protected", "relation", "shares", "spouse", "suffix", "taken",
    )  # fmt: skip

    def __init__(self, n: int, country: str, male: bool) -> None:
        self.n = n
        self.country = country
        self.male = male
        self.given: tuple[str, ...] = ()
        self.pat = ""
        self.mat = ""
        self.suffix = ""
        self.spouse = ""
        self.born: Date = (1980, 1, 1)
        self.alias = ""
        self.phone = 0  # serial number of the phone, in the person's home country; 0: none
        self.address: Address | None = None
        self.shares = False  # lives with a sibling: the address then stands in their common list only
        self.local: dict[int, int] = {}  # package -> key in its list
        self.packages: list[int] = []
        self.listed: list[Listed] = []
        self.relation = ""
        self.of: Person | None = None
        self.protected = ""
        self.taken = False  # already part of a planted connection or look-alike
        self.linked = False  # stands in a link of some list

    @property
    def truth(self) -> str:
        """The person's name in truth.json."""
        return f"P{self.n:07d}"

    @property
    def masked_in(self) -> frozenset[int]:
        """Packages in which the person is masked: a protected person's first one; every one for a minor."""
        if not self.protected:
            return frozenset()
        return frozenset(self.packages if self.protected == "minor" else self.packages[:1])

    def surnames(self) -> tuple[str, str]:
        """Both surnames in the order of the person's country: Spanish father's first, Portuguese mother's first."""
        return (self.mat, self.pat) if self.country in PORTUGUESE else (self.pat, self.mat)

    def full_name(self) -> str:
        """The true name, complete, in the order of the person's country."""
        return " ".join(part for part in (*self.given, *self.surnames(), self.suffix) if part)

    def birth_date(self) -> str:
        """The true birth date, ISO 8601."""
        return iso(self.born)


class Listed:
    """One row of a list of people: where it stands and what of the person it really tells.

    ``bits`` is the information in the name tokens written right, by token role (only for people with several rows);
    ``date`` says how the birth date was noted (full, year, wrong or none); ``numbers`` are stems of identity numbers
    and phones written right; ``written`` keeps the cells of a protected person's row.
    """

    __slots__ = ("bits", "date", "numbers", "package", "row", "written")

    def __init__(self, package: int, bits: dict[str, float], date: str, numbers: frozenset[str]) -> None:
        self.package = package
        self.row = 0
        self.bits = bits
        self.date = date
        self.numbers = numbers
        self.written: dict[str, str] = {}
