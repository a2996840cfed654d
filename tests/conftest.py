"""What every test stands on: no user settings, no network, one real Neo4j, a known Chromium."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parent.parent
# They say what the tools and tests run with, not what Vínculo does.
KEPT = {"VINCULO_CACHE", "VINCULO_JAVA", "VINCULO_TEST_NEO4J_LINE"}

settings.register_profile("ci", derandomize=True, deadline=None, max_examples=50)
settings.register_profile("prove", deadline=None, max_examples=1000, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


def pytest_configure(config: pytest.Config) -> None:
    """Nothing of the user's shows through, and nothing is written where the user keeps things."""
    for name in [name for name in os.environ if name.startswith("VINCULO_") and name not in KEPT]:
        del os.environ[name]
    home = tempfile.TemporaryDirectory(prefix="vinculo-tests-", ignore_cleanup_errors=True)
    config.add_cleanup(home.cleanup)
    for kind in ("DATA", "CONFIG", "STATE"):
        os.environ[f"XDG_{kind}_HOME"] = str(Path(home.name, kind.lower()))
    os.environ["STREAMLIT_BROWSER_GATHER_USAGE_STATS"] = "false"


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Community Edition has one database, so all that use it run on one worker, one after the other."""
    for item in items:
        callspec = getattr(item, "callspec", None)
        by_parameter = callspec is not None and "neo4j" in callspec.params.values()
        if by_parameter or "neo4j_server" in getattr(item, "fixturenames", ()) or item.get_closest_marker("neo4j"):
            item.add_marker(pytest.mark.neo4j)
            item.add_marker(pytest.mark.xdist_group("neo4j"))


@pytest.fixture(scope="session", autouse=True)
def no_network() -> Iterator[None]:
    """A connection that leaves this machine is an error in whatever made it (rule 8 of the design)."""
    connect, connect_ex = socket.socket.connect, socket.socket.connect_ex

    def checked(sock: socket.socket, address: Any) -> None:
        if sock.family in (socket.AF_INET, socket.AF_INET6):
            host = address[0]
            if host != "localhost" and not ip_address(host.partition("%")[0]).is_loopback:
                raise AssertionError(f"a test tried to reach {host}")

    def guarded(sock: socket.socket, address: Any) -> None:
        checked(sock, address)
        connect(sock, address)

    def guarded_ex(sock: socket.socket, address: Any) -> int:
        checked(sock, address)
        return connect_ex(sock, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded)
        patch.setattr(socket.socket, "connect_ex", guarded_ex)
        yield


class Neo4jServer(NamedTuple):
    uri: str
    user: str
    password: str


@pytest.fixture(scope="session")
def neo4j_server() -> Iterator[Neo4jServer]:
    """A real Neo4j Community server, empty at first and shared by the session: clean up what you write.

    It is of the 5.26 LTS line unless VINCULO_TEST_NEO4J_LINE says `calendar` (`make prove` runs both), and it ends
    with this process even when this process is killed: the command it serves reads from our pipe.
    """
    told = "import json, os, sys; print(json.dumps([os.environ[f'NEO4J_{k}'] for k in sys.argv[1:]]), flush=True)"
    child = [sys.executable, "-c", f"{told}; sys.stdin.read()", "URI", "USERNAME", "PASSWORD"]
    line = os.environ.get("VINCULO_TEST_NEO4J_LINE", "lts")
    command = [sys.executable, ROOT / "tools" / "neo4j-server", "run", "--line", line, "--", *child]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        answer = process.stdout.readline()
        assert answer, "tools/neo4j-server did not start; its reason stands above"
        server = Neo4jServer(*json.loads(answer))
        wait_for_database(server)
        yield server
        process.communicate()


def wait_for_database(server: Neo4jServer, patience: float = 60) -> None:
    """Bolt shakes hands before the database is there; only an answered query shows that it is."""
    from neo4j import GraphDatabase
    from neo4j.exceptions import DriverError, Neo4jError

    deadline = time.monotonic() + patience
    with GraphDatabase.driver(server.uri, auth=(server.user, server.password)) as driver:
        while True:
            try:
                assert driver.execute_query("RETURN 1 AS one").records[0]["one"] == 1
                return
            except (DriverError, Neo4jError):
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.5)


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """The Chromium that browser tests drive; its absence fails them, since a skipped page test proves nothing."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    pytest.fail("no Chromium on PATH: run `make setup`")
