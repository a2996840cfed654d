"""`make prove` resumes, forgets when the code changes, and writes down what it saw."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROOF = "import pytest\n@pytest.mark.prove\ndef test_long():\n    assert {}\n"
PROPERTY = """
import os
from hypothesis import given, settings, strategies as st
settings.register_profile("prove", max_examples=7)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))
seen = []
@given(st.integers())
def test_many(number): seen.append(number)
def test_plain(): raise AssertionError("no proof, not to be run")
def teardown_module(): open("examples", "w").write(str(len(seen)))
"""
PYPROJECT = """
[tool.pytest.ini_options]
markers = ["prove: long"]
[tool.vinculo.prove.extra]
pytest = ["-k", "test_by_environment", "tests/other.py"]
environment = { FLAVOUR = "other" }
"""


class Project:
    """A small repository with proofs of its own and the real tools/prove.py."""

    def __init__(self, folder: Path, hypothesis: bool = False):
        self.folder, self.hypothesis = folder, hypothesis
        self.write("tools/prove.py", (ROOT / "tools/prove.py").read_text())
        self.write("pyproject.toml", PYPROJECT)
        self.write("tests/test_one.py", PROOF.format(True))
        self.write("tests/test_two.py", PROPERTY if hypothesis else PROOF.format(True))
        self.write("tests/other.py", "import os\ndef test_by_environment(): assert os.environ['FLAVOUR'] == 'other'\n")
        self.write(".gitignore", ".proofs/\nexamples\n__pycache__/\n.hypothesis/\n")
        self.git("init", "-q", "-b", "main")
        self.commit()

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def git(self, *words: str) -> None:
        who = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]
        subprocess.run(["git", *who, *words], cwd=self.folder, check=True, capture_output=True)

    def commit(self) -> None:
        self.git("add", "-A")
        self.git("commit", "-q", "-m", "x")

    def script(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "tools/prove.py", *words]
        # the test of property tests apart, most of the time would go into loading Hypothesis at each of many starts
        light = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_PLUGINS": "xdist.plugin,pytest_timeout"}
        environment = os.environ | ({} if self.hypothesis else light)
        return subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, text=True, timeout=120)

    def known(self) -> list[str]:
        return self.script("--list").stdout.splitlines()

    def prove(self, *words: str) -> tuple[int, list[str]]:
        """(exit status, names of the parts that ran)"""
        done = self.script(*words)
        return done.returncode, [line.split(" ... ")[0] for line in done.stdout.splitlines() if " ... " in line]

    def result(self) -> dict:
        [path] = (self.folder / "docs/proofs").glob("RESULT-*.json")
        return json.loads(path.read_text())


@pytest.fixture
def project(tmp_path):
    return Project(tmp_path)


def test_all_parts_run_once_and_are_written_down(tmp_path):
    project = Project(tmp_path, hypothesis=True)
    assert project.prove() == (0, ["test_one", "test_two", "extra"])
    result = project.result()
    assert {name: part["outcome"] for name, part in result["parts"].items()} == {
        "test_one": "passed",
        "test_two": "passed",
        "extra": "passed",
    }
    assert result["clean"] is True
    assert result["parts"]["test_one"]["tests"] == {"passed": 1}
    assert (project.folder / "examples").read_text() == "7", "property tests run with the profile of proofs"


def test_a_failed_part_runs_again_and_the_others_do_not(project):
    project.write("tests/test_one.py", "import pathlib\n" + PROOF.format("pathlib.Path('mended').exists()"))
    project.write(".gitignore", (project.folder / ".gitignore").read_text() + "mended\n")
    project.commit()
    assert project.prove() == (1, ["test_one", "test_two", "extra"])
    assert project.result()["parts"]["test_one"]["tests"] == {"failed": 1}
    project.write("mended", "")
    assert project.prove() == (0, ["test_one"])
    project.commit()  # the result file itself is a document, not code
    assert project.prove() == (0, [])
    assert project.prove("--only", "extra", "--again") == (0, ["extra"])


def test_other_code_is_proved_anew(project):
    assert project.prove("--only", "test_one") == (0, ["test_one"])
    assert "passed   test_one" in project.known()
    project.write("module.py", "x = 1\n")
    assert "not run  test_one" in project.known(), "what holds for committed code is not said of other code"
    project.commit()
    assert "not run  test_one" in project.known()


def test_out_of_time_is_not_success_and_uncommitted_code_is_named(project):
    project.write("module.py", "x = 1\n")
    assert project.prove("--minutes", "0") == (3, [])
    assert project.result()["parts"]["test_one"] == {"outcome": "not run"}
    assert project.result()["clean"] is False


def test_an_unknown_part_is_refused(project):
    assert project.prove("--only", "nothing") == (1, [])
