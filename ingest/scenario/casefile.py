"""case.yaml and federation.yaml: who delivers what, to whom it is released, and who exists."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from ingest.scenario.services import Service
from ingest.scenario.stocks import load
from ingest.scenario.world import Package

# Terms far in the future, so that a demonstration does not expire.
_TERM = "2099-12-31"
_GROUND = "Acuerdo de Cooperación Interinstitucional AIAMP"
_HIT = {"to": "*", "level": "hit"}
_ALL = {"to": "*", "level": "identity", "until": _TERM, "purpose": "Coordinación AIAMP", "ground": _GROUND}


def _team(name: str, purpose: str) -> dict[str, str]:
    return {"to": f"team:{name}", "level": "full", "until": _TERM, "purpose": purpose, "ground": _GROUND}


_LITORAL = _team("eci-litoral", "ECI Litoral")
_ATLANTICO = _team("eci-atlantico", "ECI Atlántico")
RELEASES: dict[str, list[dict[str, str]]] = {
    "nothing": [],
    "hit": [_HIT],
    "identity": [_ALL],
    "litoral": [_HIT, _LITORAL],
    "litoral_identity": [_ALL, _LITORAL],
    "atlantico": [_HIT, _ATLANTICO],
    "atlantico_identity": [_ALL, _ATLANTICO],
}
TEAMS = [
    {"id": "eci-litoral", "members": ["AR-MPF", "BR-MPF", "PY-MP"], "leader": "AR-MPF", "purpose": "Equipo conjunto de investigación Litoral",
        "since": "2026-01-01", "until": _TERM},
    {"id": "eci-atlantico", "members": ["CO-FGN", "ES-FGE", "PT-PGR"], "leader": "ES-FGE", "purpose": "Equipo conjunto de investigación Atlántico",
        "since": "2026-01-01", "until": _TERM},
]  # fmt: skip
_JOINING = {"BR-MPSP": "eci-litoral", "UY-FGN": "eci-litoral", "EC-FGE": "eci-atlantico"}
_OFFENCES = (
    "iccs:0601",
    "iccs:06012",
    "iccs:0204",
    "iccs:07041",
    "iccs:09051",
    "iccs:09012",
    "iccs:08051",
    "iccs:0703",
    "iccs:1004",
)
_FIRST_NAMES = {"AR": ("ana", "bruno", "clara"), "BR": ("bia", "caio", "davi"), "CL": ("eva", "franco", "gala"), "CO": ("hugo", "ines", "juan"),
    "ES": ("lola", "marc", "nuria"), "MX": ("olga", "pablo", "rita"), "PT": ("sara", "tiago", "vera"), "PY": ("ximena", "yago", "zulma"),
    "EC": ("alba", "boris", "celia"), "PE": ("dario", "elsa", "fabio"), "UY": ("gina", "hector", "irma"), "PA": ("jaime", "karen", "luis"),
    "BO": ("mila", "nilo", "otto")}  # fmt: skip


class _Dumper(yaml.SafeDumper):
    """Writes without anchors, so that the file reads as a person would write it."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def dump(data: Any, path: Path) -> None:
    """Write ``data`` as YAML, in its own order."""
    text = yaml.dump(data, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=140, default_flow_style=None)
    path.write_text(text, encoding="utf-8")


def release_of(package: Package) -> str:
    """Which of RELEASES the package has."""
    cycle = package.service.release
    return cycle[package.ordinal % len(cycle)]


def operation(package: Package) -> str:
    """The case's title: a police operation's name in the service's language."""
    tongue = package.service.language
    names = load("words")["operations"][tongue]
    word = "Operação" if tongue == "pt" else "Operación"
    turn, at = divmod(package.index, len(names))
    return f"{word} {names[(at * 7 + package.index) % len(names)]}{f' {turn + 1}' if turn else ''}"


def unit(package: Package) -> str:
    """The unit that leads the case."""
    return package.service.units[package.ordinal % len(package.service.units)]


def case(package: Package, documents: list[dict[str, Any]]) -> dict[str, Any]:
    """case.yaml of ``package``."""
    service = package.service
    year, month, day = package.opened
    offences = [_OFFENCES[package.index % len(_OFFENCES)], _OFFENCES[(package.index * 3 + 4) % len(_OFFENCES)]]
    content: dict[str, Any] = {
        "vinculo": 1,
        "dataset": package.dataset,
        "revision": 1,
        "mode": "full",
        "title": operation(package),
        "owner": service.code,
        "investigation": {
            "number": package.case_number(),
            "unit": unit(package),
            "offences": list(dict.fromkeys(offences)),
            "opened": f"{year}-{month:02d}-{day:02d}",
        },
        "contact": {
            "name": "Ponto de contato AIAMP" if service.language == "pt" else "Punto de contacto AIAMP",
            "email": service.contact,
        },
        "documents": documents,
        "evaluation": {"scheme": (service.evaluation or {"scheme": "4x4"})["scheme"], "source": "B", "information": 2},
    }
    if package.index % 4 == 0:
        content["handling"] = ["H1"]
    if release := RELEASES[release_of(package)]:
        content["release"] = release
    if package.withdrawn:
        reason = "erro de identidade" if service.language == "pt" else "error de identidad"
        content["records"] = [
            {"key": f"persona:{person.local[package.index]}", "withdraw": True, "reason": reason}
            for person in package.withdrawn
        ]
    content["retention"] = {"until": "2099-12-31"}
    return content


def federation(services: list[Service]) -> dict[str, Any]:
    """federation.yaml: the services as agencies, three actors each, and two teams."""
    agencies, actors = [], []
    codes = {service.code for service in services}
    for service in services:
        contact = {
            "name": "Ponto de contato AIAMP" if service.language == "pt" else "Punto de contacto AIAMP",
            "email": service.contact,
        }
        agencies.append({"code": service.code, "name": service.title, "country": service.country, "contact": contact})
        prefix = service.country.lower() if service.code != "BR-MPSP" else "br-sp"
        for name, roles in zip(
            _FIRST_NAMES[service.country],
            (["analyst", "coordinator"], ["analyst", "steward"], ["operator"]),
            strict=True,
        ):
            actors.append({"id": f"{prefix}:{name}", "agency": service.code, "roles": roles, "name": name.capitalize()})
    teams = []
    for team in TEAMS:
        joining = [code for code, name in _JOINING.items() if name == team["id"] and code in codes]
        teams.append({**team, "members": [*team["members"], *joining]})
    return {"agencies": agencies, "actors": actors, "teams": teams}
