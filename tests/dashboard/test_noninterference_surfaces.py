"""Rule 2 on what people see: pages and commands say the same, byte for byte, with and without what is hidden."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import worlds
from click.testing import CliRunner
from streamlit.testing.v1 import AppTest
from worlds import PHONES, Dataset, Hidden, World

from analytics.crossborder.run import run as raise_flags
from dashboard.cli import cli
from graph.access import Actor
from graph.delivery import Release
from graph.errors import VinculoError
from graph.settings import settings
from graph.store import open_store
from graph.store.base import Store
from tests.graph.casework import ANA

ONE, TWO, THREE = PHONES
SEEN, BARE = (Release("AR-MPF", "full"),), (Release("AR-MPF", "identity"),)
BASE = World(
    (
        Dataset("AR-MPF", "case-0", (("José Núñez", "", ONE, ""), ("Ana Paz", "", "", "")), (), ()),
        Dataset(
            "BR-MPF",
            "case-1",
            (("Jose Nunez Paz", "", TWO, ""), ("Ana Souza", "", ONE, ""), ("Nuno Souza", "", "", "victim")),
            ((0, 1),),
            SEEN,
        ),
        Dataset("CL-FN", "case-2", (("Nuno Souza", "", ONE, ""), ("Ana Souza", "", THREE, "")), ((0, 1),), BARE),
    ),
    ((0, 2, "proposed"), (0, 3, "automatic")),
    ((1, 3, "different", "AR-MPF"),),
)
MORE = Hidden(
    (
        Dataset("CL-FN", "case-7", (("José Núñez", "AAA", ONE, ""), ("Jose Nunez Paz", "", TWO, "")), ((0, 1),), ()),
        Dataset("BR-MPF", "case-8", (("José Núñez", "", ONE, ""),) * 5, (), (Release("CL-FN", "full"),)),
    ),
    (
        worlds.replace(BASE.datasets[1], revision=2),
        worlds.replace(BASE.datasets[2], revision=4, links=((0, 1), (1, 0)), remarks=("José Núñez paga",)),
    ),
    (Dataset("CL-FN", "case-9", (("Ana Paz", "", ONE, ""),), (), SEEN),),
    (Dataset("CL-FN", "case-6", (("Ana Paz", "", ONE, ""),), (), SEEN),),
    ((0, 7, "automatic"), (2, 7, "automatic"), (3, 8, "automatic")),
    ((0, 2, "same", "CL-FN"), (0, 7, "same", "CL-FN"), (2, 7, "same", "CL-FN")),
)
AT = worlds.NOW.isoformat(timespec="seconds")
# when a command was run is no matter of what it shows
TIME = re.compile(r"20\d\d-\d\d-\d\d[T ]\d\d:\d\d[\d:.]*(?:[+-]\d\d:\d\d|Z)?")


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, Store]]:
    """A store, and the same with more in it that Argentina may not see."""
    made = []
    for name in ("before", "after"):
        folder = tmp_path_factory.mktemp(name)
        first = open_store(f"sqlite:///{folder / 'x.db'}")
        first.set_meta("key", worlds.KEY)
        first.close()
        store = open_store(f"sqlite:///{folder / 'x.db'}")
        store.set_meta("made_by", "test")
        worlds.put(store, BASE)
        if name == "after":
            worlds.add(store, MORE, worlds.whole(BASE, MORE))
        else:
            # the log-in of a demonstration lets everybody choose among all actors
            store.save_federation((), [Actor("br:otro", "BR-MPF", frozenset({"analyst"}))], [worlds.PAST_TEAM])
            store.log_job("flags", AT, AT, "ok", "new 2")  # that a run took place is no secret, what it counted is
        raise_flags(store, [ANA.agency], AT)
        made.append(store)
    yield made[0], made[1]
    for store in made:
        store.close()


def known(store: Store) -> dict[str, str]:
    ids = worlds.ids(store, BASE)
    return {"own": ids[0], "other": ids[3], "bare": ids[5], "hidden": worlds.ids(store, worlds.whole(BASE, MORE))[7]}


COMMANDS = {
    "search": ("search", "jose", "--json"),
    "search in words": ("search", "nunez", "souza"),
    "path": ("path", "{own}", "{other}", "--json"),
    "path to what is hidden": ("path", "{own}", "{hidden}"),
    "communities": ("analyse", "communities", "--all", "--json"),
    "review": ("review", "--json"),
    "datasets": ("dataset", "list", "--json"),
    "datasets in words": ("dataset", "list"),
    "identities": ("identities", "--csv", "{out}/identities.csv"),
    "flags": ("flag", "--no-run", "--json"),
    "queue": ("flag", "queue", "--json"),
    "queue in words": ("flag", "queue"),
    "pairs": ("flag", "pairs"),
    "calibration": ("flag", "calibrate", "--json"),
    "watch a number": ("watch", "add", "phone", THREE),
    "watch what is hidden": ("watch", "add", "entity", "{hidden}"),
    "watches": ("watch", "list"),
    "drafts": ("draft", "list"),
    "rejects": ("dataset", "rejects", "case-0", "--json"),
    "rejects of what is hidden": ("dataset", "rejects", "case-7"),
    "audit": ("audit", "show", "--json"),
    "whole logs": ("audit", "verify", "--json"),
    "whole logs in words": ("audit", "verify"),
    "history": ("jobs", "history", "--json"),
    "store": ("store", "info", "--json"),
    "agencies": ("admin", "agency", "--json"),
    "actors": ("admin", "actor", "--json"),
    "teams": ("admin", "team", "--json"),
    "export": ("export", "--entity", "{own}", "--format", "ftm", "-o", "{out}/chart.ftm", "--json"),
    "export of what is hidden": ("export", "--entity", "{hidden}", "--format", "csv", "-o", "{out}/chart"),
    "judge what is hidden": ("judge", "{own}", "{hidden}", "same"),
    "judge": ("judge", "{own}", "{other}", "unsure"),
    "take back what is another's": ("judge", "1", "--undo"),
    "resolve": ("resolve", "--json"),
    "resolve in words": ("resolve",),
    "job": ("jobs", "run", "--json"),
    "job in words": ("jobs", "run"),
    "flags afterwards": ("flag", "--json"),
}  # fmt: skip


def told(store: Store, folder: Path) -> dict[str, str]:
    """What every command says to Argentina's analyst, and writes."""
    said = {}
    for name, words in COMMANDS.items():
        folder.mkdir(exist_ok=True)
        call = [word.format(**known(store), out=folder) for word in words]
        result = CliRunner().invoke(cli, [*call, "--store", store.url, "--as", ANA.id])
        error = result.exception
        assert error is None or isinstance(error, SystemExit | VinculoError), (name, error)
        refused = error.text("es") if isinstance(error, VinculoError) else ""
        written = [p.read_text(encoding="utf-8", errors="replace") for p in sorted(folder.iterdir())]
        text = "\n".join([str(result.exit_code), refused, result.output, *written])
        said[name] = TIME.sub("TIME", text.replace(str(folder), "OUT").replace(store.url, "STORE"))
        shutil.rmtree(folder)
    return said


def test_every_command_says_the_same(two: tuple[Store, Store], tmp_path: Path) -> None:
    # the commands change the store (a judgement, a run of the matcher), so they work on copies
    said = []
    for n, store in enumerate(two):
        folder = tmp_path / str(n)
        shutil.copytree(Path(store.url.removeprefix("sqlite:///")).parent, folder)
        copy = open_store(f"sqlite:///{folder / 'x.db'}")
        said.append(told(copy, tmp_path / "out"))
        copy.close()
    assert [name for name in COMMANDS if said[0][name] != said[1][name]] == []
    assert all(text.startswith("0") for name, text in said[0].items() if "hidden" not in name and "back" not in name)


PAGES: dict[str, dict[str, str]] = {
    "search": {"q": "jose"},
    "search by number": {"q": ONE},
    "search nothing": {"q": "zzz"},
    "flags": {},
    "network": {"id": "{own}"},
    "communities": {},
    "datasets": {},
    "service": {},
    "entity": {"id": "{own}"},
    "entity bare": {"id": "{bare}"},
    "entity hidden": {"id": "{hidden}"},
    "network hidden": {"id": "{hidden}"},
}


@pytest.fixture(autouse=True)
def standing_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    for place in ("dashboard.state", "dashboard.commands.common"):
        monkeypatch.setattr(f"{place}.open_store", _opened)


def _opened(url: str) -> Store:
    store = open_store(url)
    store.clock = lambda: worlds.NOW
    return store


def test_every_page_shows_the_same(two: tuple[Store, Store], pages: Callable[..., AppTest]) -> None:
    differing = []
    for name, params in PAGES.items():
        shown = []
        for store in two:
            asked: dict[str, Any] = {k: v.format(**known(store)) for k, v in params.items()}
            shown.append(everything_on(pages(store, name.partition(" ")[0], **asked)))
        differing += [name] if shown[0] != shown[1] else []
        assert len(shown[0]) > 200, name
    assert differing == []
    settings.cache_clear()


def everything_on(at: AppTest) -> str:
    """All elements of a page with all they hold."""
    parts = [str(e.proto) for e in at.main] + [str(e.proto) for e in at.sidebar]
    parts += [e.proto.body for e in at.get("html")] + [json.dumps(str(at.exception))]
    for kind in ("title", "subheader", "info", "warning", "error", "button", "markdown", "selectbox", "dataframe"):
        parts += [str(e.proto) for e in at.get(kind)]
    # a file to be made when it is asked for has a random name of Streamlit's
    return re.sub(r'deferred_file_id: "\w+"', "", "\n".join(parts))
