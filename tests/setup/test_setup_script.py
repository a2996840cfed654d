"""`make setup` installs what is missing, skips what is there, and says what to do where it may not.

The script runs for real, in a copy of the tree and with a PATH of stand-ins that write down how they were called.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
REAL_TOOLS = ("bash", "cat", "cp", "cut", "dirname", "env", "mkdir", "printf", "rm", "sha256sum", "touch")


class Machine:
    """A make-believe Debian machine: its folder, its PATH, and the calls it saw."""

    def __init__(self, folder: Path):
        self.tree, self.bin, self.log = folder / "tree", folder / "bin", folder / "calls"
        self.bin.mkdir()
        (self.tree / "tools").mkdir(parents=True)
        for name in ("pyproject.toml", "constraints.txt", "tools/setup"):
            shutil.copy(ROOT / name, self.tree / name)
        for name in REAL_TOOLS:
            (self.bin / name).symlink_to(shutil.which(name))
        for name in ("g++", "pkg-config", "chromium", "java", "mvn"):
            self.program(name, "exit 0")
        self.user(0)
        self.program("apt-get", f'echo apt-get "$@" >>{self.log}; printf "#!/bin/bash\\n" >{self.bin}/chromium; '
                                f"/bin/chmod +x {self.bin}/chromium")  # fmt: skip
        self.program("venv-python", f'echo python "$@" >>{self.log}')
        self.program(
            "python3.11",
            f'case "$1" in -c) exec {sys.executable} "$@";; -VV) echo 3.11;; '
            f"-m) mkdir -p .venv/bin; cp {self.bin}/venv-python .venv/bin/python;; esac",
        )

    def program(self, name: str, body: str) -> None:
        path = self.bin / name
        path.write_text(f"#!/bin/bash\n{body}\n")
        path.chmod(0o755)

    def user(self, number: int) -> None:
        self.program("id", f"echo {number}")

    def setup(self) -> subprocess.CompletedProcess[str]:
        environment = {"PATH": str(self.bin), "HOME": str(self.tree)}
        command = [shutil.which("bash"), self.tree / "tools/setup"]
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)

    def calls(self, name: str) -> list[str]:
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        return [line for line in lines if line.startswith(name)]


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path)


def test_where_all_is_there_nothing_is_installed(machine):
    done = machine.setup()
    assert done.returncode == 0, done.stderr
    assert not machine.calls("apt-get")
    [install] = machine.calls("python -m pip install")
    assert "--constraint constraints.txt --editable .[dev]" in install
    assert machine.calls("python tools/neo4j-server resolve")


def test_a_second_run_installs_nothing(machine):
    assert machine.setup().returncode == 0
    assert machine.setup().returncode == 0
    assert len(machine.calls("python -m pip install")) == 1


@pytest.mark.parametrize("name", ["constraints.txt", "pyproject.toml"])
def test_libraries_are_installed_again_when_what_is_wanted_changes(machine, name):
    assert machine.setup().returncode == 0
    with (machine.tree / name).open("a") as file:
        file.write("# changed\n")
    assert machine.setup().returncode == 0
    assert len(machine.calls("python -m pip install")) == 2
    assert len(list((machine.tree / ".venv").glob(".setup-*"))) == 1


def test_a_failed_installation_is_tried_again(machine):
    machine.program("venv-python", f'echo python "$@" >>{machine.log}; exit 1')
    assert machine.setup().returncode != 0
    machine.program("venv-python", f'echo python "$@" >>{machine.log}')
    shutil.copy(machine.bin / "venv-python", machine.tree / ".venv/bin/python")
    assert machine.setup().returncode == 0
    assert len(machine.calls("python -m pip install")) == 2


def test_without_root_the_exact_command_is_printed(machine):
    (machine.bin / "chromium").unlink()
    (machine.bin / "mvn").unlink()
    machine.user(1000)
    done = machine.setup()
    assert done.returncode != 0
    assert (
        "    sudo apt-get update && "
        "sudo apt-get install -y --no-install-recommends chromium fonts-liberation maven\n" in done.stderr
    )
    assert not machine.log.exists(), "nothing was installed or changed"
    assert not (machine.tree / ".venv").exists()


def test_root_installs_what_is_missing_once(machine):
    (machine.bin / "chromium").unlink()
    assert machine.setup().returncode == 0
    assert machine.calls("apt-get") == [
        "apt-get update -qq",
        "apt-get install -y --no-install-recommends -qq chromium fonts-liberation",
    ]
    assert machine.setup().returncode == 0
    assert len(machine.calls("apt-get")) == 2


@pytest.mark.parametrize(
    ("gone", "packages"),
    [
        ("g++", "g++"),
        ("java", "default-jre-headless"),
        ("pkg-config", "pkg-config libicu-dev"),
    ],
)
def test_each_missing_tool_is_asked_for_by_its_package(machine, gone, packages):
    (machine.bin / gone).unlink()
    machine.user(1000)
    assert f"--no-install-recommends {packages}\n" in machine.setup().stderr


def test_missing_icu_headers_are_asked_for(machine):
    machine.program("pkg-config", "exit 1")
    machine.user(1000)
    assert "--no-install-recommends libicu-dev\n" in machine.setup().stderr


def test_without_python_it_says_so(machine):
    (machine.bin / "python3.11").unlink()
    done = machine.setup()
    assert done.returncode != 0
    assert "Python 3.11 or later is needed" in done.stderr


def make(*words: str) -> str:
    """What make would run. Under `make test` the outer make hands down flags that would print its directories."""
    environment = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "GNUMAKEFLAGS")}
    words = ("make", "--no-print-directory", "-n", *words)
    return subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, check=True).stdout


def test_test_and_demo_begin_with_setup():
    for target in ("test", "demo", "prove", "lint"):
        assert make(target).splitlines()[0] == "tools/setup"


def test_make_test_runs_every_check():
    lines = make("test").splitlines()
    for check in ("ruff check .", "ruff format --check .", "mypy", "lint-imports", "pytest -n 2 --dist loadgroup"):
        assert [line for line in lines if f".venv/bin/{check}" in line], check
    assert "-m 'not prove'" in lines[-1]


def test_make_demo_passes_on_its_arguments():
    assert make("demo", "DEMO_ARGS=--size 9").splitlines()[-1] == ".venv/bin/vinculo demo --out demo-out --size 9"


@pytest.mark.parametrize("status", [0, 5])
def test_ci_runs_make_test_and_passes_on_its_status(tmp_path, status):
    fake = tmp_path / "make"
    fake.write_text(f'#!/bin/bash\necho "$@ CI=$CI in $PWD"; read -r line || echo no input; exit {status}\n')
    fake.chmod(0o755)
    environment = {"PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(["bash", ROOT / ".ci/run"], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.stdout == f"test CI=true in {ROOT}\nno input\n"
    assert done.returncode == status
