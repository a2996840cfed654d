"""Start the dashboard: the command line of Streamlit with every setting that case data asks for.

Settings come from here and not from a file of the working folder, so that the dashboard is the same wherever it starts.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from secrets import token_hex
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from graph.errors import SettingsError
from graph.settings import settings

# A calm palette; text on its ground keeps WCAG 2.2 AA contrast in both.
LIGHT = {
    "primaryColor": "#0b6e6e",
    "backgroundColor": "#ffffff",
    "secondaryBackgroundColor": "#f3f6f7",
    "textColor": "#1c2733",
    "linkColor": "#0b5c8a",
    "borderColor": "#d5dde2",
}
DARK = {
    "primaryColor": "#14807d",
    "backgroundColor": "#12181d",
    "secondaryBackgroundColor": "#1b242b",
    "textColor": "#e6edf2",
    "linkColor": "#7cc4ee",
    "borderColor": "#34414b",
}
OPTIONS: dict[str, str] = {
    "server.headless": "true",
    "server.fileWatcherType": "none",
    "server.enableStaticServing": "false",
    "server.maxUploadSize": "50",
    "browser.gatherUsageStats": "false",
    "client.toolbarMode": "minimal",
    "client.showErrorDetails": "none",
    "client.showErrorLinks": "false",
    "client.disableDataExport": "true",  # exports go through graph.export, which knows handling codes
    "logger.level": "warning",
    "theme.baseRadius": "0.4rem",
    "theme.baseFontSize": "15",
    "theme.showWidgetBorder": "true",
    **{f"theme.light.{k}": v for k, v in LIGHT.items()},
    **{f"theme.dark.{k}": v for k, v in DARK.items()},
}
SHORTEST_SECRET = 32  # characters of the secret that signs cookies
LOOPBACK = ("127.0.0.1", "::1", "localhost")


def command(
    port: int = 8501, address: str = "127.0.0.1", allowed_hosts: Sequence[str] = (), secrets: str = ""
) -> list[str]:
    """The command that serves the dashboard at ``address``:``port``.

    ``allowed_hosts`` are the names under which browsers may reach it (behind a proxy); on loopback its own names hold.
    ``secrets`` is the file of :func:`secrets_file`; empty: there are none, whatever the working folder holds.
    """
    hosts = list(allowed_hosts) or ([*LOOPBACK] if address in LOOPBACK else [address])
    options = {**OPTIONS, "server.address": address, "server.port": str(port), "browser.serverAddress": hosts[0]}
    options["secrets.files"] = secrets or os.devnull + "/none"
    flags = [f"--{key}={value}" for key, value in options.items()]
    flags += [f"--server.allowedHosts={host}" for host in hosts]
    script = str(resources.files("dashboard").joinpath("app.py"))
    return [sys.executable, "-m", "streamlit", "run", script, *flags]


def environment(store_url: str = "", base: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment of the dashboard's process; ``store_url`` empty: the settings' own store."""
    found = dict(os.environ if base is None else base)
    if store_url:
        found["VINCULO_STORE"] = store_url
    return found


@contextmanager
def secrets_file(port: int) -> Iterator[str]:
    """What ``st.login`` asks for, in a private folder of this run that goes with it; nothing where no provider is set.

    Raises :class:`SettingsError` for a provider that is set by halves, or reached without TLS on another machine.
    """
    if not (issuer := settings().oidc_issuer):
        yield ""
        return
    redirect = settings().oidc_redirect or f"http://127.0.0.1:{port}/oauth2callback"
    for name, value in (("OIDC_ISSUER", issuer), ("OIDC_REDIRECT", redirect)):
        if not _is_safe(value):
            raise SettingsError("error.setting", name=f"VINCULO_{name}", value=value, hint="https://…")
    if not redirect.endswith("/oauth2callback"):
        raise SettingsError("error.setting", name="VINCULO_OIDC_REDIRECT", value=redirect, hint="…/oauth2callback")
    if not settings().oidc_client or not settings().oidc_secret():
        raise SettingsError("error.setting", name="VINCULO_OIDC_CLIENT, …_OIDC_SECRET_FILE", value="", hint="both")
    if 0 < len(settings().cookie_secret()) < SHORTEST_SECRET:
        hint = f"≥ {SHORTEST_SECRET}"
        raise SettingsError("error.setting", name="VINCULO_COOKIE_SECRET_FILE", value="…", hint=hint)
    auth = {
        "redirect_uri": redirect,
        "cookie_secret": settings().cookie_secret() or token_hex(32),
        "client_id": settings().oidc_client,
        "client_secret": settings().oidc_secret(),
        "server_metadata_url": f"{issuer}/.well-known/openid-configuration",
    }
    with TemporaryDirectory(prefix="vinculo-secrets-") as folder:  # made for its owner alone
        path = Path(folder, "secrets.toml")
        with open(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="utf-8") as file:
            # a JSON string is a TOML basic string
            file.write("[auth]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in auth.items()))
            file.write('client_kwargs = { scope = "openid email", prompt = "login" }\n')
        yield str(path)


def _is_safe(url: str) -> bool:
    """Whether an address is one of TLS, or of this very machine."""
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)


def serve(store_url: str = "", port: int = 8501, address: str = "127.0.0.1", allowed_hosts: Sequence[str] = ()) -> int:
    """Serve the dashboard until it is ended; its exit status. Interrupting it ends it in order."""
    with secrets_file(port) as secrets:
        words = command(port, address, allowed_hosts, secrets)
        process = subprocess.Popen(words, env=environment(store_url))  # noqa: S603 fixed words
        former = signal.signal(signal.SIGTERM, lambda *_: process.terminate())  # so that the folder goes too
        try:
            return process.wait()
        except KeyboardInterrupt:
            process.terminate()
            return process.wait()
        finally:
            signal.signal(signal.SIGTERM, former)
