"""What the containers are told to run is what the command line knows; the job's health check tells ill from well."""

import datetime
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
SERVICES = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
IMAGE = (ROOT / "Dockerfile").read_text().rpartition("CMD ")[2]
COMMANDS = {
    "dashboard": SERVICES["dashboard"]["command"],
    "jobs": SERVICES["jobs"]["command"],
    "image": json.loads(IMAGE),
    "health": ["jobs", "history", "--limit", "1", "--json"],
}


@pytest.mark.parametrize("name", COMMANDS)
def test_the_command_line_knows_the_command_and_its_options(name):
    words = COMMANDS[name]
    command = [word for word in words if word.isalpha()]
    options = [word for word in words if word.startswith("--")]
    program = [sys.executable, "-c", "from dashboard.cli import main; main()"]
    told = subprocess.run([*program, *command, "--help"], capture_output=True, text=True, timeout=60)
    assert told.returncode == 0, told.stderr
    for option in options:
        assert option in told.stdout


def test_the_health_check_asks_what_the_command_line_knows():
    assert json.dumps(["vinculo", *COMMANDS["health"]]) in (ROOT / "deploy/jobs-health").read_text()


def history(outcome: str, minutes_ago: float) -> str:
    ended = datetime.datetime.now(datetime.UTC) - datetime.timedelta(minutes=minutes_ago)
    stamp = ended.isoformat(timespec="seconds")
    return json.dumps({"started": stamp, "ended": stamp, "outcome": outcome, "counts": "{}"})


@pytest.mark.parametrize(
    ("last", "status", "complaint"),
    [
        (("ok", 0), 0, ""),
        (("ok", 14), 0, ""),
        (("ok", 16), 0, "ago"),
        (("failed", 0), 0, "failed"),
        (None, 0, "never ran"),
        (None, 3, "cannot be read"),
    ],
)
def test_the_health_of_the_job_runner(tmp_path, last, status, complaint):
    answer = history(*last) if last else ""  # made now: collecting may be long past when this runs
    fake = tmp_path / "vinculo"
    fake.write_text(f"#!/bin/sh\necho '{answer}'\nexit {status}\n")
    fake.chmod(0o755)
    environment = os.environ | {"PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run([ROOT / "deploy/jobs-health"], env=environment, capture_output=True, text=True)
    assert (done.returncode == 0) == (complaint == ""), done.stderr
    assert complaint in done.stderr
