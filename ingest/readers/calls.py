"""Call records of operators and interception systems: numbers, calls between them, the device and card that called.

Two layouts, told by their headers (``calls.yaml``): caller and called, or one watched line with its counterpart and a
direction. Columns that no part knows are kept in the call's summary by their names. Numbers too short or odd for E.164
(``911``, ``*611``) are kept as names of lines, so that the call is not lost.
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
from ingest.normalise.dates import DateOrder, normal_date
from ingest.normalise.devices import normal_imei, normal_imsi
from ingest.normalise.durations import normal_duration
from ingest.normalise.phones import normal_phone
from ingest.normalise.text import fold, is_placeholder
from ingest.readers import Row, Table, opener
from ingest.readers.layouts import find_parts, layout
from ingest.readers.saying import Saying

if TYPE_CHECKING:
    from ingest.manifest import SourceSpec
    from ingest.package import Package


@dataclass(frozen=True, slots=True)
class _File:
    """A file of calls as it turned out to be."""

    name: str
    context: Context
    parts: dict[str, str]  # part → column
    rest: tuple[str, ...]  # columns that no part knows
    hints: Hints


def read_calls(package: Package, spec: SourceSpec, context: Context) -> Iterator[Outcome]:
    """Outcomes of a table of calls. Raises :class:`ReaderError` where its headers do not tell who called whom."""
    name, table = opener(package, spec)
    columns = table().columns
    parts = find_parts(columns, layout("calls")["columns"])
    if {"caller", "called"} <= set(parts):
        parts = {p: c for p, c in parts.items() if p not in ("watched", "counterpart", "direction")}
    elif {"watched", "counterpart", "direction"} <= set(parts):
        parts = {p: c for p, c in parts.items() if p not in ("caller", "called")}
    else:
        raise ReaderError("readers.calls.columns", file=name, known=", ".join(columns[:20]))
    if "start" in parts and "time" in parts and parts["start"] == parts["time"]:
        del parts["start"]
    hints = Hints(str(spec.options.get("country", "")) or context.country, order=_order(table(), parts))
    rest = tuple(c for c in columns if c not in parts.values())
    file = _File(name, context, parts, rest, hints)
    for row in table().rows:
        yield _outcome(file, row)


def _order(table: Table, parts: dict[str, str]) -> str:
    """Day–month order of the column that dates the calls, decided from all of it."""
    column = parts.get("start") or parts.get("date", "")
    evidence = DateOrder()
    for row in table.rows if column else ():
        evidence.see(row.values.get(column, ""))
    return evidence.order


def _outcome(file: _File, row: Row) -> Outcome:
    values = row.values

    def whole(reason: str, column: str = "") -> Outcome:
        text = orjson.dumps({c: v for c, v in values.items() if v}).decode()
        return Outcome(row.number, [], [Reject(file.name, row.number, column, text, reason, {}, True)])

    if row.problem:
        return Outcome(row.number, [], [Reject(file.name, row.number, "", values.get("", ""), row.problem, whole=True)])
    said = {part: values[column].strip() for part, column in file.parts.items()}
    ends = _ends(said)
    if ends is None:
        return whole("readers.reject.direction", file.parts.get("direction", ""))
    rejects: list[Reject] = []
    lines = [_line(file, row.number, text, rejects) for text in ends]
    if lines[0] is None or lines[1] is None:
        return whole("readers.reject.line", file.parts["caller" if "caller" in file.parts else "counterpart"])
    caller, called = lines[0], lines[1]
    more = _device(file, row.number, said, caller, rejects)
    call = _call(file, row, said, (caller, called), rejects)
    fragments = [caller.delivered(), *([called.delivered()] if called.id != caller.id else []), *more, call]
    return Outcome(row.number, fragments, rejects)


def _ends(said: dict[str, str]) -> tuple[str, str] | None:
    """(caller, called) as written; None where the direction is not known."""
    if "caller" in said:
        return said["caller"], said["called"]
    direction = set(fold(said["direction"]).split())
    outgoing = bool(direction & set(layout("calls")["outgoing"]))
    if outgoing == bool(direction & set(layout("calls")["incoming"])):
        return None
    ends = said["watched"], said["counterpart"]
    return ends if outgoing else (ends[1], ends[0])


def _line(file: _File, row: int, text: str, rejects: list[Reject]) -> Saying | None:
    """The record of a telephone line; None where the cell names none (withheld, blank)."""
    found = normal_phone(text, file.hints.home)
    plain = "".join(text.split())
    if found is None and (not any(map(str.isdigit, plain)) or is_placeholder(text)):
        return None
    key = found.value if found else plain
    line = Saying(file.context, file.name, row, "PhoneNumber", file.context.record("phone", key), rejects)
    if not (found and line.say("number", text, file.hints)):
        line.say("name", text, file.hints)
    return line if line.statements else None


def _call(
    file: _File, row: Row, said: dict[str, str], lines: tuple[Saying, Saying], rejects: list[Reject]
) -> Delivered:
    start = said.get("start") or " ".join(filter(None, (said.get("date", ""), said.get("time", ""))))
    moment = normal_date(start, file.hints.order)
    # two operators tell one call each from its side: who, whom and when make it one; without a time each row is its own
    when = moment.value if moment else f"{file.name}:{row.number}"
    key = ("call", lines[0].id, lines[1].id, when)
    call = Saying(file.context, file.name, row.number, "Called", file.context.record(*key), rejects)
    call.refer("caller", lines[0].id)
    call.refer("called", lines[1].id)
    call.say("startDate", start, file.hints, column=file.parts.get("start") or file.parts.get("date", ""))
    if duration := said.get("duration", ""):
        seconds = normal_duration(duration)
        call.say("duration", seconds.value if seconds else duration, file.hints, column=file.parts["duration"])
    for part in ("cell", "count"):
        call.say(part, said.get(part, ""), file.hints, column=file.parts.get(part, ""))
    more = "; ".join(f"{c}: {row.values[c].strip()}" for c in file.rest if row.values[c].strip())
    call.say("summary", more, file.hints)
    return call.delivered()


def _device(file: _File, row: int, said: dict[str, str], caller: Saying, rejects: list[Reject]) -> list[Delivered]:
    """The device and the card that the caller used, where the record tells them."""
    found: list[Delivered] = []
    device: Saying | None = None
    if text := said.get("imei", ""):
        imei = normal_imei(text)
        key = file.context.record("device", imei.value if imei else text)
        device = Saying(file.context, file.name, row, "Device", key, rejects)
        if device.say("imei", text, file.hints, column=file.parts["imei"]):
            found.append(device.delivered())
        else:
            device = None
    if (text := said.get("imsi", "")) or device:
        imsi = normal_imsi(text)
        key = file.context.record("sim", imsi.value if imsi else f"{caller.id}:{device.id if device else ''}")
        card = Saying(file.context, file.name, row, "SimCard", key, rejects)
        card.say("imsi", text, file.hints, column=file.parts.get("imsi", ""))
        card.refer("phoneNumber", caller.id)
        if device:
            card.refer("device", device.id)
        found.append(card.delivered())
    return found
