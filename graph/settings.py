"""Every knob, once. Read from the environment (``VINCULO_*``); a comment says what each is for.

A value that cannot be used stops the program at once with a :class:`~graph.errors.SettingsError`.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from platformdirs import user_data_path

from graph.errors import SettingsError
from graph.i18n import LANGUAGES


def _text(name: str, default: str = "") -> str:
    return os.environ.get(f"VINCULO_{name}", default)


def _number(name: str, default: int, least: int) -> int:
    value = _text(name, str(default))
    if not value.isdigit() or int(value) < least:
        raise SettingsError("error.setting", name=f"VINCULO_{name}", value=value, hint=f"≥ {least}")
    return int(value)


def _language() -> str:
    value = _text("LANG", "es")
    if value not in LANGUAGES:
        raise SettingsError("error.setting", name="VINCULO_LANG", value=value, hint=" | ".join(LANGUAGES))
    return value


@dataclass(frozen=True, slots=True)
class Settings:
    """The values in force."""

    # where statements are kept: sqlite:///path or neo4j://host:port
    store: str = field(default_factory=lambda: _text("STORE", f"sqlite:///{user_data_path('vinculo') / 'vinculo.db'}"))
    # Neo4j's user; its password comes from VINCULO_NEO4J_PASSWORD or, better, from the file VINCULO_NEO4J_PASSWORD_FILE
    neo4j_user: str = field(default_factory=lambda: _text("NEO4J_USER", "neo4j"))
    # language of texts where the reader has not chosen one: es, pt or en
    language: str = field(default_factory=_language)
    # 1: the development actor and --as are accepted on any store; never set it on a machine with real cases
    dev: bool = field(default_factory=lambda: _text("DEV") == "1")
    # who the operating-system users are: lines "osuser=actor", separated by commas
    actors: str = field(default_factory=lambda: _text("ACTORS"))
    # seconds between two runs of the flag job
    job_interval: int = field(default_factory=lambda: _number("JOB_INTERVAL", 300, 1))
    # most entities drawn on one chart; above it the count of what is hidden is shown
    chart_cap: int = field(default_factory=lambda: _number("CHART_CAP", 300, 10))
    # where the looks-and-changes logs are written; empty: beside an embedded store, else the user's data folder
    audit: str = field(default_factory=lambda: _text("AUDIT"))
    # file with the private key that signs the heads of those logs (32 bytes as hex); empty: made beside them
    audit_key: str = field(default_factory=lambda: _text("AUDIT_KEY"))

    # most of an agency's subjects (people, organisations, numbers of its own cases) that are looked up elsewhere for
    # the first time on one day; the rest waits for the next
    hits_per_day: int = field(default_factory=lambda: _number("HITS_PER_DAY", 1000, 1))

    def neo4j_password(self) -> str:
        """Neo4j's password, from the secret file where one is named."""
        if name := _text("NEO4J_PASSWORD_FILE"):
            try:
                return Path(name).read_text(encoding="utf-8").strip()
            except OSError as error:
                raise SettingsError(
                    "error.setting", name="VINCULO_NEO4J_PASSWORD_FILE", value=name, hint=str(error.strerror)
                ) from error
        return _text("NEO4J_PASSWORD")

    def actor_of(self, os_user: str) -> str:
        """The actor that an operating-system user is, empty for none."""
        pairs = (entry.partition("=") for entry in self.actors.split(",") if entry.strip())
        return next((actor.strip() for name, _, actor in pairs if name.strip() == os_user), "")


@cache
def settings() -> Settings:
    """The settings of this process. ``settings.cache_clear()`` reads them again."""
    return Settings()
