"""Makes people: at random, or as somebody's sibling, twin, son or namesake, which makes them hard to tell apart."""

from __future__ import annotations

from random import Random

from ingest.scenario.hardness import fold
from ingest.scenario.parts import FREE_DAYS, RESERVED_DAYS, Date
from ingest.scenario.people import Person
from ingest.scenario.rates import Rates, Variant
from ingest.scenario.stocks import PORTUGUESE, Names, names

YEAR = 2026  # the scenario's present
ADULT = YEAR - 22  # nobody unprotected is born later: cases go back to 2024
_SECOND_NAME = {"ES": 0.25, "PT": 0.55, "BR": 0.30}
_PROTECTED = (("victim", 0.38), ("witness", 0.76), ("informant", 0.88), ("minor", 1.0))


class Unique:
    """What protected people have that no other protected person may have, so that a search finds one alone.

    Birth dates run out in scenarios of about 50,000 records, names in far larger ones; then they repeat.
    """

    def __init__(self) -> None:
        self._taken: set[tuple[object, ...]] = set()

    def take(self, *keys: tuple[object, ...]) -> bool:
        """Take all of ``keys``, or none when one is taken already."""
        if not self._taken.isdisjoint(keys):
            return False
        self._taken.update(keys)
        return True


_TRIES = 60


class PeopleMaker:
    """Makes people one after the other from one random stream; ``unique`` goes through all makers of a scenario."""

    def __init__(self, rng: Random, rates: Rates, variant: Variant, unique: Unique | None = None) -> None:
        self._draw = rng.random
        self._rates = rates
        self._variant: Variant = variant
        self._unique = unique or Unique()

    def _particle(self, stock: Names, surname: str) -> str:
        particle = stock.particles.get(surname)
        return f"{particle} {surname}" if particle and self._draw() < 0.55 else surname

    def _surname(self, stock: Names) -> str:
        return self._particle(stock, stock.surname.at(self._draw()))

    def _given(self, stock: Names, male: bool, country: str, both: bool = False) -> tuple[str, ...]:
        draw = self._draw
        stocks = stock.male if male else stock.female
        first = stocks.at(draw())
        if not both and draw() >= _SECOND_NAME.get(country, 0.48):
            return (first,)
        second = stocks.at(draw())
        while both and second == first:
            second = stocks.at(draw())
        return (first, second) if second != first else (first,)

    def _birth(self, days: tuple[int, ...], minor: bool) -> Date:
        """A birth date: adults mostly between 25 and 55, minors 10 to 15 in the scenario's present."""
        draw = self._draw
        year = YEAR - 10 - int(draw() * 6) if minor else ADULT - int(abs(draw() + draw() + draw() - 1.2) * 34)
        return year, 1 + int(draw() * 12), days[int(draw() * len(days))]

    def person(self, n: int, country: str) -> Person:
        """A person unrelated to anybody."""
        draw, share = self._draw, self._rates.protected
        stock = names(country, self._variant)
        person = Person(n, country, draw() < 0.78)
        u = draw() / share
        if u < 1:
            person.protected = next(role for role, bound in _PROTECTED if u <= bound)
            self._protect(person, stock)
            return person
        person.given = self._given(stock, person.male, country)
        person.pat, person.mat = self._surname(stock), self._surname(stock)
        person.born = self._birth(FREE_DAYS, False)
        if draw() < 0.09:
            person.alias = stock.aliases[int(draw() * len(stock.aliases))]
        if not person.male and person.born[0] < YEAR - 25 and draw() < 0.6:
            person.spouse = stock.surname.at(draw())
        return person

    def _protect(self, person: Person, stock: Names) -> None:
        """Names and birth date of a protected person: complete, and borne by no one else."""
        draw, reserved = self._draw, stock.reserved
        person.male = draw() < 0.5
        for _ in range(_TRIES):
            person.given = self._given(stock, person.male, person.country, both=True)
            person.pat = reserved[int(draw() * len(reserved))]
            person.mat = reserved[int(draw() * len(reserved))]
            # Whatever a clerk leaves out of it, what remains must not be a part of another one's name.
            if self._unique.take(*((g, s) for g in person.given for s in {person.pat, person.mat})):
                break
        for _ in range(_TRIES):
            person.born = self._birth(RESERVED_DAYS, person.protected == "minor")
            if self._unique.take(person.born):
                break

    def relative(self, n: int, of: Person, relation: str, country: str) -> Person:
        """Somebody easily taken for ``of``: sibling, twin, son or namesake. ``country`` counts for a namesake only."""
        draw = self._draw
        person = Person(n, country if relation == "namesake" else of.country, draw() < 0.78)
        person.relation, person.of = relation, of
        stock = names(person.country, self._variant)
        person.born = self._birth(FREE_DAYS, False)
        match relation:
            case "son":
                self._son(person, of, stock)
            case "namesake":
                person.male, person.given, person.pat = of.male, of.given, of.pat
                person.mat = of.mat if draw() < 0.5 else self._surname(stock)
                month = person.born[1] if person.born[1:] != of.born[1:] else person.born[1] % 12 + 1
                person.born = (of.born[0], month, person.born[2])
            case _:
                self._sibling(person, of, stock)
        if not person.male and draw() < 0.3:
            person.spouse = stock.surname.at(draw())
        return person

    def _son(self, person: Person, of: Person, stock: Names) -> None:
        draw = self._draw
        person.male, person.given, person.pat = True, of.given, of.pat
        person.mat = self._surname(stock)
        if of.country in PORTUGUESE and draw() < 0.6:
            person.mat = of.mat
            person.suffix = "Filho" if draw() < 0.5 else "Júnior"
        person.born = (min(of.born[0] + 18 + int(draw() * 12), ADULT), *person.born[1:])

    def _sibling(self, person: Person, of: Person, stock: Names) -> None:
        draw = self._draw
        person.pat, person.mat = of.pat, of.mat
        if person.relation == "twin":
            person.born = of.born
            person.male = of.male if draw() < 0.7 else not of.male
        else:
            person.born = (min(of.born[0] + 1 + int(draw() * 9), ADULT), *person.born[1:])
        person.given = self._given(stock, person.male, person.country)
        while fold(person.given[0]) == fold(of.given[0]):
            person.given = self._given(stock, person.male, person.country)
