"""Tables of routes and of seizures."""

from __future__ import annotations

from ingest.scenario import identifiers
from ingest.scenario.parts import Leg, Mark
from ingest.scenario.routes import legs, places
from ingest.scenario.sheet import Cell
from ingest.scenario.tables.base import Desk
from ingest.scenario.tables.mentions import Mentions


def write_routes(desk: Desk, mentions: Mentions) -> None:
    """Write the routes, one leg a row; a mark is told the row of its route's last leg."""
    draw, world, service = desk.rng.random, desk.world, desk.service
    routes: list[tuple[list[Leg], Mark | None]] = []
    for _ in range(1 + round(len(desk.package.contents.people) * 0.07)):
        route = legs(desk.rng, desk.package.opened, service.country)
        container = identifiers.container(world.serial("container")) if draw() < 0.6 else ""
        for leg in route:
            if leg.mode == "sea":
                leg.container = container
        routes.append((route, None))
    routes.extend(desk.package.contents.routes)
    desk.rng.shuffle(routes)
    cargos, comments, known = desk.words("cargos"), desk.words("comments"), places()
    rows: list[tuple[Cell, ...]] = []
    marks: list[Mark | None] = []
    for number, (route, mark) in enumerate(routes, 1):
        cargo = desk.pick(cargos)
        for step, leg in enumerate(route, 1):
            last = step == len(route)
            comment = (mentions.comment() if last else None) or desk.pick(comments)
            here, to = known[leg.place], known[leg.to]
            carrier = leg.carrier.upper() if service.upper else leg.carrier
            departure, arrival = service.write_time(*leg.departure), service.write_time(*leg.arrival)
            row: tuple[Cell, ...] = (
                f"R{number:03d}", step, here["name"], here["code"], to["name"], to["code"], service.word(leg.mode),
                carrier, leg.number, cargo, leg.container, departure, arrival, comment,
            )  # fmt: skip
            rows.append(row)
            marks.append(mark if last else None)
    desk.save("routes", rows, marks)


def write_seizures(desk: Desk) -> None:
    """Write the seizures."""
    draw, service = desk.rng.random, desk.service
    home = [place for place in places() if place["country"] == service.country]
    kinds = desk.words("seized")
    rows: list[tuple[Cell, ...]] = []
    marks: list[Mark | None] = []

    def add(container: str, mark: Mark | None) -> None:
        kind, what, unit, measure = kinds[0] if container else kinds[int(draw() * len(kinds))]
        place = home[int(draw() * len(home))]
        weighed = unit == "kg"
        quantity = service.write_decimal(int(draw() ** 2 * 80_000) + 50) if weighed else 1 + int(draw() ** 2 * 400)
        act = f"A-{len(rows) + 1:03d}/{desk.package.opened[0] % 100}"
        day = service.write_date(desk.day(250))
        rows.append((act, day, place["name"], place["code"], kind, what, quantity, unit, measure, container))
        marks.append(mark)

    for _ in range(max(2, round(len(desk.package.contents.people) * 0.04))):
        add("", None)
    for container, mark in desk.package.contents.seizures:
        add(container, mark)
    desk.save("seizures", rows, marks)
