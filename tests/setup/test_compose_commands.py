"""What the containers are told to run is what the command line knows."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

SERVICES = yaml.safe_load((Path(__file__).resolve().parents[2] / "docker-compose.yml").read_text())["services"]
COMMANDS = {
    "dashboard": SERVICES["dashboard"]["command"],
    "jobs": SERVICES["jobs"]["command"],
    "jobs-health": SERVICES["jobs"]["healthcheck"]["test"][2:],
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
