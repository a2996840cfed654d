"""Every command stands in all three READMEs, answers --help, and takes the options that all take."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import click
import pytest
from click.testing import CliRunner

import dashboard.commands as commands_package
from dashboard.cli import PLACES, cli

ROOT = Path(__file__).parents[2]
READMES = ("README.md", "README.es.md", "README.pt.md")


def commands(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name), command


ALL = list(commands(cli))


def test_every_command_of_a_module_is_found_by_its_name_and_alone_loaded() -> None:
    modules = [import_module(f"dashboard.commands.{m.name}") for m in iter_modules(commands_package.__path__)]
    named = {command.name: module.__name__ for module in modules for command in getattr(module, "COMMANDS", ())}
    assert named == {name: f"dashboard.commands.{module}" for name, module in PLACES.items()}
    heavy = "{'pandas', 'sklearn', 'duckdb', 'streamlit', 'networkx', 'followthemoney'}"
    code = "import sys; from dashboard.cli import cli; cli(['store', 'info', '--help'], standalone_mode=False);"
    code += f"sys.exit(bool({heavy} & set(sys.modules)))"
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


@pytest.mark.parametrize("file", READMES)
def test_every_command_is_in_the_readme(file: str) -> None:
    text = (ROOT / file).read_text(encoding="utf-8")
    assert [path[0] for path, _ in ALL if f"vinculo {path[0]}" not in text] == []


@pytest.mark.parametrize("path", [path for path, _ in ALL], ids=" ".join)
def test_help_and_shared_options(path: tuple[str, ...]) -> None:
    result = CliRunner().invoke(cli, [*path, "--help"])
    assert result.exit_code == 0, result.output
    for option in ("--store", "--as", "--lang"):
        assert option in result.output


def test_the_readmes_are_in_step() -> None:
    sizes = [len((ROOT / file).read_text(encoding="utf-8").splitlines()) for file in READMES]
    assert max(sizes) - min(sizes) <= 4
