"""What is planted between packages, and the people who may play a part in it."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from ingest.scenario.organisations import Company
from ingest.scenario.packages import Package
from ingest.scenario.parts import Mark
from ingest.scenario.people import Person
from ingest.scenario.wave import Wave

Thing = Person | Company | Mark


class Plant:
    """A planted connection or look-alike: per side a package and the people, companies or rows concerned.

    ``via`` and ``value`` name what is shared (phone, account, carrier …); ``basis`` is number, date or link.
    """

    __slots__ = ("basis", "kind", "sides", "value", "via")

    def __init__(self, kind: str, basis: str, via: str, value: str) -> None:
        self.kind = kind
        self.basis = basis
        self.via = via
        self.value = value
        self.sides: list[tuple[int, list[Thing]]] = []

    def side(self, package: Package, *things: Thing) -> Plant:
        """Add a side, or more things to the side of ``package``."""
        for index, present in self.sides:
            if index == package.index:
                present.extend(things)
                return self
        self.sides.append((package.index, list(things)))
        return self


class Ground:
    """One wave as the planters see it: its packages, and its plain people.

    A plain person is known to one case, resembles nobody, and is not protected. Whoever plays a part in one plant plays
    none in another.
    """

    def __init__(self, wave: Wave) -> None:
        self.wave = wave
        self.world = wave.world
        self.packages = wave.packages
        self.rng: Random = wave.world.rng("plants", wave.number)
        self.rows = sum(package.people_wanted for package in wave.packages)
        self._weights = [package.people_wanted for package in wave.packages]
        self._plain: dict[int, list[Person]] = {package.index: [] for package in wave.packages}
        resembled = {id(person.of) for person in wave.people if person.of is not None}
        for person in wave.people:
            alike = person.relation or id(person) in resembled
            if len(person.packages) == 1 and not person.protected and not alike:
                self._plain[person.packages[0]].append(person)

    def person(self, package: Package) -> Person | None:
        """A plain person of ``package`` not yet taken; None when all are."""
        people = self._plain[package.index]
        while people:
            at = int(self.rng.random() * len(people))
            people[at], people[-1] = people[-1], people[at]
            person = people.pop()
            if not person.taken:
                person.taken = True
                return person
        return None

    def both(self, first: Package, second: Package) -> tuple[Person, Person] | None:
        """One plain person of each."""
        a = self.person(first)
        b = self.person(second) if a is not None else None
        return (a, b) if a is not None and b is not None else None

    def pairs(self, count: int) -> Iterator[tuple[Package, Package]]:
        """``count`` pairs of packages of different countries, three in four of them neighbours."""
        draw = self.rng.random
        for _ in range(count):
            first = self.rng.choices(self.packages, self._weights)[0]
            others = [p for p in self.packages if p.service.country != first.service.country]
            near = [p for p in others if p.service.country in first.service.near]
            pool = near if near and draw() < 0.75 else others
            yield first, pool[int(draw() * len(pool))]

    def some(self, count: int) -> list[Package]:
        """Up to ``count`` packages at random."""
        return self.rng.sample(self.packages, min(len(self.packages), count))
