"""federation.yaml: the services as agencies, their actors, and two joint teams."""

from __future__ import annotations

from typing import Any

from ingest.scenario.casefile import TERM, contact
from ingest.scenario.services import Service

_ROLES = (["analyst", "coordinator"], ["analyst", "steward"], ["operator"])
_ACTORS = {
    "AR-MPF": ("ana", "bruno", "clara"),
    "BR-MPF": ("bia", "caio", "davi"),
    "BR-MPSP": ("elis", "fabio", "gil"),
    "CL-FN": ("eva", "franco", "gala"),
    "CO-FGN": ("hugo", "ines", "juan"),
    "ES-FGE": ("lola", "marc", "nuria"),
    "MX-FGR": ("olga", "pablo", "rita"),
    "PT-PGR": ("sara", "tiago", "vera"),
    "PY-MP": ("ximena", "yago", "zulma"),
    "EC-FGE": ("alba", "boris", "celia"),
    "PE-MPFN": ("dario", "elsa", "fidel"),
    "UY-FGN": ("gina", "hector", "irma"),
    "PA-PGN": ("jaime", "karen", "luis"),
    "BO-FGE": ("mila", "nilo", "otto"),
}
_PREFIXES = {"BR-MPSP": "br-sp"}
_TEAMS: dict[str, dict[str, Any]] = {
    "eci-litoral": {
        "members": ("AR-MPF", "BR-MPF", "PY-MP", "BR-MPSP", "UY-FGN"),
        "leader": "AR-MPF",
        "purpose": "Equipo conjunto de investigación Litoral",
    },
    "eci-atlantico": {
        "members": ("CO-FGN", "ES-FGE", "PT-PGR", "EC-FGE"),
        "leader": "ES-FGE",
        "purpose": "Equipo conjunto de investigación Atlántico",
    },
}


def federation(services: list[Service]) -> dict[str, Any]:
    """The content of federation.yaml: every agency has an analyst who coordinates, a steward and an operator."""
    codes = {service.code for service in services}
    agencies: list[dict[str, Any]] = []
    actors: list[dict[str, Any]] = []
    for service in services:
        agency = {"code": service.code, "name": service.title, "country": service.country}
        agencies.append({**agency, "contact": contact(service)})
        prefix = _PREFIXES.get(service.code, service.country.lower())
        for name, roles in zip(_ACTORS[service.code], _ROLES, strict=True):
            actors.append({"id": f"{prefix}:{name}", "agency": service.code, "roles": roles, "name": name.capitalize()})
    teams = [
        {
            "id": name,
            "members": [code for code in team["members"] if code in codes],
            "leader": team["leader"],
            "purpose": team["purpose"],
            "since": "2026-01-01",
            "until": TERM,
        }
        for name, team in _TEAMS.items()
    ]
    return {"agencies": agencies, "actors": actors, "teams": teams}
