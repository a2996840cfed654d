"""The command that serves the dashboard: every setting that case data asks for, wherever it starts."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dashboard import serve
from graph.errors import SettingsError
from graph.settings import settings

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


# --- what st.login asks for -------------------------------------------------------------------------------------------

GOOD = {"OIDC_ISSUER": "https://id.example/realm/", "OIDC_CLIENT": "vinculo", "OIDC_SECRET": 's"\\\n[auth.x]'}


@pytest.fixture
def knobs(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    def put(**values: str) -> None:
        for name, value in values.items():
            monkeypatch.setenv(f"VINCULO_{name}", value)
        settings.cache_clear()

    yield put
    settings.cache_clear()


def test_without_a_provider_there_are_no_secrets_whatever_the_working_folder_holds(knobs: Callable[..., None]) -> None:
    knobs()
    with serve.secrets_file(8501) as path:
        assert path == ""
    (told,) = flags(serve.command())["secrets.files"]
    assert told and not Path(told).exists()


def test_the_secrets_are_private_well_formed_and_gone_with_the_run(knobs: Callable[..., None]) -> None:
    knobs(**GOOD)
    made = []
    for _ in range(2):
        with serve.secrets_file(9000) as path:
            file = Path(path)
            assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)
            assert Path.cwd() not in file.parents and flags(serve.command(secrets=path))["secrets.files"] == [path]
            auth = tomllib.loads(file.read_text(encoding="utf-8"))["auth"]
            made.append(auth["cookie_secret"])
            assert "shh" not in str(serve.command(secrets=path))
        assert not file.parent.exists()
    assert auth["client_secret"] == 's"\\\n[auth.x]'.strip() and auth["client_id"] == "vinculo"
    assert auth["server_metadata_url"] == "https://id.example/realm/.well-known/openid-configuration"
    assert auth["redirect_uri"] == "http://127.0.0.1:9000/oauth2callback"
    assert len(made[0]) == 64 and made[0] != made[1]
    knobs(COOKIE_SECRET="c" * 40, OIDC_REDIRECT="https://v.example/oauth2callback")
    with serve.secrets_file(9000) as path:
        auth = tomllib.loads(Path(path).read_text(encoding="utf-8"))["auth"]
    assert (auth["cookie_secret"], auth["redirect_uri"]) == ("c" * 40, "https://v.example/oauth2callback")


@pytest.mark.parametrize(
    "wrong",
    [
        {"OIDC_ISSUER": "http://id.example"},
        {"OIDC_ISSUER": "id.example"},
        {"OIDC_REDIRECT": "http://v.example/oauth2callback"},
        {"OIDC_REDIRECT": "https://v.example/"},
        {"OIDC_CLIENT": ""},
        {"OIDC_SECRET": ""},
        {"COOKIE_SECRET": "short"},
    ],
    ids=str,
)
def test_a_provider_that_is_set_by_halves_or_without_tls_is_refused(
    knobs: Callable[..., None], wrong: dict[str, str]
) -> None:
    knobs(**{**GOOD, **wrong})
    with pytest.raises(SettingsError) as error, serve.secrets_file(8501):
        pass
    assert "s3cret" not in str(error.value) and next(iter(wrong)) in str(error.value).replace("…_OIDC", "OIDC")
