"""Plants connections that cross a border: shared identifiers, money, routes."""

from __future__ import annotations

from ingest.scenario import identifiers
from ingest.scenario.packages import Package
from ingest.scenario.parts import Mark
from ingest.scenario.people import Person
from ingest.scenario.plants import Ground, Plant
from ingest.scenario.routes import legs, small_carrier

_WRITTEN_OTHERWISE = {"Av.": "Avda.", "Calle": "C/", "Rua": "R.", "Carrera": "Cra.", "Avda.": "Av."}


class Connections:
    """Plants into one wave and keeps what it planted in ``planted``."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._rng = ground.rng
        self.planted: list[Plant] = []

    def plant(self) -> None:
        """All kinds, in a fixed order."""
        self._identifiers()
        self._money()
        self._routes()

    def _plant(self, kind: str, basis: str, via: str, value: str) -> Plant:
        plant = Plant(kind, basis, via, value)
        self.planted.append(plant)
        return plant

    def _new_phone(self, package: Package) -> str:
        country = package.service.country
        return identifiers.phone(country, self._ground.world.serial(country))

    def _new_account(self, package: Package) -> str:
        return identifiers.account(package.service.country, self._ground.world.serial("account"))

    def _new_container(self) -> str:
        return identifiers.container(self._ground.world.serial("container"))

    def _identifiers(self) -> None:
        """Different people of two countries with one phone, called number, vehicle, account, address or container."""
        ways = (self._phone, self._call, self._vehicle, self._account, self._address, self._container)
        for i, (first, second) in enumerate(self._ground.pairs(max(9, self._ground.rows // 110))):
            pair = self._ground.both(first, second)
            if pair is not None:
                ways[i % len(ways)](first, second, *pair)

    def _phone(self, first: Package, second: Package, a: Person, b: Person) -> None:
        number = self._new_phone(second)
        plant = self._plant("shared_identifier", "number", "phone", number)
        for package, person in ((first, a), (second, b)):
            mark = Mark("phones")
            package.contents.phones.append((number, person, mark))
            plant.side(package, person, mark)

    def _call(self, first: Package, second: Package, a: Person, b: Person) -> None:
        own, number = self._new_phone(first), self._new_phone(second)
        listed, called, held = Mark("phones"), Mark("calls"), Mark("phones")
        first.contents.phones.append((own, a, listed))
        first.contents.calls.append((own, number, called))
        second.contents.phones.append((number, b, held))
        plant = self._plant("shared_identifier", "number", "phone", number)
        plant.side(first, a, listed, called).side(second, b, held)

    def _vehicle(self, first: Package, second: Package, a: Person, b: Person) -> None:
        country = second.service.country
        number = identifiers.plate(country, self._ground.world.serial("plate"))
        plant = self._plant("shared_identifier", "number", "vehicle", number)
        for package, person in ((first, a), (second, b)):
            mark = Mark("vehicles")
            package.contents.vehicles.append((number, country, person, mark))
            plant.side(package, person, mark)

    def _account(self, first: Package, second: Package, a: Person, b: Person) -> None:
        number = self._new_account(second)
        plant = self._plant("shared_identifier", "number", "account", number)
        for package, person in ((first, a), (second, b)):
            mark = Mark("accounts")
            package.contents.accounts.append((number, person, mark))
            plant.side(package, person, mark)

    def _address(self, first: Package, second: Package, a: Person, b: Person) -> None:
        street, city = self._ground.wave.address(second.service.country)
        kind, _, rest = street.partition(" ")
        first.contents.addresses[a.n] = (street, city)
        second.contents.addresses[b.n] = (f"{_WRITTEN_OTHERWISE.get(kind, kind)} {rest}", city)
        plant = self._plant("shared_identifier", "link", "address", f"{street}, {city}")
        plant.side(first, a).side(second, b)

    def _container(self, first: Package, second: Package, a: Person, b: Person) -> None:
        """A container seized in one case and on a route of the other, half a year earlier; nobody is named with it."""
        number = self._new_container()
        seized, shipped = Mark("seizures"), Mark("routes")
        first.contents.seizures.append((number, seized))
        route = legs(self._rng, second.opened, second.service.country, container=number)
        second.contents.routes.append((route, shipped))
        self._plant("shared_identifier", "number", "container", number).side(first, seized).side(second, shipped)

    def _money(self) -> None:
        """Money sent in one case to an account that another case lists as somebody's."""
        for first, second in self._ground.pairs(max(5, self._ground.rows // 160)):
            pair = self._ground.both(first, second)
            if pair is None:
                continue
            payer, holder = pair
            origin, number = self._new_account(first), self._new_account(second)
            listed, sent, held = Mark("accounts"), Mark("payments"), Mark("accounts")
            first.contents.accounts.append((origin, payer, listed))
            first.contents.payments.append((payer, origin, number, sent))
            second.contents.accounts.append((number, holder, held))
            plant = self._plant("money", "number", "account", number)
            plant.side(first, payer, sent).side(second, holder, held)

    def _routes(self) -> None:
        """Routes of two cases that meet: one small carrier, one port, within four days; a third by one container."""
        for i, (first, second) in enumerate(self._ground.pairs(max(6, self._ground.rows // 140))):
            carrier = small_carrier(self._rng, self._ground.world.serial("carrier"))
            number = self._new_container() if i % 3 == 0 else ""
            one = legs(self._rng, first.opened, first.service.country, carrier=carrier, container=number)
            through = one[-1]
            two = legs(
                self._rng, first.opened, second.service.country, carrier=carrier, container=number, through=through
            )
            via, value = ("container", number) if number else ("carrier", carrier)
            plant = self._plant("shared_route", "number" if number else "date", via, value)
            for package, route in ((first, one), (second, two)):
                mark = Mark("routes")
                package.contents.routes.append((route, mark))
                plant.side(package, mark)
