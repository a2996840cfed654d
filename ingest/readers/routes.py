"""Routes: tables with one leg a row, or with a whole route in one cell (``Guayaquil–Colón–Amberes``).

Columns are found by their headers (``routes.yaml``); those that no part knows are kept in the description. A leg goes
from ``place`` to ``toPlace``; ports get their UN/LOCODE beside the name as written.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import orjson

from graph.delivery import Reject
from graph.errors import ReaderError
from graph.statement import Delivered
from ingest.cleaners import Hints
from ingest.context import Context, Outcome
from ingest.normalise.dates import DateOrder
from ingest.normalise.places import find_place, normal_mode
from ingest.normalise.routes import split_route
from ingest.readers import Row, opener
from ingest.readers.layouts import find_parts, layout
from ingest.readers.saying import Saying

if TYPE_CHECKING:
    from ingest.manifest import SourceSpec
    from ingest.package import Package

PLAIN = ("carrier", "carrierNumber", "cargo", "containerNumber")
DATES = ("departure", "arrival")


@dataclass(frozen=True, slots=True)
class _File:
    name: str
    context: Context
    parts: dict[str, str]  # part → column
    rest: tuple[str, ...]
    hints: dict[str, Hints]  # date column → how it is read; "" for all others


def read_routes(package: Package, spec: SourceSpec, context: Context) -> Iterator[Outcome]:
    """Outcomes of a table of routes. Raises :class:`ReaderError` where its headers name no place."""
    name, table = opener(package, spec)
    columns = table().columns
    parts = find_parts(columns, layout("routes")["columns"])
    if "list" not in parts and "place" not in parts and "route" in parts:
        parts["list"] = parts["route"]  # "RUTA" holds the places themselves where no other column does
        del parts["route"]
    if "list" not in parts and not ("route" in parts and "place" in parts):
        raise ReaderError("readers.routes.columns", file=name, known=", ".join(columns[:20]))
    home = str(spec.options.get("country", "")) or context.country
    orders = {part: DateOrder() for part in DATES if part in parts}
    for row in table().rows if orders else ():
        for part, evidence in orders.items():
            evidence.see(row.values.get(parts[part], ""))
    hints = {"": Hints(home)} | {part: Hints(home, order=o.order) for part, o in orders.items()}
    rest = tuple(c for c in columns if c not in parts.values())
    file = _File(name, context, parts, rest, hints)
    for row in table().rows:
        yield _outcome(file, row)


def _outcome(file: _File, row: Row) -> Outcome:
    def whole(reason: str, column: str = "") -> Outcome:
        text = orjson.dumps({c: v for c, v in row.values.items() if v}).decode()
        return Outcome(row.number, [], [Reject(file.name, row.number, column, text, reason, {}, True)])

    if row.problem:
        return Outcome(
            row.number, [], [Reject(file.name, row.number, "", row.values.get("", ""), row.problem, whole=True)]
        )
    said = {part: row.values[column].strip() for part, column in file.parts.items()}
    if said.get("list", ""):
        places = split_route(said["list"])
        if not places:
            return whole("readers.reject.route", file.parts["list"])
    elif said.get("place", "") and said.get("route", ""):
        places = ()
    else:
        return whole("ingest.reject.key", file.parts.get("route") or file.parts.get("list", ""))
    rejects: list[Reject] = []
    name = said.get("route", "") or " – ".join(places)
    route = Saying(file.context, file.name, row.number, "Route", file.context.record("route", name), rejects)
    if not route.say("name", name, file.hints[""]):
        return whole(rejects[0].reason if rejects else "ingest.reject.key", file.parts.get("route", ""))
    route.say("cargo", said.get("cargo", ""), file.hints[""], column=file.parts.get("cargo", ""))
    _mode(file, route, said)
    legs = _of_list(file, row, said, places, route, rejects) if places else [_of_row(file, row, said, route, rejects)]
    if places:
        for prop, place in (("firstPlace", places[0]), ("lastPlace", places[-1])):
            route.say(prop, place, file.hints[""])
    return Outcome(row.number, [route.delivered(), *legs], rejects)


def _mode(file: _File, record: Saying, said: dict[str, str]) -> None:
    """The mode by its word; one that is not known stays as written."""
    text = said.get("mode", "")
    found = normal_mode(text) if text else None
    record.say("mode", found.value if found else text, file.hints[""])


def _place(file: _File, leg: Saying, said: dict[str, str], text: str, prop: str, code: str) -> None:
    """A place and its code: the code that the file gives, else the one of the port that the name names. Whoever goes
    by ship means the port."""
    leg.say(prop, text, file.hints[""])
    mode = normal_mode(said.get("mode", ""))
    kind = "port" if mode and mode.value in ("sea", "river") else ""
    known = find_place(text, "", kind) or find_place(text, file.hints[""].home, kind) if text else None
    if code:
        leg.say(f"{prop}Code", code, file.hints[""])
    elif known and known.kind == "port":
        leg.say(f"{prop}Code", known.code, file.hints[""])


def _of_list(
    file: _File, row: Row, said: dict[str, str], places: tuple[str, ...], route: Saying, rejects: list[Reject]
) -> list[Delivered]:
    """The legs of a route that stands in one cell; dates of the row are those of its first and last leg."""
    legs = []
    for number, (start, end) in enumerate(zip(places, places[1:], strict=False), 1):
        id = file.context.record("leg", route.id, str(number))
        leg = Saying(file.context, file.name, row.number, "RouteLeg", id, rejects)
        leg.refer("route", route.id)
        leg.say("order", str(number), file.hints[""])
        _place(file, leg, said, start, "place", "")
        _place(file, leg, said, end, "toPlace", "")
        _mode(file, leg, said)
        for part in PLAIN:
            leg.say(part, said.get(part, ""), file.hints[""])
        if number == 1 and said.get("departure", ""):
            leg.say("departure", said["departure"], file.hints["departure"], column=file.parts["departure"])
        if number == len(places) - 1 and said.get("arrival", ""):
            leg.say("arrival", said["arrival"], file.hints["arrival"], column=file.parts["arrival"])
        if number == 1:
            leg.say("description", _rest(file, row), file.hints[""])
        legs.append(leg.delivered())
    return legs


def _of_row(file: _File, row: Row, said: dict[str, str], route: Saying, rejects: list[Reject]) -> Delivered:
    order = said.get("order", "") or str(row.number)
    leg = Saying(file.context, file.name, row.number, "RouteLeg", file.context.record("leg", route.id, order), rejects)
    leg.refer("route", route.id)
    leg.say("order", said.get("order", ""), file.hints[""], column=file.parts.get("order", ""))
    _place(file, leg, said, said["place"], "place", said.get("placeCode", ""))
    if to := said.get("toPlace", ""):
        _place(file, leg, said, to, "toPlace", said.get("toPlaceCode", ""))
    _mode(file, leg, said)
    for part in PLAIN:
        leg.say(part, said.get(part, ""), file.hints[""], column=file.parts.get(part, ""))
    for part in DATES:
        if text := said.get(part, ""):
            leg.say(part, text, file.hints[part], column=file.parts[part])
    leg.say("description", _rest(file, row), file.hints[""])
    return leg.delivered()


def _rest(file: _File, row: Row) -> str:
    return "; ".join(f"{c}: {row.values[c].strip()}" for c in file.rest if row.values[c].strip())
