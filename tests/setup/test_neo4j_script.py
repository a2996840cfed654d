"""tools/neo4j-server keeps a named server: found again, private, on loopback only, and its data survive a kill."""

import json
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from neo4j import GraphDatabase

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.neo4j  # one server at a time, on the worker that has the others


def script(*words: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, ROOT / "tools/neo4j-server", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=200)


def listening(pid: int) -> set[str]:
    """Local addresses (as the kernel writes them) on which this process accepts TCP connections."""
    links = {os.readlink(entry) for entry in Path(f"/proc/{pid}/fd").iterdir()}
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and f"socket:[{fields[9]}]" in links:
                found.add(fields[1].split(":")[0])
    return found


def test_a_named_server(tmp_path):
    home = tmp_path / "home"
    assert script("status", "--home", home).returncode == 3
    try:
        uri = script("start", "--home", home).stdout.strip()
        assert uri.startswith("bolt://127.0.0.1:")
        assert script("start", "--home", home).stdout.strip() == uri, "the running one is found"
        assert script("status", "--home", home).stdout.strip() == uri

        for name in ("server.json", "password"):
            assert stat.S_IMODE((home / name).stat().st_mode) == 0o600
        state = json.loads((home / "server.json").read_text())
        assert listening(state["pid"]) <= {"0100007F", "0000000000000000FFFF00000100007F"}

        query(state, "CREATE (:Kept {value: 42})")
        os.kill(state["pid"], signal.SIGKILL)
        assert script("status", "--home", home).returncode == 3

        assert script("start", "--home", home).returncode == 0
        state = json.loads((home / "server.json").read_text())
        assert query(state, "MATCH (n:Kept) RETURN n.value AS value")[0]["value"] == 42
        assert "stopped" in script("stop", "--home", home).stderr
    finally:
        script("stop", "--home", home, "--now")
    assert script("status", "--home", home).returncode == 3
    assert "was not running" in script("stop", "--home", home).stderr


def query(state: dict, text: str) -> list:
    with GraphDatabase.driver(state["uri"], auth=(state["user"], state["password"])) as driver:
        driver.verify_connectivity()
        return driver.execute_query(text).records


def test_a_java_that_is_too_old_is_refused(tmp_path):
    old = tmp_path / "java"
    old.write_text("#!/bin/sh\necho 'openjdk version \"11.0.2\"' >&2\n")
    old.chmod(0o755)
    command = [sys.executable, ROOT / "tools/neo4j-server", "start", "--home", tmp_path / "home"]
    environment = os.environ | {"VINCULO_JAVA": str(old)}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60)
    assert done.returncode == 1
    assert "Java 17 or later" in done.stderr
