"""What is planted between the packages: connections that cross borders, and look-alikes that must not be taken for any."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from ingest.scenario import documents, identifiers
from ingest.scenario.organisations import Company
from ingest.scenario.people import Person
from ingest.scenario.routes import legs, small_carrier
from ingest.scenario.stocks import load
from ingest.scenario.world import Mark, Package, Wave

Thing = Person | Company | Mark


class Plant:
    """A planted connection or look-alike: per side a package and the people, companies or rows concerned."""

    __slots__ = ("basis", "kind", "sides", "value", "via")

    def __init__(self, kind: str, basis: str, via: str = "", value: str = "") -> None:
        self.kind = kind
        self.basis = basis
        self.via = via
        self.value = value
        self.sides: list[tuple[int, list[Thing]]] = []

    def side(self, package: Package, *things: Thing) -> Plant:
        """Add a side."""
        self.sides.append((package.index, list(things)))
        return self


class Planter:
    """Plants into one wave, before it is written."""

    def __init__(self, wave: Wave) -> None:
        self.wave = wave
        self.rng: Random = wave.world.rng("plants", wave.number)
        self.connections: list[Plant] = []
        self.lookalikes: list[Plant] = []
        self._rows = sum(package.people_wanted for package in wave.packages)
        self._plain: dict[int, list[Person]] = {package.index: [] for package in wave.packages}
        resembled = {id(person.of) for person in wave.people if person.of is not None}
        for person in wave.people:
            if (
                len(person.packages) == 1
                and not person.protected
                and not person.relation
                and id(person) not in resembled
            ):
                self._plain[person.packages[0]].append(person)

    def plant(self) -> None:
        """Everything, in a fixed order. People who play a part in one plant play none in another."""
        self._shared_documents()
        self._common_phones()
        self._hub_addresses()
        self._shared_identifiers()
        self._money()
        self._routes()
        self._common_carriers()
        self._withdrawals()
        self._families()
        self._interests()

    def _person(self, package: Package) -> Person | None:
        """A plain person of ``package`` not yet taken: known to one case, like nobody, not protected."""
        people = self._plain[package.index]
        while people:
            person = people.pop(int(self.rng.random() * len(people)))
            if not person.taken:
                person.taken = True
                return person
        return None

    def _pairs(self, count: int) -> Iterator[tuple[Package, Package]]:
        """``count`` pairs of packages of different countries, neighbours preferred."""
        packages, draw = self.wave.packages, self.rng.random
        weights = [package.people_wanted for package in packages]
        for _ in range(count):
            first = self.rng.choices(packages, weights)[0]
            others = [p for p in packages if p.service.country != first.service.country]
            near = [p for p in others if p.service.country in first.service.near]
            pool = near if near and draw() < 0.75 else others
            yield first, pool[int(draw() * len(pool))]

    def _both(self, first: Package, second: Package) -> tuple[Person, Person] | None:
        a = self._person(first)
        b = self._person(second) if a else None
        return (a, b) if a and b else None

    def _shared_documents(self) -> None:
        """Two people with one document number, by a typing error, in one list or in two lists of one country."""
        packages = self.wave.packages
        for i in range(max(2, round(self._rows * self.wave.world.rates.shared_document))):
            first = packages[int(self.rng.random() * len(packages))]
            country = first.service.country
            same = [p for p in packages if p.service.country == country]
            second = same[int(self.rng.random() * len(same))] if i % 2 else first
            pair = self._both(first, second)
            if pair is None or pair[0].country != country:
                continue
            number = documents.identity(pair[0], country)
            first.numbers[pair[0].n] = second.numbers[pair[1].n] = number
            plant = Plant("shared_document", "number", "document", number.text)
            self.lookalikes.append(plant.side(first, pair[0]).side(second, pair[1]))

    def _common_phones(self) -> None:
        """A lawyer's phone noted with many clients in several services."""
        world = self.wave.world
        for _ in range(2 + self._rows // 1500):
            home = self.wave.packages[int(self.rng.random() * len(self.wave.packages))]
            number = identifiers.phone(home.service.country, world.serial(home.service.country))
            plant = Plant("common_phone", "number", "phone", number)
            for package in self.rng.sample(self.wave.packages, min(len(self.wave.packages), 4)):
                for _ in range(2 + int(self.rng.random() * 2)):
                    person = self._person(package)
                    if person is not None:
                        mark = Mark("phones")
                        package.phones.append((number, person, mark))
                        plant.side(package, person, mark)
            if len(plant.sides) > 3:
                self.lookalikes.append(plant)

    def _hub_addresses(self) -> None:
        """A free zone's address, where many people and companies of several lists are registered."""
        hubs = load("words")["hubs"]
        countries = sorted({package.service.country for package in self.wave.packages})
        for i in range(1 + self._rows // 2500):
            country = countries[(i + int(self.rng.random() * len(countries))) % len(countries)]
            address = (hubs[country][0], load("words")["cities"][country][0])
            plant = Plant("hub_address", "link", "address", address[0])
            for package in self.rng.sample(self.wave.packages, min(len(self.wave.packages), 4)):
                for _ in range(2):
                    person = self._person(package)
                    if person is not None:
                        package.addresses[person.n] = address
                        plant.side(package, person)
                for company in package.companies[:8]:
                    if not company.taken and len(company.packages) == 1 and self.rng.random() < 0.5:
                        company.taken = True
                        company.address = address
                        plant.side(package, company)
            if len(plant.sides) > 3:
                self.lookalikes.append(plant)

    def _shared_identifiers(self) -> None:
        """Different people of two countries with one phone, called number, vehicle, account, address or container."""
        ways = (self._phone, self._call, self._vehicle, self._account, self._address, self._container)
        for i, (first, second) in enumerate(self._pairs(max(9, self._rows // 110))):
            pair = self._both(first, second)
            if pair is not None:
                ways[i % len(ways)](first, second, *pair)

    def _phone(self, first: Package, second: Package, a: Person, b: Person) -> None:
        number = identifiers.phone(second.service.country, self.wave.world.serial(second.service.country))
        plant = Plant("shared_identifier", "number", "phone", number)
        for package, person in ((first, a), (second, b)):
            mark = Mark("phones")
            package.phones.append((number, person, mark))
            plant.side(package, person, mark)
        self.connections.append(plant)

    def _call(self, first: Package, second: Package, a: Person, b: Person) -> None:
        world = self.wave.world
        own = identifiers.phone(first.service.country, world.serial(first.service.country))
        number = identifiers.phone(second.service.country, world.serial(second.service.country))
        listed, called, held = Mark("phones"), Mark("calls"), Mark("phones")
        first.phones.append((own, a, listed))
        first.calls.append((own, number, called))
        second.phones.append((number, b, held))
        plant = Plant("shared_identifier", "number", "phone", number)
        self.connections.append(plant.side(first, a, listed, called).side(second, b, held))

    def _vehicle(self, first: Package, second: Package, a: Person, b: Person) -> None:
        country = second.service.country
        number = identifiers.plate(country, self.wave.world.serial("plate"))
        plant = Plant("shared_identifier", "number", "vehicle", number)
        for package, person in ((first, a), (second, b)):
            mark = Mark("vehicles")
            package.vehicles.append((number, country, person, mark))
            plant.side(package, person, mark)
        self.connections.append(plant)

    def _account(self, first: Package, second: Package, a: Person, b: Person) -> None:
        number = identifiers.account(second.service.country, self.wave.world.serial("account"))
        plant = Plant("shared_identifier", "number", "account", number)
        for package, person in ((first, a), (second, b)):
            mark = Mark("accounts")
            package.accounts.append((number, person, mark))
            plant.side(package, person, mark)
        self.connections.append(plant)

    def _address(self, first: Package, second: Package, a: Person, b: Person) -> None:
        street, city = self.wave.address(second.service.country)
        first.addresses[a.n] = (street, city)
        kind, _, rest = street.partition(" ")
        other = {"Av.": "Avda.", "Calle": "C/", "Rua": "R.", "Carrera": "Cra."}.get(kind, kind)
        second.addresses[b.n] = (f"{other} {rest}", city)
        plant = Plant("shared_identifier", "link", "address", f"{street}, {city}")
        self.connections.append(plant.side(first, a).side(second, b))

    def _container(self, first: Package, second: Package, a: Person, b: Person) -> None:
        number = identifiers.container(self.wave.world.serial("container"))
        seized, shipped = Mark("seizures"), Mark("routes")
        first.seizures.append((number, second.service.country, seized))
        second.routes.append((legs(self.rng, second.opened, second.service.country, container=number), shipped))
        plant = Plant("shared_identifier", "number", "container", number)
        self.connections.append(plant.side(first, seized).side(second, shipped))

    def _money(self) -> None:
        """Money sent in one case to an account that another case lists as somebody's."""
        for first, second in self._pairs(max(5, self._rows // 160)):
            pair = self._both(first, second)
            if pair is None:
                continue
            world = self.wave.world
            origin = identifiers.account(first.service.country, world.serial("account"))
            number = identifiers.account(second.service.country, world.serial("account"))
            plant = Plant("money", "number", "account", number)
            sent, held, listed = Mark("payments"), Mark("accounts"), Mark("accounts")
            first.accounts.append((origin, pair[0], listed))
            first.payments.append((pair[0], origin, number, sent))
            second.accounts.append((number, pair[1], held))
            self.connections.append(plant.side(first, pair[0], sent).side(second, pair[1], held))

    def _routes(self) -> None:
        """Routes of two cases by the same small carrier through the same port within four days; one in three by one container."""
        for i, (first, second) in enumerate(self._pairs(max(6, self._rows // 140))):
            serial = self.wave.world.serial("carrier")
            carrier = small_carrier(self.rng, serial)
            number = identifiers.container(self.wave.world.serial("container")) if i % 3 == 0 else ""
            one = legs(self.rng, first.opened, first.service.country, carrier=carrier, container=number)
            two = legs(
                self.rng, first.opened, second.service.country, carrier=carrier, container=number, through=one[-1]
            )
            plant = Plant(
                "shared_route", "number" if number else "date", "container" if number else "carrier", number or carrier
            )
            for package, route in ((first, one), (second, two)):
                mark = Mark("routes")
                package.routes.append((route, mark))
                plant.side(package, mark)
            self.connections.append(plant)

    def _common_carriers(self) -> None:
        """Routes of two cases by a line that everybody uses, through one port, months apart."""
        for first, second in self._pairs(max(2, self._rows // 600)):
            one = legs(self.rng, first.opened, first.service.country)
            plant = Plant("common_carrier", "link", "carrier", one[-1].carrier)
            two = legs(self.rng, second.opened, second.service.country, carrier=one[-1].carrier, mode=one[-1].mode)
            for package, route in ((first, one), (second, two)):
                mark = Mark("routes")
                package.routes.append((route, mark))
                plant.side(package, mark)
            self.lookalikes.append(plant)

    def _withdrawals(self) -> None:
        """One record withdrawn in every third package."""
        for package in self.wave.packages:
            if package.index % 3 == 1:
                person = self._person(package)
                if person is not None:
                    package.withdrawn.append(person)

    def _families(self) -> None:
        """Family ties of relatives listed together, couples, and associates."""
        draw = self.rng.random
        for package in self.wave.packages:
            words = package.service.headers["words"]
            inside = {person.n for person, _ in package.people}
            listed = [person for person, _ in package.people]
            for person in listed:
                if person.of is not None and person.relation != "namesake" and person.of.n in inside and draw() < 0.6:
                    tie = words["parent"] if person.relation == "son" else words["siblings"]
                    package.kin.append((person.of, person, "family", tie))
            for _ in range(round(len(listed) * 0.10)):
                a, b = (listed[int(draw() * len(listed))] for _ in range(2))
                if a is b or a.of is b or b.of is a:
                    continue
                if draw() < 0.2:
                    package.kin.append((a, b, "family", words["spouse"]))
                else:
                    package.kin.append((a, b, "associate", words["partner"][int(draw() * len(words["partner"]))]))
            for a, b, _, _ in package.kin:
                a.linked = b.linked = True

    def _interests(self) -> None:
        """Owners and directors of the companies: people of the same list, now and then another company."""
        draw = self.rng.random
        for package in self.wave.packages:
            listed = [person for person, _ in package.people if not person.protected]
            for company in package.companies:
                for _ in range(1 + int(draw() * 2.4)):
                    owner = draw() < 0.55
                    if draw() < 0.12 and len(package.companies) > 1:
                        holder: Person | Company = package.companies[int(draw() * len(package.companies))]
                        if holder is company:
                            continue
                        owner = True
                    elif listed:
                        holder = listed[int(draw() * len(listed))]
                        holder.linked = True
                    else:
                        continue
                    package.interests.append((company, holder, owner))
