"""The services of the federation and how their tables look, from ``data/services.yaml`` and ``data/headers.yaml``."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from ingest.scenario.parts import Date
from ingest.scenario.sheet import Cell
from ingest.scenario.stocks import load


@dataclass(frozen=True, slots=True)
class Service:
    """One service: who it is and the style of its exports."""

    code: str
    title: str
    country: str
    language: str
    weight: int
    name_style: str  # comma | plain | full | split2 | split3 | split4
    fold: bool  # its lists are in capitals without accents
    upper: bool  # capitals
    file: dict[str, Any]
    date: str  # strftime form, or "cell"
    units: list[str]
    case: str
    slug: str
    near: list[str]
    release: list[str]
    columns: list[str]
    headers: dict[str, dict[str, Any]] = field(repr=False)
    evaluation: dict[str, Any] | None = None

    @property
    def contact(self) -> str:
        """Its contact point's address."""
        return f"contacto.{self.slug}@example.org"

    def header(self, table: str, column: str) -> str:
        """What the service calls ``column`` of ``table``."""
        return str(self.headers[table][column])

    def file_name(self, table: str) -> str:
        """Path of a table inside a package."""
        return f"data/{self.headers['file'][table]}.{self.suffix}"

    @property
    def suffix(self) -> str:
        """Suffix of its tables' file names."""
        if self.file["kind"] == "xlsx":
            return "xlsx"
        return "txt" if self.file["delimiter"] == "\t" else "csv"

    def sheet(self, table: str) -> str:
        """Name of the sheet that holds a table."""
        return str(self.headers["file"][table])

    def word(self, key: str) -> Any:
        """A fixed word of its tables (``words`` in headers.yaml)."""
        return self.headers["words"][key]

    def write_date(self, value: Date) -> Cell:
        """A date as the service writes it."""
        year, month, day = value
        match self.date:
            case "cell":
                return date(year, month, day)
            case "%Y-%m-%d":
                return f"{year:04d}-{month:02d}-{day:02d}"
            case "%d-%m-%Y":
                return f"{day:02d}-{month:02d}-{year:04d}"
            case _:
                return f"{day:02d}/{month:02d}/{year:04d}"

    def write_time(self, value: Date, minute: int) -> str:
        """A moment as the service writes it: date and HH:MM."""
        day = self.write_date(value)
        if isinstance(day, date):
            day = day.isoformat()
        return f"{day} {minute // 60:02d}:{minute % 60:02d}"

    def write_decimal(self, hundredths: int) -> Cell:
        """An amount: with a decimal comma in text, a true number in a sheet."""
        if self.file["kind"] == "xlsx":
            return hundredths / 100
        whole, rest = divmod(hundredths, 100)
        return f"{whole},{rest:02d}"


def services(size: int) -> list[Service]:
    """The services that take part in a scenario of ``size`` records, in a fixed order."""
    headers = load("headers")
    found = []
    for code, entry in load("services").items():
        if size < entry["from_size"]:
            continue
        own = headers["own"].get(code, {})
        merged = {part: {**words, **own.get(part, {})} for part, words in headers[entry["lang"]].items()}
        merged["people"]["id"] = entry["key"]
        found.append(
            Service(
                code=code,
                title=entry["title"],
                country=entry["country"],
                language=entry["lang"],
                weight=entry["weight"],
                name_style=entry["name"],
                fold=entry["fold"],
                upper=entry.get("upper", entry["fold"]),
                file=entry["file"],
                date=entry["date"],
                units=entry["units"],
                case=entry["case"],
                slug=entry["slug"],
                near=entry["near"],
                release=entry["release"],
                columns=entry["columns"],
                headers=merged,
                evaluation=entry.get("evaluation"),
            )
        )
    return found
