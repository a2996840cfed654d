"""Stores. One URL chooses one: ``sqlite:///path`` (embedded) or ``neo4j://host:port`` (production)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from graph.errors import SettingsError
from graph.store.base import Store

__all__ = ["Store", "open_store"]


def open_store(url: str = "", *, user: str = "", password: str = "") -> Store:
    """The store at ``url`` (settings' own where empty). Engines are imported only when asked for.

    ``user`` and ``password`` are Neo4j's; empty, the settings' hold.
    """
    from graph.settings import settings

    store = _opened(url or settings().store, user, password)
    if settings().clock:
        store.clock = _clock(store, Path(settings().clock))
    return store


def _opened(url: str, user: str, password: str) -> Store:
    from graph.settings import settings

    kind = urlsplit(url).scheme
    if kind == "sqlite":
        from graph.store.sqlite import SQLiteStore

        path = url.removeprefix("sqlite://")
        return SQLiteStore(Path(path[1:]), url)
    if kind in ("neo4j", "neo4j+s", "neo4j+ssc", "bolt", "bolt+s", "bolt+ssc"):
        from graph.store.neo4j import Neo4jStore

        return Neo4jStore(url, user or settings().neo4j_user, password or settings().neo4j_password())
    raise SettingsError("error.store_url", url=url)


def _clock(store: Store, ahead: Path) -> Callable[[], datetime]:
    """A clock that a test sets: it goes as many seconds ahead as the file says. No real store has another than ours."""
    if store.meta("made_by") != "test":
        store.close()
        raise SettingsError("error.setting", name="VINCULO_TEST_CLOCK", value=str(ahead), hint="made_by: test")
    return lambda: datetime.now(UTC) + timedelta(seconds=float(ahead.read_text(encoding="ascii")))
