"""The packages of a scenario before they are written, and the counters that go through all of them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from random import Random

from ingest.scenario.documents import Number
from ingest.scenario.families import Unique
from ingest.scenario.organisations import Company
from ingest.scenario.parts import Date, Leg, Mark
from ingest.scenario.people import Address, Person
from ingest.scenario.rates import Rates, Variant
from ingest.scenario.services import Service

WAVE = 40_000  # rows of people and companies made together
COMPANY_SHARE = 0.12


class Contents:
    """What a package is to hold beside its own random rows: filled by the plants, read by the tables."""

    def __init__(self) -> None:
        self.people: list[tuple[Person, str]] = []  # with the role in this case
        self.companies: list[Company] = []
        self.addresses: dict[int, Address] = {}  # person n -> address in this list alone
        self.numbers: dict[int, Number] = {}  # person n -> number noted with that person, by a typing error
        self.phones: list[tuple[str, Person, Mark]] = []
        self.calls: list[tuple[str, str, Mark]] = []
        self.vehicles: list[tuple[str, str, Person, Mark]] = []  # plate, its country, owner
        self.accounts: list[tuple[str, Person, Mark]] = []
        self.payments: list[tuple[Person, str, str, Mark]] = []  # payer, own account, account elsewhere
        self.routes: list[tuple[list[Leg], Mark]] = []
        self.seizures: list[tuple[str, Mark]] = []  # container
        self.kin: list[tuple[Person, Person, str, str]] = []  # family or associate, and the tie in words
        self.interests: list[tuple[Company, Person | Company, bool]] = []  # company, holder, owner (else director)
        self.withdrawn: list[Person] = []


class Package:
    """One case of one service: ``index`` over the whole scenario, ``ordinal`` among the service's packages."""

    def __init__(self, index: int, ordinal: int, service: Service, size: int) -> None:
        self.index = index
        self.ordinal = ordinal
        self.service = service
        self.companies_wanted = max(2, round(size * COMPANY_SHARE))
        self.people_wanted = size - self.companies_wanted
        self.number = 0
        self.opened: Date = (2026, 1, 1)
        self.dataset = ""
        self.contents = Contents()

    def case_number(self) -> str:
        """The investigation's number in the service's own form."""
        n, year = self.number, self.opened[0]
        return self.service.case.format(n=n, y=year, y2=year % 100, c=n % 97, c1=n % 10)


class World:
    """What goes through all waves: counters, random streams, people who reappear."""

    def __init__(self, seed: int, size: int, rates: Rates, variant: Variant, services: list[Service]) -> None:
        self.seed = seed
        self.size = size
        self.rates = rates
        self.variant: Variant = variant
        self.services = services
        self.packages: list[Package] = []
        self.carried: list[Person] = []
        self.unique = Unique()
        self._serials: dict[str, int] = {}

    def serial(self, kind: str) -> int:
        """The next serial number of ``kind``, from 1 (a phone's kind is its country)."""
        number = self._serials.get(kind, 0) + 1
        self._serials[kind] = number
        return number

    def rng(self, *name: object) -> Random:
        """A random stream of its own for each part of the scenario."""
        text = ":".join(map(str, (self.seed, self.variant, *name)))
        return Random(text)  # noqa: S311 (a scenario, not a secret)

    def plan(self) -> Iterator[list[Package]]:
        """The waves' packages, still empty; their sizes add up to the scenario's size."""
        waves = math.ceil(self.size / WAVE)
        ordinals = dict.fromkeys((service.code for service in self.services), 0)
        for number, rows in enumerate(split(self.size, [1] * waves)):
            rng = self.rng("plan", number)
            first = len(self.packages)
            shares = split(rows, [service.weight for service in self.services])
            for service, share in zip(self.services, shares, strict=True):
                pieces = max(1, round(share / min(max(self.size / 40, 300), 4500)))
                if service.weight >= 12 and rows >= 400:
                    pieces = max(pieces, 2)
                for size in split(share, [0.6 + rng.random() for _ in range(pieces)]):
                    self.packages.append(self._package(rng, service, ordinals[service.code], size))
                    ordinals[service.code] += 1
            yield self.packages[first:]

    def _package(self, rng: Random, service: Service, ordinal: int, size: int) -> Package:
        package = Package(len(self.packages), ordinal, service, size)
        package.opened = (2024 + int(rng.random() * 3), 1 + int(rng.random() * 10), 1 + int(rng.random() * 28))
        package.number = 100 + self.serial(f"case {service.code}") * 37 + int(rng.random() * 36)
        package.dataset = f"{service.slug}-{package.opened[0]}-{package.number:05d}"
        return package


def split(total: int, weights: Sequence[float]) -> list[int]:
    """``total`` in whole parts in proportion to ``weights`` (largest remainder)."""
    whole = sum(weights)
    exact = [total * weight / whole for weight in weights]
    parts = [int(value) for value in exact]
    order = sorted(range(len(parts)), key=lambda index: parts[index] - exact[index])
    for index in order[: total - sum(parts)]:
        parts[index] += 1
    return parts
