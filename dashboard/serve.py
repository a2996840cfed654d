"""Start the dashboard: the command line of Streamlit with every setting that case data asks for.

Settings come from here and not from a file of the working folder, so that the dashboard is the same wherever it starts.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from importlib import resources

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
LOOPBACK = ("127.0.0.1", "::1", "localhost")


def command(port: int = 8501, address: str = "127.0.0.1", allowed_hosts: Sequence[str] = ()) -> list[str]:
    """The command that serves the dashboard at ``address``:``port``.

    ``allowed_hosts`` are the names under which browsers may reach it (behind a proxy); on loopback its own names hold.
    """
    hosts = list(allowed_hosts) or ([*LOOPBACK] if address in LOOPBACK else [address])
    options = {**OPTIONS, "server.address": address, "server.port": str(port), "browser.serverAddress": hosts[0]}
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


def start(
    store_url: str = "", port: int = 8501, address: str = "127.0.0.1", allowed_hosts: Sequence[str] = ()
) -> subprocess.Popen[bytes]:
    """Start the dashboard as a process of its own and return at once."""
    return subprocess.Popen(command(port, address, allowed_hosts), env=environment(store_url))  # noqa: S603 fixed words


def serve(store_url: str = "", port: int = 8501, address: str = "127.0.0.1", allowed_hosts: Sequence[str] = ()) -> int:
    """Serve the dashboard until it is ended; its exit status. Interrupting it ends it in order."""
    process = start(store_url, port, address, allowed_hosts)
    try:
        return process.wait()
    except KeyboardInterrupt:
        process.terminate()
        return process.wait()
