"""Who exists: agencies, actors and teams, from ``federation.yaml``.

agencies: [{code: AR-MPF, name: …, country: AR, contact: {…}, automatic: [document+name+birth]}]
actors: [{id: "ar:ana", agency: AR-MPF, roles: [analyst, steward]}]
teams: [{id: eci-litoral, members: [AR-MPF, BR-MPF], purpose: …, leader: AR-MPF, since: …, until: …}]
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from graph.access import Actor, Agency, Team
from graph.errors import SettingsError

ROLES = frozenset({"analyst", "coordinator", "steward", "operator"})
GROUNDS = frozenset({"document+name+birth", "score"})


def load(path: Path) -> tuple[list[Agency], list[Actor], list[Team]]:
    """Agencies, actors and teams of a ``federation.yaml``; :class:`SettingsError` says all that is wrong at once."""
    try:
        body = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SettingsError("federation.broken", hint=str(error)) from error
    wrong: list[str] = []
    agencies = [_agency(entry, wrong) for entry in _entries(body, "agencies", wrong)]
    codes = {a.code for a in agencies}
    actors = [_actor(entry, codes, wrong) for entry in _entries(body, "actors", wrong)]
    teams = [_team(entry, codes, wrong) for entry in _entries(body, "teams", wrong)]
    if wrong:
        raise SettingsError("federation.broken", hint="; ".join(wrong))
    return agencies, actors, teams


def _entries(body: Any, key: str, wrong: list[str]) -> list[dict[str, Any]]:
    found = body.get(key, []) if isinstance(body, dict) else None
    if not isinstance(found, list) or not all(isinstance(entry, dict) for entry in found):
        wrong.append(f"{key}: a list of mappings is expected")
        return []
    return found


def _text(entry: dict[str, Any], name: str) -> str:
    return str(entry.get(name) or "")


def _agency(entry: dict[str, Any], wrong: list[str]) -> Agency:
    code, country = _text(entry, "code"), _text(entry, "country")
    if not code or len(country) != 2:
        wrong.append(f"agency {code or '?'}: code and a two-letter country are needed")
    automatic = tuple(entry.get("automatic", ("document+name+birth",)))
    wrong.extend(f"agency {code}: unknown ground {g}" for g in automatic if g not in GROUNDS)
    contact = {str(k): str(v) for k, v in (entry.get("contact") or {}).items()}
    return Agency(code, _text(entry, "name") or code, country.upper(), contact, automatic)


def _actor(entry: dict[str, Any], codes: set[str], wrong: list[str]) -> Actor:
    name, agency, roles = _text(entry, "id"), _text(entry, "agency"), frozenset(map(str, entry.get("roles", ())))
    if not name or agency not in codes:
        wrong.append(f"actor {name or '?'}: an id and the code of an agency above are needed")
    wrong.extend(f"actor {name}: unknown role {role}" for role in sorted(roles - ROLES))
    return Actor(name, agency, roles)


def _team(entry: dict[str, Any], codes: set[str], wrong: list[str]) -> Team:
    name, members = _text(entry, "id"), frozenset(map(str, entry.get("members", ())))
    if not name or not members or members - codes:
        wrong.append(f"team {name or '?'}: an id and members among the agencies above are needed")
    if not entry.get("until"):
        wrong.append(f"team {name}: a term (until) is needed")
    return Team(
        name, members, _text(entry, "purpose"), _text(entry, "leader"), _text(entry, "since"), _text(entry, "until")
    )
