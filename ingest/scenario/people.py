"""The people behind the records, and the families and namesakes that make them hard to tell apart."""

from __future__ import annotations

from random import Random

from ingest.scenario.hardness import fold
from ingest.scenario.rates import Rates, Variant
from ingest.scenario.stocks import Names, names

# Only protected people are born on these days of a month, so that no one else's birth date can be taken for theirs.
RESERVED_DAYS = (7, 19)
FREE_DAYS = tuple(day for day in range(1, 29) if day not in RESERVED_DAYS)

Date = tuple[int, int, int]


class Person:
    """One person. ``pat`` and ``mat`` are the father's and the mother's surname with their particles.

    ``relation`` says how the person resembles ``of`` (sibling, twin, son, namesake; empty: not). ``listed`` collects where
    the person stands in the lists, ``protected`` is the role that masks the person (victim, witness, informant, minor).
    """

    __slots__ = (
        "address", "alias", "born", "country", "given", "linked", "listed", "local", "male", "mat", "n", "of", "packages",
        "pat", "phone", "protected", "relation", "spouse", "suffix", "taken",
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
        self.address: tuple[str, str] | None = None
        self.local: dict[int, int] = {}  # package -> local key in its list
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

    def surnames(self) -> tuple[str, str]:
        """Both surnames in the order of the person's country: Spanish father's first, Portuguese mother's first."""
        return (self.mat, self.pat) if self.country in {"BR", "PT"} else (self.pat, self.mat)

    def full_name(self) -> str:
        """The true name, complete, in the order of the person's country."""
        return " ".join(part for part in (*self.given, *self.surnames(), self.suffix) if part)

    def birth_date(self) -> str:
        """The true birth date, ISO 8601."""
        return "{:04d}-{:02d}-{:02d}".format(*self.born)


class Listed:
    """One row of a list of people: where it stands and what of the person it really tells.

    ``bits`` is the information in the name tokens written right, by token role; ``date`` says how the birth date was noted
    (full, year, wrong or none); ``numbers`` are stems of identity numbers and phones written right.
    """

    __slots__ = ("bits", "date", "numbers", "package", "row", "written")

    def __init__(
        self, package: int, bits: dict[str, float], date: str, numbers: frozenset[str], written: dict[str, str]
    ) -> None:
        self.package = package
        self.row = 0
        self.bits = bits
        self.date = date
        self.numbers = numbers
        self.written = written


class PeopleMaker:
    """Makes people one after the other from one random stream."""

    def __init__(self, rng: Random, rates: Rates, variant: Variant, year: int = 2026) -> None:
        self._rng = rng
        self._rates = rates
        self._variant: Variant = variant
        self._year = year

    def _particle(self, stock: Names, surname: str) -> str:
        particle = stock.particles.get(surname)
        return f"{particle} {surname}" if particle and self._rng.random() < 0.55 else surname

    def _given(self, stock: Names, male: bool, country: str) -> tuple[str, ...]:
        draw = self._rng.random
        stocks = stock.male if male else stock.female
        first = stocks.at(draw())
        share = {"ES": 0.25, "PT": 0.55, "BR": 0.30}.get(country, 0.48)
        if draw() >= share:
            return (first,)
        second = stocks.at(draw())
        return (first, second) if second != first else (first,)

    def surname(self, country: str) -> str:
        """A surname of ``country``, with its particle where it has one."""
        stock = names(country, self._variant)
        return self._particle(stock, stock.surname.at(self._rng.random()))

    def birth(self, protected: bool, minor: bool = False) -> Date:
        """A birth date: adults about 40, minors 10 to 16 when the cases were opened."""
        draw = self._rng.random
        if minor:
            year = self._year - 10 - int(draw() * 6)
        else:
            year = self._year - 22 - int(abs(draw() + draw() + draw() - 1.2) * 34)
        days = RESERVED_DAYS if protected else FREE_DAYS
        return year, 1 + int(draw() * 12), days[int(draw() * len(days))]

    def person(self, n: int, country: str) -> Person:
        """A person unrelated to anybody."""
        draw = self._rng.random
        rates = self._rates
        person = Person(n, country, draw() < 0.78)
        stock = names(country, self._variant)
        role = draw()
        if role < rates.protected:
            share = role / rates.protected
            person.protected = (
                "victim" if share < 0.38 else "witness" if share < 0.76 else "informant" if share < 0.88 else "minor"
            )
            person.male = draw() < 0.5
        person.given = self._given(stock, person.male, country)
        if person.protected:
            if len(person.given) == 1:
                second = (stock.male if person.male else stock.female).at(draw())
                person.given = (person.given[0], second)
            person.pat = stock.reserved[n % len(stock.reserved)]
            person.mat = stock.reserved[int(draw() * len(stock.reserved))]
        else:
            person.pat = self._particle(stock, stock.surname.at(draw()))
            person.mat = self._particle(stock, stock.surname.at(draw()))
        person.born = self.birth(bool(person.protected), person.protected == "minor")
        if not person.protected:
            if draw() < 0.09:
                person.alias = stock.aliases[int(draw() * len(stock.aliases))]
            if not person.male and self._year - person.born[0] > 25 and draw() < 0.6:
                person.spouse = stock.surname.at(draw())
        return person

    def relative(self, n: int, of: Person, relation: str, country: str) -> Person:
        """Somebody easily taken for ``of``: sibling, twin, son or namesake. ``country`` counts for a namesake only."""
        draw = self._rng.random
        person = self.person(n, country if relation == "namesake" else of.country)
        person.protected = ""
        person.relation = relation
        person.of = of
        stock = names(of.country, self._variant)
        days = FREE_DAYS
        if relation == "son":
            person.male = True
            person.given = of.given
            person.pat = of.pat
            person.mat = self._particle(stock, stock.surname.at(draw()))
            if of.country in {"BR", "PT"} and draw() < 0.6:
                person.mat = of.mat
                person.suffix = "Filho" if draw() < 0.5 else "Júnior"
            person.born = (min(of.born[0] + 18 + int(draw() * 12), self._year - 22), *person.born[1:])
        elif relation == "namesake":
            person.male = of.male
            person.given = of.given
            person.pat = of.pat
            person.mat = of.mat if draw() < 0.5 else self._particle(stock, stock.surname.at(draw()))
            person.born = (of.born[0], 1 + int(draw() * 12), days[int(draw() * len(days))])
            if person.born == of.born:
                person.born = (of.born[0], of.born[1] % 12 + 1, of.born[2])
        else:
            person.pat, person.mat = of.pat, of.mat
            if relation == "twin":
                person.born = of.born
                if draw() < 0.5:
                    person.male = of.male
            else:
                born = min(of.born[0] + 1 + int(draw() * 9), self._year - 22)
                person.born = (born, *person.born[1:])
            person.given = self._given(stock, person.male, person.country)
            while fold(person.given[0]) == fold(of.given[0]):
                person.given = self._given(stock, person.male, person.country)
        if not person.male and not person.spouse and draw() < 0.3:
            person.spouse = stock.surname.at(draw())
        if person.born[2] in RESERVED_DAYS:
            person.born = (*person.born[:2], person.born[2] + 1)
        return person
