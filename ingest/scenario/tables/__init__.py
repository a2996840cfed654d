"""The tables of one package, in the messy forms of its service."""

from __future__ import annotations

from ingest.scenario.measured import Measured, Shares
from ingest.scenario.tables.base import Desk, Written
from ingest.scenario.tables.goods import write_accounts, write_payments, write_vehicles
from ingest.scenario.tables.links import write_interests, write_kin
from ingest.scenario.tables.mentions import Mentions
from ingest.scenario.tables.movements import write_routes, write_seizures
from ingest.scenario.tables.people import write_companies, write_people
from ingest.scenario.tables.phones import write_calls, write_phones

__all__ = ["Desk", "Mentions", "Written", "write_tables"]


def write_tables(desk: Desk, mentions: Mentions, shares: Shares, measured: Measured) -> None:
    """Write all tables of ``desk``'s package: people and companies first, since the others refer to their keys."""
    dotted = write_people(desk, mentions, shares, measured)
    write_companies(desk, dotted)
    write_interests(desk)
    write_kin(desk)
    write_calls(desk, write_phones(desk))
    write_vehicles(desk)
    write_payments(desk, write_accounts(desk))
    write_routes(desk, mentions)
    write_seizures(desk)
