"""Rules for the files themselves."""

import re
import statistics
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("analytics", "dashboard", "graph", "ingest")


def tracked() -> list[str]:
    """Paths that git knows, or would after `git add`, and that are still there."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listing = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [path for path in dict.fromkeys(listing.splitlines()) if (ROOT / path).is_file()]


@pytest.mark.parametrize(
    ("what", "pattern"),
    [
        ("the host of a package registry", r"https?://[a-z0-9.-]*(pypi|pythonhosted|npmjs|maven|crates|golang|debian)"),
        ("a path of somebody's machine", r"(^|[^A-Za-z0-9_.-])/(work|farm)/|/[r]oot/|/[h]ome/[a-z]"),
        ("a password or key", r"BEGIN [A-Z ]*PRIVATE KEY"),
    ],
)
def test_no_tracked_file_names(what, pattern):
    wrong = []
    for path in tracked():
        content = (ROOT / path).read_bytes()
        if b"\0" in content[:8000]:  # as git does: a binary file
            continue
        for number, line in enumerate(content.decode("utf-8", "replace").splitlines(), 1):
            if re.search(pattern, line):
                wrong.append(f"{path}:{number}")
    assert not wrong, f"{what} is named in {wrong}"


def test_the_patterns_find_what_they_are_for():
    """The rule above would pass if its patterns matched nothing."""
    patterns = [mark.args[1] for mark in test_no_tracked_file_names.pytestmark if mark.name == "parametrize"][0]
    examples = ["https" + "://files.pythonhosted.org/x", "cd /" + "work/x", "-----BEGIN EC PRIVATE" + " KEY-----"]
    for (_, pattern), example in zip(patterns, examples, strict=True):
        assert re.search(pattern, example)


def test_modules_are_small():
    lengths = {
        path: len((ROOT / path).read_text().splitlines())
        for path in tracked()
        if path.endswith(".py") and path.split("/")[0] in PACKAGES
    }
    assert not {path: n for path, n in lengths.items() if n > 500}
    substantial = [n for n in lengths.values() if n > 1]  # not the one-line __init__ files
    assert statistics.median(substantial) <= 125


def test_tests_are_no_package():
    """tests/graph/__init__.py would shadow the top-level package graph."""
    assert not [path for path in tracked() if path.startswith(("tests/", "tools/")) and path.endswith("__init__.py")]


def test_test_modules_have_different_names():
    names = [Path(path).name for path in tracked() if path.startswith("tests/") and path.endswith(".py")]
    names = [name for name in names if name != "conftest.py"]
    assert sorted(names) == sorted(set(names))


def test_no_module_of_the_dashboard_is_called_like_a_package():
    """`streamlit run dashboard/app.py` puts that folder first on the path."""
    assert not [path for path in (ROOT / "dashboard").iterdir() if path.stem in PACKAGES]


@pytest.mark.parametrize("package", PACKAGES)
def test_every_package_says_that_it_is_typed(package):
    assert (ROOT / package / "py.typed").is_file()


def test_nothing_is_skipped():
    """A proof that nobody runs is none."""
    word = re.compile(r"pytest\.(mark\.)?(skip|xfail)|pytest\.importorskip|unittest\.skip")
    tests = [path for path in tracked() if path.startswith("tests/") and path.endswith(".py")]
    assert not [path for path in tests if word.search((ROOT / path).read_text())]
