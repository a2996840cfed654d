"""What both engines keep as JSON, and how it comes back."""

from __future__ import annotations

from dataclasses import asdict

import orjson

from graph.access import RELEASE_LEVELS, Agency, Grant, Team
from graph.delivery import DeliveryReport, Manifest
from graph.identity import Pair, Reason


def agency_body(agency: Agency) -> str:
    """An agency as JSON."""
    return orjson.dumps(asdict(agency)).decode()


def agency_of(body: str) -> Agency:
    """An agency from its JSON."""
    fields = orjson.loads(body)
    return Agency(**{**fields, "automatic": tuple(fields["automatic"])})


def team_body(team: Team) -> str:
    """A team as JSON."""
    return orjson.dumps({**asdict(team), "members": sorted(team.members)}).decode()


def team_of(body: str) -> Team:
    """A team from its JSON."""
    fields = orjson.loads(body)
    return Team(**{**fields, "members": frozenset(fields["members"])})


def report_body(report: DeliveryReport) -> str:
    """A delivery's counts as JSON."""
    return orjson.dumps(asdict(report)).decode()


def grants_of(manifest: Manifest, dataset: int) -> list[Grant]:
    """The grants a delivery's manifest makes: of the dataset, and of single records."""
    grants = [
        Grant(dataset, r.to, RELEASE_LEVELS[r.level], "", r.until, r.purpose, r.ground) for r in manifest.releases
    ]
    grants += [
        Grant(dataset, r.to, RELEASE_LEVELS[r.level], r.record, r.until, r.reason)
        for r in manifest.rules
        if r.action == "release" and r.record
    ]
    return grants


def reasons_body(pair: Pair) -> str:
    """A pair's reasons as JSON."""
    return orjson.dumps([list(reason) for reason in pair.reasons]).decode()


def reasons_of(body: str) -> tuple[Reason, ...]:
    """A pair's reasons from their JSON."""
    return tuple(Reason(*fields) for fields in orjson.loads(body))
