"""case.yaml of a package."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from ingest.scenario.packages import Package
from ingest.scenario.services import Service
from ingest.scenario.stocks import load

# Terms far in the future, so that a demonstration does not expire.
TERM = "2099-12-31"
_GROUND = "Acuerdo de Cooperación Interinstitucional AIAMP"
_HIT = {"to": "*", "level": "hit"}
_ALL = {"to": "*", "level": "identity", "until": TERM, "purpose": "Coordinación AIAMP", "ground": _GROUND}


def _team(name: str, purpose: str) -> dict[str, str]:
    return {"to": f"team:{name}", "level": "full", "until": TERM, "purpose": purpose, "ground": _GROUND}


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
_OFFENCES = (
    "iccs:0601", "iccs:06012", "iccs:0204", "iccs:07041", "iccs:09051", "iccs:09012", "iccs:08051", "iccs:0703",
    "iccs:1004",
)  # fmt: skip


class _Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]
    """Writes without anchors, so that the file reads as a person would write it."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def dump(data: Any, path: Path) -> None:
    """Write ``data`` as YAML, in its own order."""
    text = yaml.dump(data, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=120, default_flow_style=None)
    path.write_text(text, encoding="utf-8", newline="\n")


def contact(service: Service) -> dict[str, str]:
    """The service's contact point."""
    name = "Ponto de contato AIAMP" if service.language == "pt" else "Punto de contacto AIAMP"
    return {"name": name, "email": service.contact}


def operation(package: Package) -> str:
    """The case's title: a police operation's name in the service's language."""
    tongue = package.service.language
    words = load("words")["operations"][tongue]
    turn, at = divmod(package.index, len(words))
    name = words[(at * 7 + 3) % len(words)]  # 7 has no factor in common with the lists' lengths
    return f"{'Operação' if tongue == 'pt' else 'Operación'} {name}{f' {turn + 1}' if turn else ''}"


def unit(package: Package) -> str:
    """The unit that leads the case."""
    return package.service.units[package.ordinal % len(package.service.units)]


def case(package: Package, documents: list[dict[str, str]]) -> dict[str, Any]:
    """The content of case.yaml, ``documents`` being the package's source documents."""
    service, index = package.service, package.index
    year, month, day = package.opened
    offences = dict.fromkeys((_OFFENCES[index % len(_OFFENCES)], _OFFENCES[(index * 3 + 4) % len(_OFFENCES)]))
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
            "offences": list(offences),
            "opened": f"{year}-{month:02d}-{day:02d}",
        },
        "contact": contact(service),
        "documents": documents,
        "evaluation": {"scheme": (service.evaluation or {"scheme": "4x4"})["scheme"], "source": "B", "information": 2},
    }
    if index % 4 == 0:
        content["handling"] = ["H1"]
    if release := RELEASES[service.release[package.ordinal % len(service.release)]]:
        content["release"] = release
    if package.contents.withdrawn:
        reason = "erro de identidade" if service.language == "pt" else "error de identidad"
        keys = [f"persona:{person.local[index]}" for person in package.contents.withdrawn]
        content["records"] = [{"key": key, "withdraw": True, "reason": reason} for key in keys]
    content["retention"] = {"until": TERM}
    return content
