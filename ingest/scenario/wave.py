"""Who stands in which package: waves of at most 40,000 rows, so that memory stays bounded.

People are made one by one and put into a case of their home service; some also into cases of up to three other
services, neighbours first. A few reappear in a later wave.
"""

from __future__ import annotations

from ingest.scenario.families import PeopleMaker
from ingest.scenario.organisations import Company, CompanyMaker
from ingest.scenario.packages import Package, World
from ingest.scenario.people import Address, Person
from ingest.scenario.records import role_of
from ingest.scenario.services import Service
from ingest.scenario.stocks import language, load


class Wave:
    """One wave of packages: :meth:`fill` puts people and companies into them, each package exactly full."""

    def __init__(self, world: World, number: int, packages: list[Package]) -> None:
        self.world = world
        self.number = number
        self.packages = packages
        self.people: list[Person] = []
        self.companies: list[Company] = []
        self.rng = world.rng("wave", number)
        self._draw = self.rng.random
        self._words = load("words")
        self._of_service: dict[str, list[int]] = {}
        for at, package in enumerate(packages):
            self._of_service.setdefault(package.service.code, []).append(at)
        self._codes: dict[str, list[str]] = {}
        for service in world.services:
            self._codes.setdefault(service.country, []).append(service.code)

    def fill(self) -> None:
        """Make the people and companies and put them into the packages."""
        self._fill_people()
        self._fill_companies()
        for package in self.packages:
            self.rng.shuffle(package.contents.people)

    def address(self, country: str) -> Address:
        """(street and number, city) in ``country``."""
        draw, words = self._draw, self._words
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
        if self._draw() < native:
            return service.country
        return service.near[int(self._draw() ** 1.5 * len(service.near))]

    def _others(self, home: int, country: str, count: int, left: list[int]) -> list[int]:
        """Up to ``count`` packages with room, of services other than ``home``'s: origin and neighbours first."""
        draw, service = self._draw, self.packages[home].service
        wanted = [country, *service.near, *self._codes]
        chosen: list[int] = []
        used = {service.code}
        for _ in range(count * 3):
            if len(chosen) == count:
                break
            codes = [c for c in self._codes.get(wanted[int(draw() ** 2.2 * len(wanted))], ()) if c not in used]
            if not codes:
                continue
            code = codes[int(draw() * len(codes))]
            options = self._of_service[code]
            at = options[int(draw() * len(options))]
            if left[at] > 0:
                left[at] -= 1
                chosen.append(at)
                used.add(code)
        return chosen

    def _place(self, person: Person, at: int, role: str = "") -> None:
        package = self.packages[at]
        person.packages.append(package.index)
        package.contents.people.append((person, role or role_of(self._draw())))

    def _reappear(self, left: list[int]) -> None:
        """People of an earlier wave, in a case of a service that does not know them yet."""
        for person in self.world.carried:
            used = {self.world.packages[index].service.code for index in person.packages}
            options = [at for at, room in enumerate(left) if room > 0 and self.packages[at].service.code not in used]
            if options:
                at = options[int(self._draw() * len(options))]
                left[at] -= 1
                self._place(person, at)
            self.people.append(person)
        self.world.carried = []

    def _fill_people(self) -> None:
        draw, rates, world = self._draw, self.world.rates, self.world
        maker = PeopleMaker(self.rng, rates, world.variant, world.unique)
        left = [package.people_wanted for package in self.packages]
        self._reappear(left)
        slots = [at for at, room in enumerate(left) for _ in range(room)]
        self.rng.shuffle(slots)
        kinds = (("sibling", rates.sibling), ("twin", rates.twin), ("son", rates.son), ("namesake", rates.namesake))
        previous: Person | None = None
        previous_at = -1
        while slots:
            at = slots.pop()
            if left[at] <= 0:  # filled meanwhile by people of other services
                continue
            n = world.serial("person")
            relation = ""
            if previous is not None and not previous.protected and not previous.relation:
                u = draw()
                for relation, share in kinds:  # noqa: B007 (used after the loop)
                    if u < share:
                        break
                    u -= share
                else:
                    relation = ""
            if relation and previous is not None:
                if left[previous_at] <= 0:
                    relation = "namesake"
                if relation != "namesake":  # relatives stand in one list
                    slots.append(at)
                    at = previous_at
                person = maker.relative(n, previous, relation, self._country(self.packages[at].service, 0.82))
            else:
                person = maker.person(n, self._country(self.packages[at].service, 0.82))
            left[at] -= 1
            self._equip(person, at)
            self._place(person, at, person.protected)
            self._spread(person, at, left)
            self.people.append(person)
            previous, previous_at = person, at

    def _equip(self, person: Person, at: int) -> None:
        """Phone, address (half of the siblings live together), and a code word for informants and some witnesses."""
        draw, service = self._draw, self.packages[at].service
        if draw() < 0.6:
            person.phone = self.world.serial(person.country)
        if person.of is not None and person.relation in {"sibling", "twin"} and draw() < 0.5:
            person.address = person.of.address
            person.shares = person.of.shares = True
        elif draw() < 0.85:
            person.address = self.address(service.country)
        if person.protected == "informant" or (person.protected == "witness" and draw() < 0.3):
            codes = self._words["codewords"][service.language]
            width = len(str(self.world.size))  # so that no code word is the beginning of another
            person.alias = f"{codes[int(draw() * len(codes))]} {person.n:0{width}d}"

    def _spread(self, person: Person, at: int, left: list[int]) -> None:
        """Put the person into further packages: other services, the same list twice, or another case of the service."""
        draw, rates = self._draw, self.world.rates
        if person.protected:
            if person.protected != "minor" and draw() < rates.elsewhere:
                for other in self._others(at, person.country, 1, left):
                    self._place(person, other)
            return
        u, count = draw(), 0
        for count, share in enumerate(rates.services):  # noqa: B007 (used after the loop)
            if u < share:
                break
            u -= share
        for other in self._others(at, person.country, count, left):
            self._place(person, other)
        same: list[int] = []
        if draw() < rates.listed_twice and left[at] > 0:
            same = [at]
        elif count and draw() < 0.1:
            same = [o for o in self._of_service[self.packages[at].service.code] if o != at and left[o] > 0]
        if same:
            other = same[int(draw() * len(same))]
            left[other] -= 1
            self._place(person, other)

    def _fill_companies(self) -> None:
        draw, world = self._draw, self.world
        maker = CompanyMaker(self.rng, world.variant)
        left = [package.companies_wanted for package in self.packages]
        slots = [at for at, room in enumerate(left) for _ in range(room)]
        self.rng.shuffle(slots)
        while slots:
            at = slots.pop()
            if left[at] <= 0:
                continue
            left[at] -= 1
            company = maker.company(world.serial("company"), self._country(self.packages[at].service, 0.85))
            if draw() < 0.5:
                company.phone = world.serial(company.country)
            company.address = self.address(company.country)
            u = draw()
            count = 0 if u < 0.80 else 1 if u < 0.95 else 2
            for where in (at, *self._others(at, company.country, count, left)):
                company.packages.append(self.packages[where].index)
                self.packages[where].contents.companies.append(company)
            self.companies.append(company)
