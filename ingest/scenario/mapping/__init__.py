"""The mapping.yml of a package: FollowTheMoney's mapping format over its tables, with Vínculo's hints."""

from __future__ import annotations

from typing import Any

from ingest.scenario.mapping import subjects, things
from ingest.scenario.mapping.base import Draft
from ingest.scenario.services import Service
from ingest.scenario.tables import Written

_PARTS = {
    "people": subjects.people,
    "papers": subjects.papers,
    "companies": subjects.companies,
    "interests": things.interests,
    "kin": things.kin,
    "phones": things.phones,
    "calls": things.calls,
    "vehicles": things.vehicles,
    "accounts": things.accounts,
    "payments": things.payments,
    "routes": things.routes,
    "seizures": things.seizures,
}


def mapping(service: Service, written: Written, dataset: str) -> dict[str, Any]:
    """The mapping of the tables that were written, as plain data for YAML."""
    draft = Draft(service, written)
    for table, add in _PARTS.items():
        if written.rows.get(table):
            add(draft)
    return {dataset: {"queries": draft.queries}}
