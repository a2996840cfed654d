"""What is imported is ours, what is pinned is what is needed, and the wheel alone works."""

import importlib
import importlib.metadata as metadata
import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("analytics", "dashboard", "graph", "ingest")


@pytest.mark.parametrize("package", PACKAGES)
def test_the_package_is_ours(package):
    """Another distribution with a folder `graph` would overwrite ours without a word."""
    assert importlib.import_module(package).__file__ == str(ROOT / package / "__init__.py")
    owners = set(metadata.packages_distributions().get(package, ()))
    assert owners <= {"vinculo"}, f"{package} is also shipped by {owners}"
    told = json.loads(metadata.distribution("vinculo").read_text("direct_url.json") or "{}")
    assert Path(unquote(urlsplit(told["url"]).path)) == ROOT


def test_the_pins_are_what_is_installed():
    told = subprocess.run([sys.executable, "tools/pins.py", "--check"], cwd=ROOT, capture_output=True, text=True)
    assert told.returncode == 0, told.stdout + told.stderr


def test_the_pins_name_no_place():
    for line in (ROOT / "constraints.txt").read_text().splitlines():
        assert line.startswith("#") or re.fullmatch(r"[a-z0-9-]+==[0-9][0-9a-z.]*", line), line


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT]
    built = subprocess.run(command, capture_output=True, text=True)
    assert built.returncode == 0, built.stdout + built.stderr
    [path] = folder.iterdir()
    return path


def test_the_wheel_holds_the_four_packages_and_their_data(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {name.split("/")[0] for name in names} == {*PACKAGES, "vinculo-0.1.0.dist-info"}
    listing = ["git", "ls-files", "--cached", "--others", "--exclude-standard", *PACKAGES]
    wanted = subprocess.run(listing, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    assert {path for path in wanted if (ROOT / path).is_file()} <= names
    assert {f"{package}/py.typed" for package in PACKAGES} <= names
    assert "vinculo-0.1.0.dist-info/licenses/LICENSE" in names
    entry_points = zipfile.ZipFile(wheel).read("vinculo-0.1.0.dist-info/entry_points.txt").decode()
    assert "vinculo = dashboard.cli:main" in entry_points


def test_every_module_of_the_wheel_can_be_imported_from_it(wheel, tmp_path):
    """Away from the working tree, where stray folders and data files would help out. Pages run when imported, and
    opponents of benchmarks in environments of their own."""
    zipfile.ZipFile(wheel).extractall(tmp_path)
    program = """
import importlib, pathlib, sys
sys.path.insert(0, ".")
for path in sorted(pathlib.Path(".").rglob("*.py")):
    if "app" not in path.stem and not {"app_pages", "opponents"} & set(path.parts):
        name = ".".join(path.with_suffix("").parts).removesuffix(".__init__")
        module = importlib.import_module(name)
        assert pathlib.Path(module.__file__).resolve().is_relative_to(pathlib.Path.cwd()), module.__file__
        print(name)
"""
    command = [sys.executable, "-W", "error", "-c", program]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert {name.split(".")[0] for name in done.stdout.split()} == set(PACKAGES)
