"""Plants what is no connection: a lawyer's phone, a free zone's address, a typing error in a number, a big carrier."""

from __future__ import annotations

from ingest.scenario import documents, identifiers
from ingest.scenario.parts import Mark
from ingest.scenario.plants import Ground, Plant
from ingest.scenario.routes import legs
from ingest.scenario.stocks import load


class Lookalikes:
    """Plants into one wave and keeps what it planted in ``planted``."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._rng = ground.rng
        self.planted: list[Plant] = []

    def plant(self) -> None:
        """All kinds, in a fixed order."""
        self._documents()
        self._phones()
        self._addresses()
        self._carriers()

    def _documents(self) -> None:
        """Two people with one document number, by a typing error, in one list or in two lists of one country."""
        ground = self._ground
        for i in range(max(4, round(ground.rows * ground.world.rates.shared_document))):
            first = ground.packages[int(self._rng.random() * len(ground.packages))]
            country = first.service.country
            same = [package for package in ground.packages if package.service.country == country]
            second = same[int(self._rng.random() * len(same))] if i % 2 else first
            pair = ground.both(first, second)
            if pair is None:
                continue
            number = documents.identity(pair[0], country)
            first.contents.numbers[pair[0].n] = second.contents.numbers[pair[1].n] = number
            plant = Plant("shared_document", "number", "document", number.text)
            self.planted.append(plant.side(first, pair[0]).side(second, pair[1]))

    def _phones(self) -> None:
        """A lawyer's phone noted with many clients in several services."""
        ground = self._ground
        for _ in range(2 + ground.rows // 1500):
            packages = ground.some(4)
            country = packages[0].service.country
            number = identifiers.phone(country, ground.world.serial(country))
            plant = Plant("common_phone", "number", "phone", number)
            for package in packages:
                for _ in range(2 + int(self._rng.random() * 2)):
                    person = ground.person(package)
                    if person is not None:
                        mark = Mark("phones")
                        package.contents.phones.append((number, person, mark))
                        plant.side(package, person, mark)
            self._keep(plant)

    def _addresses(self) -> None:
        """A free zone's address, where many people and companies of several lists are registered."""
        ground, words = self._ground, load("words")
        countries = sorted({package.service.country for package in ground.packages})
        for _ in range(1 + ground.rows // 2500):
            country = countries[int(self._rng.random() * len(countries))]
            address = (words["hubs"][country][0], words["cities"][country][0])
            plant = Plant("hub_address", "link", "address", ", ".join(address))
            for package in ground.some(4):
                for _ in range(2):
                    person = ground.person(package)
                    if person is not None:
                        package.contents.addresses[person.n] = address
                        plant.side(package, person)
                for company in package.contents.companies[:8]:
                    if not company.taken and len(company.packages) == 1 and self._rng.random() < 0.5:
                        company.taken = True
                        company.address = address
                        plant.side(package, company)
            self._keep(plant)

    def _carriers(self) -> None:
        """Routes of two cases by a line that everybody uses."""
        ground = self._ground
        for first, second in ground.pairs(max(2, ground.rows // 600)):
            one = legs(self._rng, first.opened, first.service.country)
            last = one[-1]
            two = legs(self._rng, second.opened, second.service.country, carrier=last.carrier, mode=last.mode)
            plant = Plant("common_carrier", "link", "carrier", last.carrier)
            for package, route in ((first, one), (second, two)):
                mark = Mark("routes")
                package.contents.routes.append((route, mark))
                plant.side(package, mark)
            self._keep(plant)

    def _keep(self, plant: Plant) -> None:
        if len(plant.sides) > 1:
            self.planted.append(plant)
