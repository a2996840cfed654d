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


def _decimal(name: str, default: str, least: float) -> float:
    value = _text(name, default)
    try:
        number = float(value)
    except ValueError:
        number = -1.0
    if not least <= number < float("inf"):
        raise SettingsError("error.setting", name=f"VINCULO_{name}", value=value, hint=f"≥ {least}")
    return number


def _secret(name: str) -> str:
    """A secret: the content of the file that ``VINCULO_NAME_FILE`` names, else ``VINCULO_NAME`` itself."""
    if file := _text(f"{name}_FILE"):
        try:
            return Path(file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            hint = str(getattr(error, "strerror", "") or error)
            raise SettingsError("error.setting", name=f"VINCULO_{name}_FILE", value=file, hint=hint) from error
    return _text(name)


def _one_of(name: str, default: str, known: tuple[str, ...]) -> str:
    value = _text(name, default)
    if value not in known:
        raise SettingsError("error.setting", name=f"VINCULO_{name}", value=value, hint=" | ".join(known))
    return value


def _language() -> str:
    return _one_of("LANG", "es", LANGUAGES)


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
    # least score of a flag that is raised, per kind, instead of the shipped one: "hit=0.7,money=0.6"
    flag_thresholds: str = field(default_factory=lambda: _text("FLAG_THRESHOLDS"))
    # most entities drawn on one chart; above it the count of what is hidden is shown
    chart_cap: int = field(default_factory=lambda: _number("CHART_CAP", 300, 10))
    # where the looks-and-changes logs are written; empty: beside an embedded store, else the user's data folder
    audit: str = field(default_factory=lambda: _text("AUDIT"))
    # file with the private key that signs the heads of those logs (32 bytes as hex); empty: made beside them
    audit_key: str = field(default_factory=lambda: _text("AUDIT_KEY"))

    # --- who logs in to the dashboard: an OpenID Connect provider, or accounts of the store's own
    # the provider's issuer, an https address; its metadata stand at ISSUER/.well-known/openid-configuration
    oidc_issuer: str = field(default_factory=lambda: _text("OIDC_ISSUER").rstrip("/"))
    # how the provider knows this dashboard; its secret comes from the file VINCULO_OIDC_SECRET_FILE
    oidc_client: str = field(default_factory=lambda: _text("OIDC_CLIENT"))
    # where the provider sends people back to: the dashboard's own address with /oauth2callback
    oidc_redirect: str = field(default_factory=lambda: _text("OIDC_REDIRECT"))
    # 1: a proxy with TLS stands before the dashboard; without it local accounts work on loopback only
    tls: bool = field(default_factory=lambda: _text("TLS") == "1")
    # minutes without a click after which a session ends
    idle_minutes: float = field(default_factory=lambda: _decimal("IDLE_MINUTES", "15", 0.01))
    # hours after which a session ends whatever its owner does
    session_hours: float = field(default_factory=lambda: _decimal("SESSION_HOURS", "10", 0.001))
    # a test's clock: file with the seconds by which the clock is ahead; only a store that a test made obeys it, and
    # every other refuses to open
    clock: str = field(default_factory=lambda: _text("TEST_CLOCK"))
    # most of an agency's subjects (people, organisations, numbers of its own cases) that are looked up elsewhere for
    # the first time on one day; the rest waits for the next
    hits_per_day: int = field(default_factory=lambda: _number("HITS_PER_DAY", 1000, 1))

    # --- notice by e-mail that there is something to read: no case content, one a day and person unless urgent
    # the mail server; empty: no notice is sent
    smtp_host: str = field(default_factory=lambda: _text("SMTP_HOST"))
    # its port: 587 with STARTTLS, 465 with TLS from the start
    smtp_port: int = field(default_factory=lambda: _number("SMTP_PORT", 587, 1))
    # starttls, tls or none; without encryption no password is sent
    smtp_security: str = field(
        default_factory=lambda: _one_of("SMTP_SECURITY", "starttls", ("starttls", "tls", "none"))
    )
    # who logs in to the mail server; its password comes from the file VINCULO_SMTP_PASSWORD_FILE; empty: no log-in
    smtp_user: str = field(default_factory=lambda: _text("SMTP_USER"))
    # file with the certificate authority of the mail server, where it is not one that the system trusts
    smtp_ca: str = field(default_factory=lambda: _text("SMTP_CA"))
    # who the notices come from
    mail_from: str = field(default_factory=lambda: _text("MAIL_FROM", "vinculo@localhost"))
    # the dashboard's address, as the notices give it
    url: str = field(default_factory=lambda: _text("URL").rstrip("/"))

    def neo4j_password(self) -> str:
        """Neo4j's password, from the secret file where one is named."""
        return _secret("NEO4J_PASSWORD")

    def smtp_password(self) -> str:
        """The mail server's password, from ``VINCULO_SMTP_PASSWORD_FILE``."""
        return _secret("SMTP_PASSWORD")

    def oidc_secret(self) -> str:
        """The secret that this dashboard shares with the provider, from ``VINCULO_OIDC_SECRET_FILE``."""
        return _secret("OIDC_SECRET")

    def cookie_secret(self) -> str:
        """What signs the log-in cookies, from ``VINCULO_COOKIE_SECRET_FILE``; empty: a new one at every start."""
        return _secret("COOKIE_SECRET")

    def token(self) -> str:
        """The token of a command's actor, from ``VINCULO_TOKEN_FILE``, else ``VINCULO_TOKEN``."""
        return _secret("TOKEN")

    def actor_of(self, os_user: str) -> str:
        """The actor that an operating-system user is, empty for none."""
        pairs = (entry.partition("=") for entry in self.actors.split(",") if entry.strip())
        return next((actor.strip() for name, _, actor in pairs if name.strip() == os_user), "")


@cache
def settings() -> Settings:
    """The settings of this process. ``settings.cache_clear()`` reads them again."""
    return Settings()
