"""What a mapping is held against beyond its own form: the columns of its files, the roles and schemes that exist."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from graph.model import descends, property_type
from graph.protection import ROLES
from ingest.evaluation import SCHEMES
from ingest.mapping import QuerySpec
from ingest.problems import MappingProblems, Problem, nearest
from ingest.roles import role_of


def check_columns(queries: Sequence[QuerySpec], columns: Mapping[str, Sequence[str]], name: str) -> None:
    """Every column that a query names stands in each of its files; :class:`MappingError` with all that do not."""
    problems = []
    for query in queries:
        for file in query.files:
            have = columns.get(file)
            if have is None:
                continue
            for column in sorted(query.columns - set(have)):
                near = nearest(column, have)
                problems.append(Problem("ingest.mapping.no_column", query.at, value=column, document=file, near=near))
    if problems:
        raise MappingProblems(problems, name)


def check_roles(queries: Sequence[QuerySpec], name: str) -> None:
    """A role that a mapping gives is one that the kernel knows; schemes of evaluation likewise."""
    problems = []
    for query in queries:
        for entity in query.entities:
            at = f"{query.at}.entities.{entity.name}" if query.at else f"entities.{entity.name}"
            for role in filter(None, entity.role.map.values()):
                if role not in ROLES:
                    problems.append(Problem("ingest.case.choice", f"{at}.role", value=role, known=", ".join(ROLES)))
            if entity.role.literal and not role_of(entity.role.literal):
                problems.append(
                    Problem("ingest.case.choice", f"{at}.role", value=entity.role.literal, known=", ".join(ROLES))
                )
            if entity.scheme and entity.scheme.lower() not in SCHEMES:
                problems.append(
                    Problem(
                        "ingest.case.choice", f"{at}.evaluation.scheme", value=entity.scheme, known=", ".join(SCHEMES)
                    )
                )
            if entity.role and not descends(entity.schema, "LegalEntity"):
                problems.append(Problem("ingest.mapping.role_of_thing", f"{at}.role", value=entity.schema))
    if problems:
        raise MappingProblems(problems, name)


def date_columns(queries: Sequence[QuerySpec]) -> set[str]:
    """Columns that are read as dates and whose mapping does not say how: their day–month order is decided
    beforehand."""
    return {
        column
        for query in queries
        for entity in query.entities
        for spec in entity.properties
        if not spec.format and not spec.template and property_type(entity.schema, spec.prop) == "date"
        for column in spec.columns
    }
