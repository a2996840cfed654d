"""The shared fixtures give what they promise."""

import os
import socket
import subprocess
from pathlib import Path

import pytest
from neo4j import GraphDatabase


def test_the_neo4j_fixture_is_a_real_community_server(neo4j_server):
    uri, user, password = neo4j_server
    assert uri.startswith("bolt://127.0.0.1:")
    with GraphDatabase.driver(uri, auth=(user, password)) as driver:
        query = "CALL dbms.components() YIELD name, edition, versions WHERE name = 'Neo4j Kernel' RETURN *"
        [component] = driver.execute_query(query).records
    assert component["edition"] == "community"
    line = os.environ.get("VINCULO_TEST_NEO4J_LINE", "lts")
    assert component["versions"][0].startswith({"lts": "5.26.", "calendar": "2026."}[line])


def test_neo4j_tests_share_one_worker(request, neo4j_server):
    assert [mark.args for mark in request.node.iter_markers("xdist_group")] == [("neo4j",)]


def test_no_setting_of_the_user_reaches_a_test():
    assert {name for name in os.environ if name.startswith("VINCULO_")} <= {
        "VINCULO_CACHE",
        "VINCULO_JAVA",
        "VINCULO_TEST_NEO4J_LINE",
    }
    assert not Path(os.environ["XDG_DATA_HOME"]).is_relative_to(Path.home())


@pytest.mark.parametrize("address", [("192.0.2.1", 80), ("2001:db8::1", 80)])
def test_a_connection_off_this_machine_is_refused(address):
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    with socket.socket(family) as sock, pytest.raises(AssertionError, match="tried to reach"):
        sock.connect(address)


def test_chromium_answers(chromium_path):
    told = subprocess.run([chromium_path, "--version"], capture_output=True, text=True, timeout=60, check=True)
    assert "Chrom" in told.stdout
