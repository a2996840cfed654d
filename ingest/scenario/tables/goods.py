"""Tables of vehicles, bank accounts and payments."""

from __future__ import annotations

from ingest.scenario import identifiers
from ingest.scenario.organisations import Company
from ingest.scenario.parts import Mark
from ingest.scenario.people import Person
from ingest.scenario.sheet import Cell
from ingest.scenario.stocks import load
from ingest.scenario.tables.base import Desk, sort_of

Holding = tuple[str, Person | Company]  # account and holder


def write_vehicles(desk: Desk) -> None:
    """Write the vehicles and their owners."""
    draw, world, service, here = desk.rng.random, desk.world, desk.service, desk.package.index
    models, colours = load("words")["vehicles"], desk.words("colours")
    rows: list[tuple[Cell, ...]] = []
    marks: list[Mark | None] = []

    def add(plate: str, country: str, person: Person, mark: Mark | None) -> None:
        make, model = models[int(draw() * len(models))]
        year = 2004 + int(draw() * 21)
        rows.append((plate, country, make, model, desk.pick(colours), year, person.local[here]))
        marks.append(mark)

    for person, _ in desk.package.contents.people:
        if draw() < 0.16:
            add(identifiers.plate(service.country, world.serial("plate")), service.country, person, None)
    for plate, country, person, mark in desk.package.contents.vehicles:
        add(plate, country, person, mark)
    desk.save("vehicles", rows, marks)


def write_accounts(desk: Desk) -> list[Holding]:
    """Write the accounts and their holders; returns those that the payments are between."""
    draw, world, service, here = desk.rng.random, desk.world, desk.service, desk.package.index
    contents = desk.package.contents
    banks, currency = desk.words("banks"), load("words")["currencies"][service.country]
    rows: list[tuple[Cell, ...]] = []
    marks: list[Mark | None] = []
    owned: list[Holding] = []

    def add(number: str, holder: Person | Company, mark: Mark | None) -> None:
        opened = service.write_date(desk.day(2000)) if draw() < 0.6 else ""
        sort = sort_of(holder)
        desk.kind("accounts", sort)
        rows.append((number, desk.pick(banks), service.word(sort), holder.local[here], currency, opened))
        marks.append(mark)

    holders: list[tuple[Person | Company, float]] = [(p, 0.22) for p, _ in contents.people if not p.protected]
    holders += [(company, 0.7) for company in contents.companies]
    for holder, share in holders:
        if draw() < share:
            number = identifiers.account(service.country, world.serial("account"))
            owned.append((number, holder))
            add(number, holder, None)
    for number, person, mark in contents.accounts:
        add(number, person, mark)
    desk.save("accounts", rows, marks)
    return owned


def write_payments(desk: Desk, owned: list[Holding]) -> None:
    """Write payments between the accounts, and to accounts of holders nobody knows."""
    draw, world, service, here = desk.rng.random, desk.world, desk.service, desk.package.index
    contents = desk.package.contents
    currency, concepts = load("words")["currencies"][service.country], desk.words("concepts")
    rows: list[tuple[Cell, ...]] = []
    marks: list[Mark | None] = []

    def add(
        origin: str, payer: Person | Company, target: str, payee: Person | Company | None, mark: Mark | None
    ) -> None:
        desk.kind("payments", sort_of(payer), sort_of(payee))
        name = f"{service.word('payee')} {target}" if payee is None else ""
        amount = service.write_decimal(int(10 ** (4 + draw() * 4)))
        day = service.write_date(desk.day(200))
        row: tuple[Cell, ...] = (
            2_600_000 + len(rows) * 7, day, origin, service.word(sort_of(payer)), payer.local[here], target,
            service.word(sort_of(payee)), payee.local[here] if payee else "", name, amount, currency,
            desk.pick(concepts),
        )  # fmt: skip
        rows.append(row)
        marks.append(mark)

    if len(owned) > 1:
        country = service.country
        outside = [identifiers.account(country, world.serial("account")) for _ in range(len(owned) // 6 + 1)]
        for _ in range(round(len(contents.people) * 0.5)):
            origin, payer = owned[int(draw() ** 1.5 * len(owned))]
            if draw() < 0.25:
                add(origin, payer, outside[int(draw() * len(outside))], None, None)
                continue
            target, payee = owned[int(draw() * len(owned))]
            if target != origin:
                add(origin, payer, target, payee, None)
    for person, origin, target, mark in contents.payments:
        add(origin, person, target, None, mark)
    desk.save("payments", rows, marks)
