"""Who may import whom, read from the syntax trees: lazy imports inside functions count too."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MAY_IMPORT = {
    "graph": {"graph"},
    "ingest": {"ingest", "graph"},
    "analytics": {"analytics", "graph"},
    "dashboard": {"dashboard", "analytics", "ingest", "graph"},
}
# library: the only places that may import it
HOMES = {
    "neo4j": ("graph/store/neo4j.py",),
    "sqlite3": ("graph/store/sqlite.py",),
    "streamlit": ("dashboard/",),
}


def imports(source: str) -> set[str]:
    """Top-level names of everything the module imports."""
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names.add(node.module.split(".")[0])
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("import_module", "__import__")):
            names |= {str(arg.value).split(".")[0] for arg in node.args if isinstance(arg, ast.Constant)}
    return names


FOREIGN = ROOT / "dashboard/benchmarks/opponents"  # programs that run in other tools' environments


def modules(package: str) -> list[Path]:
    return sorted(path for path in (ROOT / package).rglob("*.py") if not path.match(f"{FOREIGN}/with_*.py"))


def test_programs_for_other_environments_import_nothing_of_ours():
    programs = sorted(FOREIGN.glob("with_*.py"))
    assert programs
    assert not [path.name for path in programs if imports(path.read_text()) & set(MAY_IMPORT)]


def breaches(path: str, source: str) -> list[str]:
    """What in this module breaks the rules."""
    found = imports(source)
    wrong = [name for name in found & set(MAY_IMPORT) if name not in MAY_IMPORT[path.split("/")[0]]]
    wrong += [name for name in found & set(HOMES) if not path.startswith(HOMES[name])]
    return sorted(wrong)


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_imports_go_down_only_and_libraries_stay_at_home(package):
    assert modules(package)
    names = {path.relative_to(ROOT).as_posix(): path for path in modules(package)}
    wrong = {name: found for name, path in names.items() if (found := breaches(name, path.read_text()))}
    assert not wrong


@pytest.mark.parametrize(
    ("path", "source", "wrong"),
    [
        ("graph/x.py", "def f():\n    from ingest.reader import read", ["ingest"]),
        ("analytics/x.py", "import ingest.mapping as m", ["ingest"]),
        ("ingest/x.py", "import importlib\nimportlib.import_module('dashboard.app')", ["dashboard"]),
        ("graph/store/base.py", "import neo4j", ["neo4j"]),
        ("dashboard/app.py", "import sqlite3, streamlit", ["sqlite3"]),
        ("analytics/x.py", "import streamlit as st", ["streamlit"]),
        ("graph/store/neo4j.py", "from neo4j import GraphDatabase\nfrom graph.errors import E", []),
    ],
)
def test_the_rules_would_notice(path, source, wrong):
    assert breaches(path, source) == wrong


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_a_package_imports_only_what_the_wheel_declares(package):
    """A library that only `dev` installs would be missing where the wheel alone is installed."""
    import importlib.metadata as metadata
    import sys

    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    declared = {
        canonicalize_name(needed.name)
        for line in metadata.requires("vinculo") or ()
        if (needed := Requirement(line)).marker is None
    }
    owners = metadata.packages_distributions()
    for path in modules(package):
        for name in imports(path.read_text()) - set(sys.stdlib_module_names) - set(MAY_IMPORT):
            distributions = {canonicalize_name(owner) for owner in owners.get(name, ())}
            assert distributions & declared, f"{path.relative_to(ROOT)} imports {name}, which is not a dependency"
