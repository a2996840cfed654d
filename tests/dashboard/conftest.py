"""One stage store for all page tests of a process, and the dashboard as AppTest runs it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit import config
from streamlit.testing.v1 import AppTest

from graph.settings import settings
from graph.store.base import Store
from tests.dashboard.stage import build

APP = Path(__file__).parents[2] / "dashboard" / "app.py"
Pages = Callable[..., AppTest]


@pytest.fixture(scope="session")
def staged(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A store that tests only read."""
    return build(tmp_path_factory.mktemp("stage") / "stage.db")


@pytest.fixture
def fresh(tmp_path: Path) -> Store:
    """A store of the test's own, to be changed."""
    return build(tmp_path / "fresh.db")


@pytest.fixture
def address() -> Iterator[Callable[[str], None]]:
    """Sets the address that the server is said to listen on."""
    former = config.get_option("server.address")
    yield lambda value: config.set_option("server.address", value)
    config.set_option("server.address", former)


@pytest.fixture
def pages(monkeypatch: pytest.MonkeyPatch, address: Callable[[str], None]) -> Iterator[Pages]:
    """``pages(store, "search", q="nunez", actor="ar:ana", lang="pt")`` runs a page and gives what it shows."""
    address("127.0.0.1")

    def opened(store: Store, page: str = "", actor: str = "ar:ana", lang: str = "es", **params: object) -> AppTest:
        monkeypatch.setenv("VINCULO_STORE", store.url)
        settings.cache_clear()
        at = AppTest.from_file(str(APP), default_timeout=30)
        at.query_params.update({"as": actor, "lang": lang, **params})
        if page:  # as a link to it would open it
            at.switch_page(f"app_pages/{page}.py")
        return at.run()

    yield opened
    settings.cache_clear()
