"""Reads a produced scenario as an outsider would: by what its YAML and JSON say, with other libraries than wrote it."""

from __future__ import annotations

import csv
import json
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
import yaml

PLACEHOLDERS = {"S/D", "NO APORTA", "S/I", "IGNORADO", "00/00/0000"}


def fold(text: str) -> str:
    """Lower case without accents."""
    plain = unicodedata.normalize("NFKD", str(text))
    return "".join(c for c in plain if not unicodedata.combining(c)).lower()


def tokens(text: str) -> list[str]:
    """Folded words of a name."""
    return re.findall(r"[a-z0-9]+", fold(text))


def digits(text: str) -> str:
    """Letters and digits only."""
    return re.sub(r"[^0-9A-Z]", "", str(text).upper())


@dataclass
class Package:
    """One case package: its YAML files, and its tables as lists of rows (header first)."""

    folder: Path
    case: dict[str, Any]
    queries: list[dict[str, Any]]
    tables: dict[str, list[list[Any]]]

    def query(self, schema: str) -> dict[str, Any]:
        """The first query that describes records of ``schema``."""
        for query in self.queries:
            if any(e["schema"] == schema and len(e.get("properties", {})) > 2 for e in query["entities"].values()):
                return query
        raise LookupError(schema)

    def entity(self, schema: str) -> dict[str, Any]:
        """The entity of that query."""
        return next(e for e in self.query(schema)["entities"].values() if e["schema"] == schema)

    def rows(self, schema: str) -> dict[int, dict[str, Any]]:
        """Rows of the table that describes ``schema``, by number as a person counts them."""
        header, *rows = self.tables[self.query(schema)["csv_url"]]
        return {n: dict(zip(header, row, strict=True)) for n, row in enumerate(rows, 2)}

    def cell(self, row: dict[str, Any], prop: str) -> str:
        """What a row of people holds for a property of the mapping, empty where it has no such column."""
        spec = self.entity("Person")["properties"].get(prop, {})
        columns = spec.get("columns") or [spec["column"]] if spec else []
        return " ".join(str(row[column]) for column in columns if row[column] not in (None, ""))


def read_table(path: Path, query: dict[str, Any]) -> list[list[Any]]:
    """All rows of a table, header first, in the form its query states."""
    if path.suffix == ".xlsx":
        book = openpyxl.load_workbook(path, read_only=True)
        rows = [["" if v is None else v for v in row] for row in book[query["sheet"]].iter_rows(values_only=True)]
        book.close()
        width = len(rows[0])
        return [row + [""] * (width - len(row)) for row in rows]
    with path.open(encoding=query["encoding"], newline="") as file:
        return list(csv.reader(file, delimiter=query["delimiter"]))


def read_package(folder: Path) -> Package:
    """One package of a scenario."""
    case = yaml.safe_load((folder / "case.yaml").read_text(encoding="utf-8"))
    mapping = yaml.safe_load((folder / "mapping.yml").read_text(encoding="utf-8"))
    queries = mapping[case["dataset"]]["queries"]
    tables = {query["csv_url"]: read_table(folder / query["csv_url"], query) for query in queries}
    return Package(folder, case, queries, tables)


@dataclass
class Scenario:
    """A whole scenario: packages by dataset, and the truth."""

    folder: Path
    packages: dict[str, Package]
    truth: dict[str, Any]

    def row(self, record: dict[str, Any]) -> dict[str, Any]:
        """The row of any table that a record of truth.json names."""
        header, *rows = self.packages[record["dataset"]].tables[record["document"]]
        return dict(zip(header, rows[record["row"] - 2], strict=True))

    def people(self) -> list[tuple[dict[str, Any], Package, dict[str, Any], int]]:
        """(person of the truth, package, row, its number) for every row of people."""
        found = []
        rows = {name: package.rows("Person") for name, package in self.packages.items()}
        for person in self.truth["people"]:
            for record in person["records"]:
                package = self.packages[record["dataset"]]
                found.append((person, package, rows[record["dataset"]][record["row"]], record["row"]))
        return found


def read_scenario(folder: Path) -> Scenario:
    """Everything under ``folder``."""
    truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    packages = [read_package(path) for path in sorted(folder.iterdir()) if path.is_dir()]
    return Scenario(folder, {package.case["dataset"]: package for package in packages}, truth)
