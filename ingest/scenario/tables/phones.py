"""Tables of phones and of calls."""

from __future__ import annotations

from ingest.scenario import identifiers
from ingest.scenario.hardness import fold
from ingest.scenario.parts import Mark
from ingest.scenario.people import Person
from ingest.scenario.sheet import Cell
from ingest.scenario.tables.base import Desk


def write_phones(desk: Desk) -> list[str]:
    """Write who uses which phone; returns the numbers (E.164) that the calls are between."""
    draw, world, service, here = desk.rng.random, desk.world, desk.service, desk.package.index
    country = service.country
    operators = desk.words("operators")
    rows: list[tuple[Cell, ...]] = []
    marks: list[Mark | None] = []
    numbers: list[str] = []

    def add(number: str, person: Person, mark: Mark | None) -> None:
        imei = identifiers.imei(world.serial("imei")) if draw() < 0.35 else ""
        since = service.write_date(desk.day(1500)) if draw() < 0.5 else ""
        rows.append((identifiers.dialled(number, country), person.local[here], desk.pick(operators), imei, since))
        marks.append(mark)

    seen: set[int] = set()
    for person, _ in desk.package.contents.people:
        if person.n in seen:  # listed twice
            continue
        seen.add(person.n)
        own = [identifiers.phone(person.country, person.phone)] if person.phone and draw() < 0.5 else []
        if draw() < 0.08:
            own.append(identifiers.phone(country, world.serial(country)))
        for number in own:
            add(number, person, None)
        numbers += own
    for number, person, mark in desk.package.contents.phones:
        add(number, person, mark)
    desk.save("phones", rows, marks)
    return numbers


def write_calls(desk: Desk, numbers: list[str]) -> None:
    """Write calls between ``numbers`` and numbers of nobody known, a few phones calling most."""
    draw, world, service = desk.rng.random, desk.world, desk.service
    country = service.country
    cells = [fold(town).upper()[:3] for town in desk.words("cities")]
    rows: list[tuple[Cell, ...]] = []
    marks: list[Mark | None] = []

    def add(caller: str, called: str, mark: Mark | None) -> None:
        cell = f"{desk.pick(cells)}-{int(draw() * 90) + 10}" if draw() < 0.7 else ""
        start = service.write_time(desk.day(120), int(draw() * 1440))
        rows.append(
            (
                identifiers.dialled(caller, country),
                identifiers.dialled(called, country),
                start,
                int(draw() ** 2 * 900),
                cell,
            )
        )
        marks.append(mark)

    if numbers:
        outside = [identifiers.phone(country, world.serial(country)) for _ in range(len(numbers) // 4 + 1)]
        for _ in range(round(len(desk.package.contents.people) * 1.1)):
            caller = numbers[int(draw() ** 1.8 * len(numbers))]
            pool = outside if draw() < 0.3 else numbers
            called = pool[int(draw() * len(pool))]
            if caller != called:
                add(caller, called, None)
    for caller, called, mark in desk.package.contents.calls:
        add(caller, called, mark)
    desk.save("calls", rows, marks)
