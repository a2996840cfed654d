"""The packages of a scenario, and who stands in which: waves of at most 40,000 rows, so that memory stays bounded.

Within a wave every service opens one or more cases. People are made one by one, put into a case of their home service,
and some of them into cases of up to three other services, neighbours first. A few reappear in a later wave.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from random import Random

from ingest.scenario.documents import Number
from ingest.scenario.organisations import Company, CompanyMaker
from ingest.scenario.people import Date, PeopleMaker, Person
from ingest.scenario.rates import Rates, Variant
from ingest.scenario.records import role_of
from ingest.scenario.services import Service
from ingest.scenario.stocks import language, load

WAVE = 40_000
COMPANY_SHARE = 0.12


class Mark:
    """A row of a table other than those of people and companies, known once it is written."""

    __slots__ = ("package", "row", "table")

    def __init__(self, table: str) -> None:
        self.table = table
        self.package = -1
        self.row = 0


class Package:
    """One case of one service. What later passes plant in it waits in the ``extra`` lists until it is written."""

    def __init__(self, index: int, ordinal: int, service: Service, size: int) -> None:
        self.index = index  # over the whole scenario
        self.ordinal = ordinal  # among the service's packages
        self.service = service
        self.companies_wanted = max(2, round(size * COMPANY_SHARE))
        self.people_wanted = size - self.companies_wanted
        self.number = 0
        self.opened: Date = (2026, 1, 1)
        self.dataset = ""
        self.people: list[tuple[Person, str]] = []
        self.companies: list[Company] = []
        self.addresses: dict[int, tuple[str, str]] = {}  # person n -> address in this list alone
        self.numbers: dict[int, Number] = {}  # person n -> the number noted with that person, by a typing error
        self.phones: list[tuple[str, Person, Mark]] = []
        self.calls: list[tuple[str, str, Mark]] = []
        self.vehicles: list[tuple[str, str, Person, Mark]] = []
        self.accounts: list[tuple[str, Person | Company, Mark]] = []
        self.payments: list[tuple[Person, str, str, Mark]] = []
        self.routes: list[tuple[list[Leg], Mark]] = []
        self.seizures: list[tuple[str, str, Mark]] = []
        self.kin: list[tuple[Person, Person, str, str]] = []
        self.interests: list[tuple[Company, Person | Company, bool]] = []
        self.withdrawn: list[Person] = []

    def release_memory(self) -> None:
        """Forget the content, once it is written and told."""
        for name in (
            "people",
            "companies",
            "phones",
            "calls",
            "vehicles",
            "accounts",
            "payments",
            "routes",
            "seizures",
            "kin",
            "interests",
            "withdrawn",
        ):
            setattr(self, name, [])
        self.addresses, self.numbers = {}, {}

    def case_number(self) -> str:
        """The investigation's number in the service's own form."""
        n, year = self.number, self.opened[0]
        return self.service.case.format(n=n, y=year, y2=year % 100, c=n % 97, c1=n % 10)


class Leg:
    """One leg of a route: indices into the places, times as (date, minute of the day)."""

    __slots__ = ("arrival", "cargo", "carrier", "comment", "container", "departure", "mode", "number", "place", "to")

    def __init__(self, place: int, to: int, mode: str, departure: tuple[Date, int], arrival: tuple[Date, int]) -> None:
        self.place = place
        self.to = to
        self.mode = mode
        self.departure = departure
        self.arrival = arrival
        self.carrier = ""
        self.number = ""
        self.cargo = ""
        self.container = ""
        self.comment = ""


class World:
    """Counters and makers that go through all waves."""

    def __init__(self, seed: int, size: int, rates: Rates, variant: Variant, services: list[Service]) -> None:
        self.seed = seed
        self.size = size
        self.rates = rates
        self.variant: Variant = variant
        self.services = services
        self.by_country = {service.country: service for service in reversed(services)}
        self.packages: list[Package] = []  # emptied of people once written
        self.people = 0
        self.companies = 0
        self._serials: dict[str, int] = {}
        self.carried: list[Person] = []

    def serial(self, kind: str) -> int:
        """The next serial number of ``kind`` (a phone's kind is its country)."""
        number = self._serials.get(kind, 0) + 1
        self._serials[kind] = number
        return number

    def rng(self, *name: object) -> Random:
        """A random stream of its own for each part of the scenario."""
        return Random(":".join(map(str, (self.seed, self.variant, *name))))  # noqa: S311 (a scenario, not a secret)

    def waves(self) -> Iterator[Wave]:
        """The waves, each with its packages still empty."""
        count = math.ceil(self.size / WAVE)
        done = 0
        ordinals = dict.fromkeys((service.code for service in self.services), 0)
        for number in range(count):
            rows = self.size * (number + 1) // count - done
            done += rows
            rng = self.rng("plan", number)
            packages = []
            for service, share in zip(self.services, _split(rows, [s.weight for s in self.services]), strict=True):
                pieces = max(1, round(share / min(max(self.size / 40, 300), 4500)))
                if service.weight >= 12 and rows >= 400:
                    pieces = max(pieces, 2)
                for size in _split(share, [0.6 + rng.random() for _ in range(pieces)]):
                    package = Package(len(self.packages), ordinals[service.code], service, max(size, 8))
                    package.opened = (
                        2024 + int(rng.random() * 3),
                        1 + int(rng.random() * 10),
                        1 + int(rng.random() * 28),
                    )
                    package.number = 100 + self.serial(f"case {service.code}") * 37 + int(rng.random() * 36)
                    package.dataset = f"{service.slug}-{package.opened[0]}-{package.number:05d}"
                    ordinals[service.code] += 1
                    packages.append(package)
                    self.packages.append(package)
            yield Wave(self, number, packages, last=number == count - 1)


def _split(total: int, weights: list[float] | list[int]) -> list[int]:
    """``total`` in whole parts in proportion to ``weights`` (largest remainder)."""
    whole = sum(weights)
    exact = [total * weight / whole for weight in weights]
    parts = [int(value) for value in exact]
    order = sorted(range(len(parts)), key=lambda index: parts[index] - exact[index])
    for index in order[: total - sum(parts)]:
        parts[index] += 1
    return parts


class Wave:
    """One wave: fills its packages with people and companies."""

    def __init__(self, world: World, number: int, packages: list[Package], last: bool) -> None:
        self.world = world
        self.number = number
        self.packages = packages
        self.last = last
        self.people: list[Person] = []
        self.companies: list[Company] = []
        self.rng = world.rng("wave", number)
        self._of_service: dict[str, list[int]] = {}
        for at, package in enumerate(packages):
            self._of_service.setdefault(package.service.code, []).append(at)

    def fill(self) -> None:
        """Make the people and companies and put them into the packages, each filled exactly."""
        self._fill_people()
        self._fill_companies()
        for package in self.packages:
            self.rng.shuffle(package.people)

    def address(self, country: str) -> tuple[str, str]:
        """(street and number, city) in ``country``."""
        draw, words = self.rng.random, load("words")
        kinds, cities = words["street_kinds"][country], words["cities"][country]
        streets = words["streets"][language(country)]
        kind, street = kinds[int(draw() * len(kinds))], streets[int(draw() * len(streets))]
        number = 10 + int(draw() * 4900)
        city = cities[int(draw() ** 1.3 * len(cities))]
        if country == "CO":
            return f"{kind} {1 + int(draw() * 120)} # {1 + int(draw() * 90)}-{number % 90 + 10}", city
        comma = ", " if country in {"BR", "PT", "ES"} else " "
        return f"{kind} {street}{comma}{number}", city

    def _country(self, service: Service, native: float) -> str:
        draw = self.rng.random
        if draw() < native:
            return service.country
        near = [country for country in service.near if country in load("words")["cities"]]
        return near[int(draw() ** 1.5 * len(near))]

    def _others(self, home: int, country: str, count: int, left: list[int]) -> list[int]:
        """Up to ``count`` packages with room, of other services than ``home``'s: neighbours of home and origin first."""
        draw = self.rng.random
        service = self.packages[home].service
        wanted = [country, *service.near, *(s.country for s in self.world.services)]
        chosen: list[int] = []
        used = {service.code}
        for _ in range(count * 3):
            if len(chosen) == count:
                break
            near = wanted[int(draw() ** 2.2 * len(wanted))]
            codes = [s.code for s in self.world.services if s.country == near and s.code not in used]
            if not codes:
                continue
            options = self._of_service.get(codes[int(draw() * len(codes))], [])
            if not options:
                continue
            at = options[int(draw() * len(options))]
            if left[at] > 0:
                left[at] -= 1
                chosen.append(at)
                used.add(self.packages[at].service.code)
        return chosen

    def _place(self, person: Person, at: int, role: str) -> None:
        package = self.packages[at]
        person.packages.append(package.index)
        package.people.append((person, role))

    def _fill_people(self) -> None:
        rng, rates, world = self.rng, self.world.rates, self.world
        draw = rng.random
        maker = PeopleMaker(rng, rates, world.variant)
        left = [package.people_wanted for package in self.packages]
        for person in world.carried:
            used = {world.packages[index].service.code for index in person.packages}
            options = [at for at in range(len(left)) if left[at] > 0 and self.packages[at].service.code not in used]
            if options:
                at = options[int(draw() * len(options))]
                left[at] -= 1
                self._place(person, at, role_of(draw()))
            self.people.append(person)
        world.carried = []
        slots = [at for at, room in enumerate(left) for _ in range(room)]
        rng.shuffle(slots)
        relations = (("sibling", rates.sibling), ("twin", rates.twin), ("son", rates.son), ("namesake", rates.namesake))
        previous: Person | None = None
        previous_at = -1
        while slots:
            at = slots.pop()
            if left[at] <= 0:
                continue
            relation = ""
            if previous is not None and not previous.protected and not previous.relation:
                u = draw()
                for name, share in relations:
                    if u < share:
                        relation = name
                        break
                    u -= share
            world.people += 1
            if relation and previous is not None:
                if relation != "namesake" and left[previous_at] > 0:
                    slots.append(at)
                    at = previous_at
                elif relation != "namesake":
                    relation = "namesake"
                country = self._country(self.packages[at].service, 0.82)
                person = maker.relative(world.people, previous, relation, country)
            else:
                person = maker.person(world.people, self._country(self.packages[at].service, 0.82))
            left[at] -= 1
            self._equip(person, previous if relation in {"sibling", "twin"} else None, at)
            self._place(person, at, person.protected or role_of(draw()))
            self._spread(person, at, left)
            self.people.append(person)
            previous, previous_at = person, at

    def _equip(self, person: Person, relative: Person | None, at: int) -> None:
        draw, world = self.rng.random, self.world
        if draw() < 0.6:
            person.phone = world.serial(person.country)
        if relative is not None and draw() < 0.5:
            person.address = relative.address
        elif draw() < 0.85:
            person.address = self.address(self.packages[at].service.country)
        if person.protected == "informant" or (person.protected == "witness" and draw() < 0.3):
            codes = load("words")["codewords"][self.packages[at].service.language]
            person.alias = f"{codes[int(draw() * len(codes))]} {person.n}"

    def _spread(self, person: Person, at: int, left: list[int]) -> None:
        """Put the person into further packages: other services, the same list twice, or another case of the service."""
        draw, rates = self.rng.random, self.world.rates
        if person.protected:
            if person.protected != "minor" and draw() < rates.elsewhere:
                for other in self._others(at, person.country, 1, left):
                    self._place(person, other, role_of(draw()))
            return
        u, count = draw(), 0
        for count, share in enumerate(rates.services):  # noqa: B007 (used after the loop)
            if u < share:
                break
            u -= share
        for other in self._others(at, person.country, count, left):
            self._place(person, other, role_of(draw()))
        if draw() < rates.listed_twice and left[at] > 0:
            left[at] -= 1
            self._place(person, at, role_of(draw()))
        elif count and draw() < 0.1:
            same = [o for o in self._of_service[self.packages[at].service.code] if o != at and left[o] > 0]
            if same:
                other = same[int(draw() * len(same))]
                left[other] -= 1
                self._place(person, other, role_of(draw()))

    def _fill_companies(self) -> None:
        rng, world = self.rng, self.world
        draw = rng.random
        maker = CompanyMaker(rng, world.variant)
        left = [package.companies_wanted for package in self.packages]
        slots = [at for at, room in enumerate(left) for _ in range(room)]
        rng.shuffle(slots)
        while slots:
            at = slots.pop()
            if left[at] <= 0:
                continue
            left[at] -= 1
            world.companies += 1
            company = maker.company(world.companies, self._country(self.packages[at].service, 0.85))
            if draw() < 0.5:
                company.phone = world.serial(company.country)
            company.address = self.address(company.country)
            u = draw()
            count = 0 if u < 0.80 else 1 if u < 0.95 else 2
            for where in (at, *self._others(at, company.country, count, left)):
                company.packages.append(self.packages[where].index)
                self.packages[where].companies.append(company)
            self.companies.append(company)
