"""The command that serves the dashboard: every setting that case data asks for, wherever it starts."""

from __future__ import annotations

import pytest

from dashboard import serve

ASKED = {
    "server.headless": "true",
    "server.fileWatcherType": "none",
    "server.enableStaticServing": "false",
    "browser.gatherUsageStats": "false",
    "client.toolbarMode": "minimal",
    "client.showErrorDetails": "none",
    "client.disableDataExport": "true",
}


def flags(command: list[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for word in command:
        if word.startswith("--"):
            name, _, value = word[2:].partition("=")
            found.setdefault(name, []).append(value)
    return found


def test_settings_that_protect_are_on_the_command_line() -> None:
    told = flags(serve.command())
    assert {name: told[name] for name in ASKED} == {name: [value] for name, value in ASKED.items()}
    assert told["server.address"] == ["127.0.0.1"] and told["server.port"] == ["8501"]


def test_every_setting_is_one_that_streamlit_knows() -> None:
    from streamlit import config

    known = set(config._config_options_template)
    assert set(flags(serve.command())) <= known


@pytest.mark.parametrize(
    ("address", "named", "hosts"),
    [
        ("127.0.0.1", [], ["127.0.0.1", "::1", "localhost"]),
        ("10.1.2.3", [], ["10.1.2.3"]),
        ("0.0.0.0", ["vinculo.example.org"], ["vinculo.example.org"]),  # noqa: S104
    ],
)
def test_only_named_hosts_are_answered(address: str, named: list[str], hosts: list[str]) -> None:
    told = flags(serve.command(9000, address, named))
    assert told["server.allowedHosts"] == hosts and told["server.port"] == ["9000"]


def test_the_store_is_handed_over_by_the_environment() -> None:
    assert serve.environment("sqlite:///x.db", {"A": "1"}) == {"A": "1", "VINCULO_STORE": "sqlite:///x.db"}
    assert serve.environment("", {"VINCULO_STORE": "neo4j://h"}) == {"VINCULO_STORE": "neo4j://h"}
